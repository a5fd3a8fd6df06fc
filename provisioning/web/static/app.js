// What a page does beyond links and forms. Everything works without it; nothing here is evaluated from text.
"use strict";

document.addEventListener("click", (event) => {
  // The menu of a narrow screen opens in place; without scripts its link leads to #menu.
  const button = event.target.closest("[data-menu]");
  if (button) {
    event.preventDefault();
    const menu = document.getElementById("menu");
    const is_open = menu.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(is_open));
    // Whoever uses the keyboard goes on in the menu, and comes back to its button.
    (is_open ? menu.querySelector("a") : button).focus();
  }
  // An open menu of the top bar closes with a click elsewhere.
  for (const menu of document.querySelectorAll("details.who[open], details.more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  // A proposal fills the field it is for.
  const proposal = event.target.closest("[data-fill]");
  if (proposal) {
    const field = document.querySelector(proposal.dataset.fill);
    field.value = proposal.dataset.value;
    field.focus();
  }
  const print = event.target.closest("[data-print]");
  if (print) window.print();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.who[open], details.more[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  const menu = document.getElementById("menu");
  if (menu && menu.classList.contains("is-open")) document.querySelector("[data-menu]").click();
});

// A form that came back begins where something is wrong in it.
document.addEventListener("DOMContentLoaded", () => {
  const wrong = document.querySelector("main [aria-invalid=true]");
  if (wrong) wrong.focus();
});

// One box of a form ticks all the others.
document.addEventListener("change", (event) => {
  const all = event.target.form && event.target.form.querySelector("[data-choose-all]");
  if (!all) return;
  const boxes = [...event.target.form.querySelectorAll(".choice-cell input")];
  if (event.target === all) for (const box of boxes) box.checked = all.checked;
  else all.checked = boxes.every((each) => each.checked);
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-again")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
});
// What a form prints is saved, and the page shown anew: it says then who has got what.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-again")) return;
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  const sent = { method: "post", body: new URLSearchParams(new FormData(form)), redirect: "manual" };
  const answer = await fetch(form.action, sent).catch(() => null);
  if (!answer || (!answer.ok && answer.type !== "opaqueredirect")) return form.submit();
  if (answer.ok) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    link.click();
  }
  window.htmx.ajax("GET", window.location.href, { target: "main", select: "main", swap: "outerHTML" });
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// Whoever searches by a personal ID number leaves it in no address: such a search is posted.
document.addEventListener("htmx:configRequest", (event) => {
  const field = document.querySelector("input[data-private]");
  if (!field || !/^\s*\d{9,12}\s*$/.test(field.value) || !event.target.contains(field)) return;
  event.detail.verb = "post";
  event.detail.useUrlParams = false;
  event.detail.headers["Content-Type"] = "application/x-www-form-urlencoded";
  event.detail.parameters.append("csrf_token", field.dataset.private);
});

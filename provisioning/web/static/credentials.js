// What the pages of signing in and of one's own account do beyond forms. Everything works without it.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The QR code of a slip carries its code behind the #, which is never sent: put it into the form, then out of sight.
  const field = document.querySelector("[data-from-fragment]");
  const code = decodeURIComponent(window.location.hash.slice(1));
  if (field && /^[0-9A-Za-z-]{16,24}$/.test(code)) {
    field.value = code;
    window.history.replaceState(null, "", window.location.pathname);
    const next = document.querySelector("input[type=password]");
    if (next) next.focus();
  }
});

document.addEventListener("click", async (event) => {
  // Copy what stands in the named element, one line an item.
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  const from = document.querySelector(copy.dataset.copy);
  const items = [...from.querySelectorAll("li")].map((item) => item.textContent.trim());
  await navigator.clipboard.writeText(items.length ? items.join("\n") : from.textContent.trim());
  copy.querySelector("span").textContent = copy.dataset.done;
});

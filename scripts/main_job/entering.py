"""Steps 3 and 4: one official by the form, then slip, password, second factor, app password."""

from __future__ import annotations

import io
import re
import time
from urllib.parse import quote

import pypdf

from .browser import Browser, Page
from .people import Person
from .state import State, held, require

NAME = "Nguyễn Thị Ánh Đào"
"""A common name that shows marks, đ and a collision; not of anybody in particular."""


def enter_official(state: State) -> str:
    """Agency IT enters one official: address proposed, collision resolved, a duplicate refused with a link."""
    browser = state.agency_it.browser
    first = _enter(state, NAME, _personal_id())
    state.official_page = first.url
    address = _primary(first)
    second_id = _personal_id()
    second = _enter(state, NAME, second_id)
    other = _primary(second)
    require(other != address, f"two people of the same name both got {address}")
    refused = _enter(state, NAME, second_id, expect=422)
    link = second.url.removeprefix(state.base_url)
    require(link in refused.body.decode(), "the refusal of a duplicate does not lead to the official found")
    found = browser.open("/officials?q=anh+dao")
    require(link in found.body.decode(), "typing “anh dao” does not find the official")
    state.newcomer = Person(Browser(state.base_url), address)
    return f"{address}, then {other} for the same name; the duplicate is refused with a link"


def _enter(state: State, name: str, personal_id: str, expect: int = 200) -> Page:
    browser = state.agency_it.browser
    page = browser.open("/officials/new/")
    form = page.form("full_name", "agency")
    values = {"full_name": name, "personal_id": personal_id, "title": "Chuyên viên"}
    return browser.submit(page, form, values, expect=expect)


def _personal_id() -> str:
    """Make a personal ID number of the right shape; time keeps it from being used twice."""
    return f"001190{time.time_ns() // 1000 % 1_000_000:06d}"


def _primary(page: Page) -> str:
    return held(page, r"([a-z0-9._-]+@[a-z0-9.-]+\.gov\.vn)")


def activate(state: State) -> str:
    """Two officials activate from a printed slip: password, enforced second factor, codes, app password."""
    newcomer = state.somebody(state.newcomer)
    _take_account(state, newcomer, _slip(state, f"/slips?q={quote(NAME)}", newcomer))
    waiting = f"/slips?list={state.list_id}"
    of_the_list = held(state.agency_it.browser.open(waiting), r"<td[^>]*>([a-z0-9._-]+@[a-z0-9.-]+)</td>")
    require(of_the_list in state.new_addresses, f"{of_the_list} waits for a slip but is not of the list")
    state.colleague = Person(Browser(state.base_url), of_the_list)
    code = _slip(state, waiting, state.colleague)
    _take_account(state, state.colleague, code)
    found = state.agency_it.browser.open(f"/officials?q={state.colleague.address}")
    state.colleague_page = state.base_url + held(found, r'href="(/officials/[a-z0-9]{16})"')
    return "slips printed; password, second factor, recovery codes and app password for two officials"


def _slip(state: State, path: str, person: Person) -> str:
    """Print the slip of one official and read the code from the paper."""
    browser = state.agency_it.browser
    page = browser.open(path)
    row = held(page, rf"<tr>((?:(?!</tr>).)*{re.escape(person.address)}(?:(?!</tr>).)*)</tr>")
    number = re.search(r'value="(cv[a-z0-9]{8})"', row)
    require(number, f"{person.address} is not among those who wait for a slip")
    paper = browser.submit(page, page.form("number"), {"number": [number[1] if number else ""]})
    require(paper.kind == "application/pdf", f"the slip is {paper.kind}, not a PDF")
    words = pypdf.PdfReader(io.BytesIO(paper.body)).pages[0].extract_text()
    code = re.search(r"\b([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})\b", words)
    require(code, f"no code can be read on the slip: {words[:300]}")
    return code[1] if code else ""


def _take_account(state: State, person: Person, code: str) -> None:
    browser = person.browser
    # Plain letters: Python's SMTP and IMAP clients can hand no others to a server that is to refuse them.
    person.password = f"song Da chay {state.suffix} ve xuoi"
    page = browser.open("/activate")
    page = browser.submit(
        page,
        page.form("code", "password", "again"),
        {"code": code, "password": person.password, "again": person.password},
    )
    for closed in ("/", "/me", "/officials", "/me/app-passwords/new"):
        require("/enrol" in browser.open(closed).url, f"{closed} opens without a second factor")
    if not any("code" in form.names for form in page.forms):
        page = browser.submit(page, next(form for form in page.forms if form.action.endswith("/enrol/app/begin")), {})
    person.secret = held(page, r'id="secret">([^<]+)<').replace(" ", "")
    page = browser.submit(page, page.form("code"), {"code": person.code()})
    person.recovery_codes = re.findall(r"<li>([0-9A-Za-z-]{16,})</li>", page.body.decode())
    require(len(person.recovery_codes) == 10, f"{len(person.recovery_codes)} recovery codes, not 10")  # noqa: PLR2004 - as many as a set has
    page = browser.submit(page, page.form("kept"), {"kept": "y"})
    page = browser.open("/me/app-passwords/new")
    form = page.form("label", "scopes")
    page = browser.submit(page, form, {"label": "Thunderbird", "scopes": ["imap", "pop3", "smtp"]})
    person.app_password = held(page, r'id="secret">([^<]+)<').replace(" ", "")

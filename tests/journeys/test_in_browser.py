"""The main job by hand in Chromium, at a desk and on a phone, on the real servers; pictures of every page are kept.

They lie in the folder that CONGVU_PICTURES names, or else beside the house's data while it stands.
"""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, ViewportSize, expect, sync_playwright

from main_job.browser import Browser as Nobody
from main_job.mail import Mail
from main_job.people import Person
from tests.journeys.conftest import House

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("house")]

AGENCY = "H36.05"
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1440, height=900)
SETTLE_MS = 30_000


class Desk:
    """Somebody's browser on the portal, which keeps pictures and fails on any complaint of the browser's."""

    def __init__(self, context: BrowserContext, house: House, pictures: Path) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(SETTLE_MS)
        self.base = house.environment["CONGVU_BASE_URL"]
        self.pictures = pictures
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if "Security Policy" in said.text else None
        )

    def open(self, path: str) -> Page:
        """Open a page of the portal."""
        self.page.goto(self.base + path)
        return self.page

    def press(self, name: str) -> None:
        """Press a button, or follow a link that looks like one."""
        named = re.compile(name)
        self.page.get_by_role("button", name=named).or_(self.page.get_by_role("link", name=named)).first.click()

    def fill(self, **values: str) -> None:
        """Fill fields by their ids."""
        for name, value in values.items():
            self.page.fill(f"#{name}", value)

    def look(self, name: str, *, whole: bool = True) -> None:
        """Keep pictures of the page at both widths, or of its first window; nothing may be wider than the phone."""
        for size, kind in ((PHONE, "360"), (DESK, "1440")):
            self.page.set_viewport_size(size)
            self.page.screenshot(path=self.pictures / f"{name}-{kind}.png", full_page=whole)
            if kind == "360":
                assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name

    def sign_in(self, person: Person) -> None:
        """Sign in with both factors."""
        self.open("/sign-in")
        self.fill(name=person.address, password=person.password)
        self.page.click("main form button[type=submit]:visible")
        self.page.wait_for_url(re.compile("/sign-in/second-factor"))
        self.fill(code=person.code())
        self.page.click("main form button[type=submit]:visible")
        self.page.wait_for_url(f"{self.base}/")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Give Chromium, and let go of it before another module starts its own: two at once do not stand each other."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def pictures(house: House) -> Path:
    """Give the folder for pictures."""
    folder = Path(os.environ.get("CONGVU_PICTURES") or house.stack.layout.root / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def desk(chromium: Browser, house: House, pictures: Path) -> Desk:
    """Open a browser of somebody's own."""
    context = chromium.new_context(viewport=DESK, locale="vi-VN", accept_downloads=True)
    return Desk(context, house, pictures)


def sample_person(house: House, role: str) -> Person:
    """Give somebody of the sample who can sign in."""
    people = json.loads(Path(house.environment["CONGVU_SAMPLE_FILE"]).read_text(encoding="utf-8"))
    found = next(each for each in people if each["role"] == role)
    return Person(Nobody(""), found["address"], found["password"], found["totp_secret"])


def mail_of(house: House) -> Mail:
    """Give the mail servers of the house."""
    said = house.environment
    ports = {name: int(said[f"CONGVU_{name.upper()}_PORT"]) for name in ("imap", "pop3", "lmtp", "smtp", "submission")}
    return Mail(**ports, authority=Path(said["CONGVU_MAIL_CA_FILE"]))


def import_list(it: Desk, house: House) -> None:
    """HR's list by the page: upload, plan, apply, outcome."""
    path = house.stack.layout.root / "danh-sach-trang-web.xlsx"
    house.program(
        "-m", "provisioning", "sample", "list", "--rows", "40", "--series", "50", "--agency", AGENCY, str(path)
    )
    it.open("/lists/new")
    it.page.set_input_files("input[type=file]", path)
    it.press("Đọc danh sách")
    expect(it.page.get_by_role("button", name="Áp dụng 40 dòng")).to_be_visible()
    it.look("list-plan")
    it.page.get_by_label("Tôi đã đọc cảnh báo").check()
    it.press("Áp dụng 40 dòng")
    expect(it.page.get_by_role("link", name="Phiếu kích hoạt cho người mới")).to_be_visible(timeout=SETTLE_MS)
    it.look("list-outcome")


def enter_official(it: Desk) -> str:
    """One more official by the form; give the address that was made."""
    page = it.open("/officials/new/")
    it.fill(full_name="Nguyễn Thị Ánh Đào", personal_id=f"001192{time.time_ns() // 1000 % 1_000_000:06d}")
    expect(page.locator("#proposals")).to_contain_text("@")
    it.look("official-new")
    it.press("Tạo tài khoản")
    page.wait_for_url(re.compile(r"/officials/[a-z0-9]{16}$"))
    it.look("official")
    found = re.search(r"[a-z0-9._-]+@[a-z0-9.-]+\.gov\.vn", page.inner_text("main"))
    assert found
    return found[0]


def slip_of(it: Desk, address: str) -> str:
    """The slip, printed; give the code that stands on the paper."""
    page = it.open("/slips")
    everybody = page.locator("[data-choose-all]")
    everybody.check()
    everybody.uncheck()
    page.locator("tr", has_text=address).locator("input[name=number]").check()
    it.look("slips")
    with page.expect_download() as download:
        it.press("In phiếu")
    return code_on(download.value)


def code_on(paper: Download) -> str:
    """Read the code from the PDF."""
    words = pypdf.PdfReader(io.BytesIO(Path(paper.path()).read_bytes())).pages[0].extract_text()
    found = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", words)
    assert found, words
    return found[0]


def activate(own: Desk, person: Person, code: str) -> None:
    """The official's first day, from the QR code on."""
    person.password = "song Hong mua nuoc noi 2026"
    page = own.open(f"/activate#{code}")
    own.fill(password=person.password, again=person.password)
    own.look("activation")
    page.click("main form button[type=submit]:visible")
    page.wait_for_selector(".qr")
    person.secret = (page.text_content("#secret") or "").strip().replace(" ", "")
    own.look("enrolment")
    own.fill(code=person.code())
    own.press("Xác nhận")
    page.wait_for_selector("#codes")
    person.recovery_codes = [each.text_content() or "" for each in page.query_selector_all("#codes li")]
    own.look("recovery-codes")
    page.check("[name=kept]")
    page.click("main form button[type=submit]:visible")
    page.wait_for_url(re.compile("/app-passwords/begin"))
    own.open("/me/app-passwords/new")
    own.fill(label="Thunderbird")
    page.click("main form button[type=submit]:visible")
    person.app_password = (page.text_content("#secret") or "").strip()
    own.look("app-password")


def recover(own: Desk, person: Person) -> None:
    """A forgotten password, by app and recovery code."""
    page = own.open("/forgotten")
    own.fill(name=person.address)
    page.click("main form button[type=submit]:visible")
    page.wait_for_url(re.compile("/forgotten/app"))
    own.fill(code=person.code())
    page.click("main form button[type=submit]:visible")
    page.wait_for_url(re.compile("/forgotten/code"))
    own.fill(code=person.recovery_codes.pop())
    page.click("main form button[type=submit]:visible")
    page.wait_for_url(re.compile("/forgotten/password"))
    person.password = "nui Ba Vi may trang bay 2026"
    own.fill(password=person.password, again=person.password)
    page.check("input[value=keep]")
    own.look("recovery")
    page.click("main form button[type=submit]:visible")
    page.wait_for_url(re.compile("/sign-in"))


def wait_until(mail: Mail, person: Person, *, is_let_in: bool) -> None:
    """Wait, at most 30 s, until the mail server lets somebody in, or does no longer."""
    end = time.monotonic() + 30
    while mail.accepts("imap", person.address, person.app_password) is not is_let_in:
        assert time.monotonic() < end, f"IMAP still says {not is_let_in} to {person.address}"
        time.sleep(0.3)


def test_main_job_by_hand(chromium: Browser, house: House, pictures: Path) -> None:
    """List, form, slip, first day, mail, suspension, forgotten password and report, each on its page."""
    mail, operator = mail_of(house), sample_person(house, "agency_it")
    it, own = desk(chromium, house, pictures), desk(chromium, house, pictures)

    it.sign_in(operator)
    it.look("start")
    import_list(it, house)
    person = Person(Nobody(""), enter_official(it))
    official = it.page.url.removeprefix(it.base)
    it.open("/officials?q=anh+dao")
    expect(it.page.get_by_text(person.address)).to_be_visible()
    it.open("/officials")
    it.look("officials", whole=False)
    activate(own, person, slip_of(it, person.address))
    wait_until(mail, person, is_let_in=True)
    box = mail.read(person.address, person.app_password)
    mail.send(person.address, person.app_password, person.address, "Thu nghiem")
    mail.wait_for(box, "Thu nghiem")
    box.logout()
    for verb, is_let_in in (("suspend", False), ("reinstate", True)):
        it.open(f"{official}/{verb}")
        it.look(verb)
        it.fill(reason="QĐ thử nghiệm")
        it.page.click("main form button[type=submit]:visible")
        it.page.wait_for_url(it.base + official)
        wait_until(mail, person, is_let_in=is_let_in)
    recover(own, person)
    own.sign_in(person)
    own.look("start-official")
    for name in ("adoption", "agencies", "role-mailboxes", "provisioning", "lists", "tokens", "me"):
        it.open(f"/{name}")
        it.look(name)

    assert it.complaints + own.complaints == []

"""Steps 5 to 7: mail for real, the forgotten password, adoption."""

from __future__ import annotations

import csv
import imaplib
import re
import time
from collections.abc import Callable

from .browser import Browser, Page
from .people import Person
from .state import AGENCY, State, require

NEW_LOGINS_SECONDS = 5
OPEN_SESSION_SECONDS = 60
SETTLE_SECONDS = 75
"""Longer than the minute in which the logs are read."""
BOTH = 2
FIGURES = {"declared": 3, "listed": 4, "provided": 5, "activated": 8, "in_use": 11, "second_factor": 14}
"""Where each figure stands in a line of the report."""


def exchange_mail(state: State) -> str:
    """Mail to a colleague over submission and IMAP; everything that must be refused is refused."""
    sender, reader = _both(state)
    _until(lambda: state.mail.accepts("imap", sender.address, sender.app_password), "the app password does not work")
    _until(lambda: state.mail.accepts("imap", reader.address, reader.app_password), "the app password does not work")
    subject = f"Cong van {state.suffix}"
    state.mail.send(sender.address, sender.app_password, reader.address, subject)
    box = state.mail.read(reader.address, reader.app_password)
    state.mail.wait_for(box, subject)
    state.delivered += 1
    protocols = ["imap", "pop3", *(["smtp"] if state.mail.submission else [])]
    for protocol in protocols:
        require(
            state.mail.accepts(protocol, sender.address, sender.app_password), f"{protocol} refuses the app password"
        )
        taken = state.mail.accepts(protocol, sender.address, sender.password)
        require(not taken, f"{protocol} accepts the password of the portal")
    unknown = state.mail.answer(f"khong.co.{state.suffix}@{sender.address.partition('@')[2]}")
    require(unknown == 550, f"an unknown address gets {unknown}, not 550")  # noqa: PLR2004 - SMTP's no such mailbox
    waited, ended = _suspend(state, reader, box, protocols)
    refused = f"portal password refused on {len(protocols)} protocols"
    return f"sent and read; {refused}; suspended in {waited:.1f} s, open session ended in {ended:.1f} s"


def _suspend(state: State, person: Person, box: imaplib.IMAP4, protocols: list[str]) -> tuple[float, float]:
    """Suspend an official: new sign-ins are refused within 5 s, the open mail session ends within 60 s."""
    _turn(state, "suspend")
    began = time.monotonic()
    while any(state.mail.accepts(protocol, person.address, person.app_password) for protocol in protocols):
        require(time.monotonic() - began < NEW_LOGINS_SECONDS, "a suspended account can still sign in after 5 s")
    waited = time.monotonic() - began
    while _is_alive(box):
        require(time.monotonic() - began < OPEN_SESSION_SECONDS, "an open mail session outlives the suspension by 60 s")
        time.sleep(0.2)
    ended = time.monotonic() - began
    page = person.browser.open("/me")
    require("/sign-in" in page.url, "a suspended account still has its session of the portal")
    _turn(state, "reinstate")
    _until(lambda: state.mail.accepts("imap", person.address, person.app_password), "reinstated, but mail is refused")
    return waited, ended


def _turn(state: State, verb: str) -> Page:
    browser = state.agency_it.browser
    page = browser.open(f"{state.colleague_page}/{verb}")
    return browser.submit(page, page.form("reason"), {"reason": f"QĐ {state.suffix}"})


def _is_alive(box: imaplib.IMAP4) -> bool:
    try:
        box.noop()
    except (imaplib.IMAP4.abort, OSError):
        return False
    return True


def recover(state: State) -> str:
    """A forgotten password: app and recovery code give a new one; sessions die, a notice comes."""
    person, _ = _both(state)
    old = person.browser
    browser = Browser(state.base_url)
    page = browser.open("/forgotten")
    page = browser.submit(page, page.form("name"), {"name": person.address})
    page = browser.submit(page, page.form("code"), {"code": person.code()})
    code = person.recovery_codes.pop()
    page = browser.submit(page, page.form("code"), {"code": code})
    forgotten, person.password = person.password, f"nui Tan {state.suffix} may phu"
    new = {"password": person.password, "again": person.password, "app_passwords": "keep"}
    browser.submit(page, page.form("password", "app_passwords"), new)
    require("/sign-in" in old.open("/me").url, "a session outlives the new password")
    person.browser = browser
    page = browser.open("/sign-in")
    refused = browser.submit(page, page.form("name"), {"name": person.address, "password": forgotten}, expect=403)
    require("/sign-in" in refused.url, "the forgotten password still signs in")
    person.sign_in()
    require(
        state.mail.accepts("imap", person.address, person.app_password), "the app password that was kept is refused"
    )
    box = state.mail.read(person.address, person.app_password)
    count = _notices(box)
    _until(lambda: _notices(box) > 0, "no notice of the reset came")
    state.delivered += max(count, _notices(box))
    box.logout()
    return "new password by app and recovery code; sessions ended; notice received"


def _notices(box: imaplib.IMAP4) -> int:
    box.select("INBOX")
    _, (numbers,) = box.search(None, "HEADER", "Auto-Submitted", "auto-generated")
    return len(numbers.split())


def see_adoption(state: State) -> str:
    """The agency's page shows the figures, and the two who activated count."""
    browser = state.agency_it.browser
    page = browser.open("/adoption")  # who looks after one agency is led to its page
    require("<svg" in page.body.decode(), "the page of adoption has no chart")
    _until(lambda: _figures(browser, page.url)["in_use"] >= BOTH, "the two who used their mail do not count as in use")
    figures = _figures(browser, page.url)
    shown = re.findall(r"[0-9.]+ / [0-9.]+", page.text)
    require(shown, "the page of adoption shows no figures")
    require(figures["provided"] >= len(state.new_addresses), f"only {figures['provided']} are provided")
    for name in ("activated", "second_factor"):
        require(figures[name] >= BOTH, f"{name} is {figures[name]} although two people did it just now")
    return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in figures.items())


def _figures(browser: Browser, agency_page: str) -> dict[str, int]:
    """Read the figures as the report's file has them now: days of use are read from the logs every minute."""
    rows = browser.open(f"{agency_page}/adoption.csv").body.decode("utf-8-sig").splitlines()
    _, total, *_ = csv.reader(rows)
    require(total[0] == AGENCY, f"the report is of {total[0]}, not of {AGENCY}")
    return {name: int(total[column]) for name, column in FIGURES.items()}


def _both(state: State) -> tuple[Person, Person]:
    return state.somebody(state.newcomer), state.somebody(state.colleague)


def _until(holds: Callable[[], bool], sentence: str) -> None:
    end = time.monotonic() + SETTLE_SECONDS
    while not holds():
        require(time.monotonic() < end, f"{sentence} after {SETTLE_SECONDS} s")
        time.sleep(0.2)

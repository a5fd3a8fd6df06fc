"""A telephone number changed on a page, until the entry shows it: the median, against the 300 ms it may take.

The clock starts when the form is sent, so that the page and its commit are in it; a worker, idle, in a process of its
own learns of the change by NOTIFY.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from itertools import count
from statistics import median

from flask.testing import FlaskClient
from sqlalchemy import select

from benches.accounts import Accounts, accounts
from benches.directories import signed_in
from benches.figures import BenchError, at_most
from benches.workers import wait_real, working
from directory.accounts import Account
from directory.officials import Official

NAME = "change-to-entry"
GOAL = at_most(1)
UNIT = "ms"
MILLISECONDS = 300.0
CHANGES = 20
PATIENCE_SECONDS = 10
_READABLE = 100
"""The first so many people of a crowd have personal data that can be opened: none."""


@dataclass(frozen=True)
class Place:
    """The accounts, an operator's browser, and people by public id and account number."""

    accounts: Accounts
    client: FlaskClient
    people: list[tuple[str, str]]
    turns: Iterator[int]


@contextmanager
def set_up(_large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Sign an operator in, and let a worker wait."""
    with accounts() as found:
        service = found.target.service
        with service.outbox.transaction() as session:
            query = select(Official.public_id, Account.number).join(Account, Account.official_id == Official.id)
            named = query.where(Account.state == "active", Official.id <= _READABLE).order_by(Official.id.desc())
            people = [(each.public_id, each.number) for each in session.execute(named.limit(CHANGES))]
        with working(found.target.stack, service):
            client = signed_in(service)
            wait_real(service)
            yield Place(found, client, people, count(1))


def ours(place: Place) -> float:
    """Change something of some people, one after the other."""
    return 1_000 * median(changed(place, *each) for each in place.people)


def other(_place: Place) -> float:
    """Give the time that it may take."""
    return MILLISECONDS


def changed(place: Place, public_id: str, number: str) -> float:
    """Give somebody another telephone number; give the seconds until the entry shows it."""
    target, path = place.accounts.target.service.target, f"/officials/{public_id}/change"
    form = Fields(place.client.get(path).text).values
    given = f"0245{next(place.turns):07}"
    name = (("uid", number), ("ou", "people"))
    began = time.perf_counter()
    answer = place.client.post(path, data=form | {"work_phone": given, "confirmed": "y"})
    if answer.status_code != HTTPStatus.SEE_OTHER:
        raise BenchError(f"{path} answered {answer.status_code}")
    while target.observe([name])[name].attributes.get("telephoneNumber") != (f"+84{given[1:]}",):
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise BenchError(f"the entry of {number} does not show the change after {PATIENCE_SECONDS} s")
        time.sleep(0.002)
    taken = time.perf_counter() - began
    wait_real(place.accounts.target.service)
    return taken


class Fields(HTMLParser):
    """What a browser would send of a page's own form, the one without an action, if nothing were touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.select = ""
        self.is_own = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field, or the chosen option of one."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_own = not given.get("action")
        elif not self.is_own:
            return
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and "selected" in given:
            self.values[self.select] = given["value"]
        elif tag == "input" and "name" in given and given.get("type") not in {"checkbox", "radio", "submit"}:
            self.values[given["name"]] = given.get("value", "")

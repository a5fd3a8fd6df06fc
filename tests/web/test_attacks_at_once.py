"""The same form sent by many browsers at the same moment: what it asks for happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from directory.audit import AuditEvent
from tests.web.attacked import Attacked, attacked
from tests.web.conftest import browser
from tests.web.pages import Page

TOGETHER = 8
Form = Callable[[Attacked], tuple[str, dict[str, str | list[str]]]]
ONCE: dict[str, Form] = {
    "correction.accepted": lambda book: (f"/corrections/{book.ids['corrections.public_id']}/accept", {}),
    "correction.refused": lambda book: (
        f"/corrections/{book.ids['corrections.public_id']}/refuse",
        {"reason": "lý do"},
    ),
    "official.rehired": lambda book: (f"/officials/{book.ids['leaving.come_back.public_id']}/rehire", {}),
    "official.retired": lambda book: (
        f"/officials/{book.ids['public_id']}/leave",
        {"when": "at_once", "reason": "lý do"},
    ),
    "official.merged": lambda book: (
        f"/officials/{book.ids['public_id']}/merge/{book.ids['other_id']}",
        {"reason": "lý do", "is_sure": "y"},
    ),
    "mailbox.handed_over": lambda book: (
        f"/role-mailboxes/{book.ids['role_mailboxes.public_id']}/hand-over",
        {"keep": [], "comes": book.operator.number},
    ),
    "agency.end_planned": lambda book: (
        f"/agencies/{book.ids['adoption.public_id']}/end/review?since=01/01/2030",
        {},
    ),
    "list.cancelled": lambda book: (f"/lists/{book.ids['public']}/cancel", {}),
    "list.started": lambda book: (f"/lists/{book.ids['public']}/apply", {}),
    "mailing_list.opened": lambda book: ("/mailing-lists/new", book.bodies["/mailing-lists/new"]),
    "mailbox.opened": lambda book: ("/role-mailboxes/new", book.bodies["/role-mailboxes/new"]),
    "mailbox.closed": lambda book: (
        f"/role-mailboxes/{book.ids['role_mailboxes.public_id']}/close",
        {"reason": "lý do"},
    ),
    "agency.stays_open": lambda book: (
        f"/agencies/{book.ids['reorganisation.change.public_id']}/plans/{book.ids['plan']}/call-off",
        {},
    ),
    "grant.withdrawn": lambda book: (
        f"/agencies/{book.ids['adoption.public_id']}/grants/{book.ids['grant_id']}/withdraw",
        {},
    ),
    "policy.withdrawn": lambda book: (f"/agencies/{book.ids['adoption.public_id']}/policies/session_hours/inherit", {}),
    "api_token.revoked": lambda book: (f"/tokens/{book.ids['tokens.public_id']}/revoke", {}),
}


@pytest.mark.parametrize("action", ONCE)
def test_form_sent_by_many_at_once_counts_once(app: Flask, action: str) -> None:
    """Eight times the same form in the same moment leaves one event in the audit, and no answer is an error of ours."""
    book = attacked(app)
    where, typed = ONCE[action](book)
    found = Page(book.operator.client.get(where)).forms
    form: dict[str, str | list[str]] = {**(found.get(where) or found.get("") or {}), **typed}
    if action == "list.started":
        form = {**Page(book.operator.client.get(where.removesuffix("/apply"))).forms[where]}
    ready = threading.Barrier(TOGETHER)

    def send(_number: int) -> int:
        client = browser(app)
        client.set_cookie(app.extensions["signin"].cookie, book.operator.token, secure=True)
        token = Page(client.get("/me/password")).token
        ready.wait()
        return client.post(where, data={**form, "csrf_token": token}).status_code

    with ThreadPoolExecutor(TOGETHER) as pool:
        answers = list(pool.map(send, range(TOGETHER)))

    assert max(answers) < 500, answers
    with app.extensions["congvu"].outbox.transaction() as session:
        assert session.scalar(select(func.count()).where(AuditEvent.action == action)) == _after(action)


def _after(action: str) -> int:
    """Give how often the audit tells of it then: once more than at the beginning, and of a merge for both records."""
    once = ("official.retired", "mailing_list.opened", "mailbox.opened", "mailbox.handed_over", "agency.end_planned")
    return once.count(action) + (2 if action == "official.merged" else 1)

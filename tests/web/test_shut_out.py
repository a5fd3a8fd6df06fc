"""The page of somebody who is shut out says loudly that the mail servers may not know it yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from directory.accounts import Account
from directory.credentials.tables import AppPassword
from directory.lifecycle import Leaving, NewDomain, RoleOpening, add_domain, leave, open_role_mailbox, suspend
from directory.officials import Official
from provisioning.reconcile.refusals import STILL_IN
from provisioning.reconcile.tables import EntryStatus, TargetStatus
from tests.web.pages import Page
from tests.web.people import DEPARTMENT, Somebody, agency, book_of, seed, signed_in

LOUD = "Vẫn có thể vào được thư."


@pytest.fixture
def it_staff(app: Flask) -> Somebody:
    """Give somebody of the department's IT staff, and a colleague."""
    book_of(app, "Nguyễn Văn An")
    return signed_in(app, "agency_it")


@pytest.fixture
def account_id(app: Flask, it_staff: Somebody) -> int:
    """Give the account of somebody who was suspended at this moment."""
    with app.extensions["congvu"].outbox.transaction() as session:
        named = select(Account).join(Official).where(Official.full_name == "Nguyễn Văn An")
        account = session.scalars(named).one()
        account.state = "active"
        session.flush()
        suspend(session, seed(session), [account.id], "a reason")
        session.execute(text("UPDATE due SET since = now() WHERE subject_id = :id"), {"id": account.id})
        found: int = account.id
    return found


def page_of(app: Flask, somebody: Somebody, account_id: int) -> Page:
    """Open the page of an account's official."""
    with app.extensions["congvu"].outbox.transaction() as session:
        owner = select(Official.public_id).join(Account, Account.official_id == Official.id)
        public_id = session.scalars(owner.where(Account.id == account_id)).one()
    return Page(somebody.client.get(f"/officials/{public_id}"))


def test_moment_in_which_a_disable_is_written_alarms_nobody(app: Flask, it_staff: Somebody, account_id: int) -> None:
    """Right after a suspension nothing is said: the worker is on its way."""
    assert LOUD not in page_of(app, it_staff, account_id).text


@pytest.mark.parametrize("moment", ["failing_since", "maintenance_since"])
def test_server_that_is_not_written_to_is_told(app: Flask, it_staff: Somebody, account_id: int, moment: str) -> None:
    """While the LDAP server is away or in maintenance, the page says that the person may still get in."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.add(TargetStatus(name="default", **{moment: datetime.now(UTC)}))

    assert LOUD in page_of(app, it_staff, account_id).text


def test_disable_that_nobody_writes_is_told(app: Flask, it_staff: Somebody, account_id: int) -> None:
    """A disable that waits for minutes waits for a worker that does not run."""
    with app.extensions["congvu"].outbox.transaction() as session:
        earlier = datetime.now(UTC) - timedelta(minutes=5)
        session.execute(text("UPDATE due SET since = :at WHERE subject_id = :id"), {"at": earlier, "id": account_id})

    assert LOUD in page_of(app, it_staff, account_id).text


@pytest.mark.parametrize(("state", "reason"), [("retry", STILL_IN), ("refused", "A value is there twice.")])
def test_refused_entry_that_is_open_is_told(
    app: Flask, it_staff: Somebody, account_id: int, state: str, reason: str
) -> None:
    """What could not be closed is tried again and told as open; what was refused for good has been closed."""
    with app.extensions["congvu"].outbox.transaction() as session:
        if state == "refused":
            session.execute(text("DELETE FROM due WHERE subject_id = :id"), {"id": account_id})
        key = {"subject": "account", "subject_id": account_id, "tried_revision": 1, "at": datetime.now(UTC)}
        session.add(EntryStatus(**key, state=state, reason=reason, fields={}))

    assert (LOUD in page_of(app, it_staff, account_id).text) == (state == "retry")


@pytest.fixture
def leaver_id(app: Flask, it_staff: Somebody) -> int:
    """Give the account of somebody who has just left, is shut where the own entry stands, and had an app password for a
    role mailbox on another LDAP server.
    """
    with app.extensions["congvu"].outbox.transaction() as session:
        now = seed(session)
        account = session.scalars(select(Account).join(Official).where(Official.full_name == "Nguyễn Văn An")).one()
        here = agency(session, DEPARTMENT).id
        add_domain(session, now, [NewDomain(here, "xa.gov.vn", target="far")])
        [mailbox] = open_role_mailbox(session, now, [RoleOpening(here, "Văn thư", "vanthu@xa.gov.vn", [account.id])])
        later = now.now + timedelta(days=365)
        whose = {"account_id": account.id, "mailbox_id": mailbox.id, "label": "phone"}
        what = {"lookup_key": "0" * 16, "hash": "{SSHA512}abc=", "scopes": ["imap"]}
        session.add(AppPassword(**whose, **what, made_at=now.now, expires_at=later))
        session.flush()
        leave(session, now, [Leaving(account.official_id)])
        session.execute(text("DELETE FROM due WHERE subject = 'account' AND subject_id = :id"), {"id": account.id})
        session.execute(text("UPDATE due SET since = now()"))
        found: int = account.id
    return found


def test_role_mailbox_on_another_server_is_told(app: Flask, it_staff: Somebody, leaver_id: int) -> None:
    """A leaver's own entry is shut, and the page says that a role mailbox on a server in maintenance may be open."""
    before = page_of(app, it_staff, leaver_id).text
    with app.extensions["congvu"].outbox.transaction() as session:
        session.add(TargetStatus(name="far", maintenance_since=datetime.now(UTC)))

    told = page_of(app, it_staff, leaver_id).text

    assert LOUD not in before
    assert LOUD in told
    assert "Hộp thư cơ quan: Văn thư." in told


def test_app_password_that_is_long_gone_alarms_nobody(app: Flask, it_staff: Somebody, leaver_id: int) -> None:
    """An app password that was revoked so long ago that its entry is removed lets nobody in."""
    with app.extensions["congvu"].outbox.transaction() as session:
        session.add(TargetStatus(name="far", maintenance_since=datetime.now(UTC)))
        session.execute(text("UPDATE app_passwords SET revoked_at = now() - interval '31 days'"))

    assert LOUD not in page_of(app, it_staff, leaver_id).text

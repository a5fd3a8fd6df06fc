"""App passwords that no mail client uses are revoked, as the policy of the agency says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials import revoke_disused
from directory.credentials.tables import AppPassword
from directory.due import Due
from directory.lifecycle import Setting, set_policy
from directory.notices import Notice
from tests.book import House, hire, mailbox_of


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody of the department, where an app password may lie unused for 60 days."""
    set_policy(session, actor, [Setting(house.province.id, "app_password_unused_days", 60)])
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


def made(
    session: Session, actor: Actor, account: Account, label: str = "Điện thoại", used_on: date | None = None
) -> int:
    """Give an app password that was made today."""
    app_password = AppPassword(
        account_id=account.id,
        mailbox_id=mailbox_of(session, account).id,
        label=label,
        lookup_key=f"{len(label):016x}",
        hash="{SSHA512}abc=",
        scopes=["imap"],
        made_at=actor.now,
        expires_at=actor.now + timedelta(days=365),
        last_used_on=used_on,
    )
    session.add(app_password)
    session.flush()
    return app_password.id


def later(actor: Actor, days: int) -> Actor:
    """Give the actor of some days later."""
    return replace(actor, now=actor.now + timedelta(days=days))


def is_revoked(session: Session, id_: int) -> bool:
    """Say whether an app password was revoked."""
    return session.scalars(select(AppPassword.revoked_at).where(AppPassword.id == id_)).one() is not None


@pytest.mark.parametrize(("days", "is_over"), [(59, False), (60, True)])
def test_unused_since_it_was_made(
    session: Session, actor: Actor, account: Account, days: int, *, is_over: bool
) -> None:
    """One that no mail client ever used is revoked on the day that the policy says, and not before."""
    id_ = made(session, actor, account)

    revoke_disused(session, later(actor, days))

    assert is_revoked(session, id_) is is_over


def test_use_counts_from_its_day(session: Session, actor: Actor, account: Account) -> None:
    """One that was used lately stays, however old it is."""
    id_ = made(session, actor, account, used_on=actor.today + timedelta(days=30))

    revoke_disused(session, later(actor, 89))

    assert not is_revoked(session, id_)


def test_nobody_s_is_revoked_where_the_policy_says_never(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """An agency may let app passwords lie unused until they expire."""
    set_policy(session, actor, [Setting(house.department.id, "app_password_unused_days", None)])
    id_ = made(session, actor, account)

    revoke_disused(session, later(actor, 300))

    assert not is_revoked(session, id_)


def test_holder_is_told_once(session: Session, actor: Actor, account: Account) -> None:
    """One letter names every mail client that is signed out; the audit has each of them."""
    for label in ("Điện thoại", "Máy ở nhà"):
        made(session, actor, account, label)

    revoke_disused(session, later(actor, 60))
    revoke_disused(session, later(actor, 61))

    [notice] = session.scalars(select(Notice).where(Notice.message == "unused_app_password"))
    assert notice.fields == {"clients": "Điện thoại, Máy ở nhà"}
    assert len(session.scalars(select(AuditEvent).where(AuditEvent.action == "app_password.unused")).all()) == 2


def test_entry_follows(session: Session, actor: Actor, account: Account) -> None:
    """The account waits to be made real again, so that the mail servers refuse the app password."""
    made(session, actor, account)
    session.execute(delete(Due))

    revoke_disused(session, later(actor, 60))

    assert session.scalars(select(Due.subject_id).where(Due.subject == "account")).all() == [account.id]


def test_batches_go_on_where_the_last_ended(session: Session, actor: Actor, account: Account) -> None:
    """A batch gives the last id it looked at; after the last app password there is nothing more."""
    ids = [made(session, actor, account, label) for label in ("a", "bb", "ccc")]

    first = revoke_disused(session, later(actor, 60), size=2)
    second = revoke_disused(session, later(actor, 60), first or 0, size=2)
    third = revoke_disused(session, later(actor, 60), second or 0, size=2)

    assert (first, second, third) == (ids[1], ids[2], None)

"""Recovery contacts: set by their owner only, held for a week, and told when they go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials import forget_leftovers
from directory.credentials.recovery_contacts import (
    HOLD,
    opened,
    recovery_contacts,
    remove_recovery_contact,
    set_recovery_contact,
)
from directory.credentials.tables import RecoveryContact
from directory.errors import BadValue, FactorNeeded, NotAllowed, NotFound, SealBroken, TooManyTries
from directory.notices import Notice
from tests.credentials import Enrolled

COLUMNS = "account_id, kind, value, set_at, usable_from"
OLD, NEW = "cu@vidu.vn", "moi@vidu.vn"


@pytest.fixture
def me(an: Enrolled, actor: Actor) -> Actor:
    """Give an official who has just shown the second factor."""
    return replace(an.actor, now=actor.now, factor_at=actor.now)


def later(me: Actor, after: timedelta) -> Actor:
    """Give the same person some time on, with a fresh second factor."""
    return replace(me, now=me.now + after, factor_at=me.now + after)


def told(session: Session) -> list[tuple[str, str]]:
    """Give where letters go and what they are."""
    rows = session.execute(select(Notice, RecoveryContact).outerjoin(RecoveryContact).order_by(Notice.id))
    return [
        ("mailbox" if notice.contact_id is None else opened(session, contact), notice.message)
        for notice, contact in rows
    ]


def test_contact_is_held_for_a_week(session: Session, me: Actor) -> None:
    """A new contact may serve after seven days, not before."""
    set_recovery_contact(session, me, "mail", f" {NEW.upper()} ")

    contact = recovery_contacts(session, me)["mail"]

    assert (contact.value, contact.usable_from, contact.is_held) == (NEW, me.now + HOLD, True)
    assert not recovery_contacts(session, later(me, HOLD))["mail"].is_held


@pytest.mark.parametrize("typed", ["0912 345 678", "+84 912345678", "84912345678"])
def test_phone_is_kept_in_one_spelling(session: Session, me: Actor, typed: str) -> None:
    """A number is kept as every number is."""
    set_recovery_contact(session, me, "phone", typed)

    assert recovery_contacts(session, me)["phone"].value == "0912345678"


def test_contact_of_before_is_told(session: Session, me: Actor) -> None:
    """When a contact is replaced, the mailbox and the private address of before get a letter, the new one none."""
    set_recovery_contact(session, me, "mail", OLD)
    set_recovery_contact(session, later(me, timedelta(days=1)), "mail", NEW)

    assert told(session)[-2:] == [("mailbox", "credential_changed"), (OLD, "recovery_contact_changed")]


def test_address_is_told_of_a_new_phone(session: Session, me: Actor) -> None:
    """When the number changes, the private address hears of it too."""
    set_recovery_contact(session, me, "mail", OLD)
    set_recovery_contact(session, later(me, timedelta(days=1)), "phone", "0912345678")

    assert told(session)[-2:] == [("mailbox", "credential_changed"), (OLD, "recovery_contact_changed")]


def test_removed_contact_is_told(session: Session, me: Actor) -> None:
    """A contact that is removed gets the last letter, and is there no more."""
    set_recovery_contact(session, me, "mail", OLD)
    remove_recovery_contact(session, later(me, timedelta(days=1)), "mail")

    assert told(session)[-1] == (OLD, "recovery_contact_changed")
    assert recovery_contacts(session, me) == {}
    with pytest.raises(NotFound):
        remove_recovery_contact(session, later(me, timedelta(days=1)), "mail")


def test_new_hold_begins_with_each_change(session: Session, me: Actor) -> None:
    """Setting a contact again does not use up the week of the one before."""
    set_recovery_contact(session, me, "mail", OLD)
    after = later(me, timedelta(days=6))

    set_recovery_contact(session, after, "mail", NEW)

    assert recovery_contacts(session, after)["mail"].usable_from == after.now + HOLD


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mail", "x"),
        ("mail", "a@b"),
        ("mail", "a@@vidu.vn"),
        ("mail", "a..b@vidu.vn"),
        ("mail", "a b@vidu.vn"),
        ("mail", "đào@vidu.vn"),
        ("mail", "an@tinh.gov.vn"),
        ("mail", "an@gov.vn"),
        ("mail", "a@vidu.vn\nBcc: b@vidu.vn"),
        ("phone", "12"),
        ("phone", NEW),
        ("fax", "0912345678"),
    ],
)
def test_what_is_no_contact_is_refused(session: Session, me: Actor, kind: str, value: str) -> None:
    """Neither what is no address or number nor an official address is a contact."""
    with pytest.raises(BadValue):
        set_recovery_contact(session, me, kind, value)


def test_same_contact_again_changes_nothing(session: Session, me: Actor) -> None:
    """What is recorded already is not recorded anew, so that nobody is told for nothing."""
    set_recovery_contact(session, me, "mail", OLD)

    with pytest.raises(BadValue, match="already"):
        set_recovery_contact(session, me, "mail", OLD.upper())


def test_factor_must_be_fresh(session: Session, me: Actor) -> None:
    """An open screen alone changes no contact."""
    stale = replace(me, factor_at=me.now - timedelta(minutes=6))

    with pytest.raises(FactorNeeded):
        set_recovery_contact(session, stale, "mail", NEW)
    with pytest.raises(FactorNeeded):
        remove_recovery_contact(session, stale, "mail")


def test_nobody_else_sets_a_contact(session: Session, actor: Actor, me: Actor) -> None:
    """There is no way for staff, the system or a program to set or read somebody's contact."""
    for who in (actor, replace(me, within=1)):
        with pytest.raises(NotAllowed):
            set_recovery_contact(session, who, "mail", NEW)
    with pytest.raises(NotAllowed):
        recovery_contacts(session, actor)


def test_changes_of_a_day_are_limited(session: Session, me: Actor) -> None:
    """Whoever changes contacts again and again is stopped."""
    for number in range(6):
        set_recovery_contact(session, me, "mail", f"an{number}@vidu.vn")

    with pytest.raises(TooManyTries):
        set_recovery_contact(session, me, "mail", NEW)


def test_audit_has_no_contact(session: Session, me: Actor) -> None:
    """The audit tells that a contact was set, not which."""
    set_recovery_contact(session, me, "mail", NEW)

    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "recovery_contact.set")).one()
    assert event.detail == {"kind": "mail"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE recovery_contacts SET usable_from = set_at + interval '6 days'",
        "UPDATE recovery_contacts SET kind = 'fax'",
        f"INSERT INTO recovery_contacts (public_id, {COLUMNS}) SELECT 'x', {COLUMNS} FROM recovery_contacts",
    ],
    ids=["hold", "kind", "one of a kind"],
)
def test_postgresql_keeps_the_hold(session: Session, me: Actor, statement: str) -> None:
    """Round the code, too, no contact serves before its week, and there is one of a kind."""
    set_recovery_contact(session, me, "mail", NEW)

    with pytest.raises(DBAPIError):
        session.execute(text(statement))


def test_ciphertext_opens_in_its_own_row_only(session: Session, me: Actor) -> None:
    """One contact's ciphertext cannot be put in another's place."""
    set_recovery_contact(session, me, "mail", NEW)
    set_recovery_contact(session, me, "phone", "0912345678")
    session.execute(
        text("UPDATE recovery_contacts SET value = (SELECT value FROM recovery_contacts WHERE kind = 'mail')")
    )
    session.expire_all()

    with pytest.raises(SealBroken):
        recovery_contacts(session, me)


def test_contacts_that_are_over_are_forgotten(session: Session, me: Actor) -> None:
    """A replaced contact goes after a month, that of a closed account with the next clean-up."""
    set_recovery_contact(session, me, "mail", OLD)
    set_recovery_contact(session, later(me, timedelta(days=1)), "mail", NEW)
    forget_leftovers(session, later(me, timedelta(days=32)))
    month = session.scalars(select(RecoveryContact)).all()
    session.execute(text(f"UPDATE accounts SET state = 'disabled' WHERE id = {me.account_id}"))

    forget_leftovers(session, later(me, timedelta(days=32)))

    assert [opened(session, row) for row in month] == [NEW]
    assert session.scalars(select(RecoveryContact)).all() == []

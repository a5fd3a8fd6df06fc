"""What is kept of corrections and what is not: by PostgreSQL when somebody goes round the code, and by the audit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import CorrectionDecided, DirectoryError, TooManyTries
from directory.lifecycle.corrections import (
    Refusal,
    Wish,
    accept_corrections,
    read_correction,
    refuse_corrections,
    send_corrections,
    withdraw_corrections,
)
from directory.people import own_corrections
from provisioning.outbox import Outbox
from tests.book import House, acting, found_house, give, hire

PHONE = Wish("phone", "0987654321", "Tôi đã đổi số")


@pytest.fixture
def official(session: Session, actor: Actor, house: House) -> Account:
    """Give an official with an account."""
    (account,) = hire(session, actor, house.unit, "Nguyễn Văn An")
    return account


@pytest.fixture
def hr(session: Session, actor: Actor, house: House) -> Actor:
    """Give HR of the department."""
    (account,) = hire(session, actor, house.department, "Lê Nhân Sự")
    give(session, account, "hr", house.department)
    return acting(actor, account)


def send(session: Session, actor: Actor, official: Account, *wishes: Wish) -> list[str]:
    """Send corrections and give their ids."""
    return [each.public_id for each in send_corrections(session, acting(actor, official), wishes or [PHONE])]


DECIDED = "value = NULL, note = NULL, decided_at = sent_at"
AGAIN = "(public_id, official_id, sent_by, field, value, note, sent_at)"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE corrections SET state = 'accepted', decided_at = now()",
        f"UPDATE corrections SET state = 'refused', {DECIDED}",
        f"UPDATE corrections SET state = 'accepted', {DECIDED}, decided_by = sent_by",
        "UPDATE corrections SET value = NULL",
        "UPDATE corrections SET field = 'state'",
        f"INSERT INTO corrections {AGAIN} SELECT 'x', official_id, sent_by, field, value, note, now() FROM corrections",
    ],
)
def test_postgresql_keeps_the_rules(session: Session, actor: Actor, official: Account, statement: str) -> None:
    """Round the code, too, a decided correction is empty, a refused one has a reason, and nobody decides their own."""
    send(session, actor, official)

    with pytest.raises(DBAPIError):
        session.execute(text(statement))


def test_postgresql_lets_nothing_be_decided_twice(session: Session, actor: Actor, official: Account, hr: Actor) -> None:
    """Round the code, too, what was decided stays decided."""
    accept_corrections(session, hr, send(session, actor, official))

    with pytest.raises(DBAPIError, match="is decided"):
        session.execute(text("UPDATE corrections SET state = 'refused', reason = 'x'"))


@pytest.mark.parametrize("column", ["value", "note"])
def test_ciphertext_opens_in_its_own_row_only(session: Session, actor: Actor, official: Account, column: str) -> None:
    """What one correction says cannot be moved into another."""
    first, second = send(session, actor, official, PHONE, Wish("personal_mail", "an@vidu.vn", "Mới"))
    session.execute(
        text(
            f"UPDATE corrections SET {column} = (SELECT {column} FROM corrections WHERE public_id = :first)"
            " WHERE public_id = :second"
        ),
        {"first": first, "second": second},
    )

    with pytest.raises(DirectoryError, match="cannot be opened"):
        own_corrections(session, acting(actor, official))


def test_one_of_many_decisions_counts(outbox: Outbox, actor: Actor) -> None:
    """Of many who accept and refuse at the same moment exactly one succeeds."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        official, *staff = hire(
            session, actor, house.unit, "Lê An", *[f"Lê Nhân {each}" for each in ("Sự", "Lực", "Tài")]
        )
        for each in staff:
            give(session, each, "hr", house.department)
        (sent,) = send(session, actor, official)
        deciders = [acting(actor, each) for each in staff] * 4

    def decide(place: int, who: Actor) -> bool:
        try:
            with outbox.transaction() as session:
                if place % 2:
                    accept_corrections(session, who, [sent])
                else:
                    refuse_corrections(session, who, [Refusal(sent, "Sai")])
        except CorrectionDecided:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(decide, range(len(deciders)), deciders))

    assert sum(won) == 1


def test_corrections_of_a_day_are_limited(session: Session, actor: Actor, official: Account) -> None:
    """Whoever sends and withdraws again and again, and so fills the mailboxes of HR, is stopped until tomorrow."""
    for _ in range(20):
        withdraw_corrections(session, acting(actor, official), send(session, actor, official))

    with pytest.raises(TooManyTries):
        send(session, actor, official)
    assert send(session, replace(actor, now=actor.now + timedelta(days=1)), official)


def test_audit_never_has_what_was_asked(session: Session, actor: Actor, official: Account, hr: Actor) -> None:
    """The audit tells that a correction was sent, read and accepted, and of which field, not what it says."""
    ids = send(session, actor, official)
    read_correction(session, hr, ids[0])
    accept_corrections(session, hr, ids)

    events = session.scalars(
        select(AuditEvent).where(AuditEvent.action.startswith("correction")).order_by(AuditEvent.id)
    ).all()

    assert [(each.action, each.detail) for each in events] == [
        (f"correction.{verb}", {"field": "phone"}) for verb in ("sent", "read", "accepted")
    ]

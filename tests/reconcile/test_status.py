"""What other pages learn of one subject, and who may try again."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Grant
from provisioning.reconcile.status import Standing, mark_unsettled, standing, try_again
from tests.book import LONG_AGO
from tests.engines import Engine
from tests.fakes import FakeTarget


def standing_of(engine: Engine, number: str) -> Standing:
    """Say how one account stands."""
    with engine.outbox.transaction() as session:
        account_id = engine.account(session, number).id
        return standing(session, "account", [account_id])[account_id]


def it_staff(engine: Engine, session: Session, number: str, code: str) -> Actor:
    """Give an account the IT role at an agency, and give it as an actor."""
    account = engine.account(session, number)
    agency = session.scalars(select(Agency).where(Agency.code == code)).one()
    session.add(Grant(account_id=account.id, role="agency_it", agency_id=agency.id, valid_from=LONG_AGO))
    session.flush()
    return Actor(now=engine.now, source="test", account_id=account.id)


def test_account_waits_until_it_is_real(engine: Engine) -> None:
    """An account is waiting, since when it was marked, and real once its entry is right."""
    [number] = engine.hire("Nguyễn Văn An")
    assert standing_of(engine, number) == Standing("waiting", engine.now)

    engine.settle()

    assert standing_of(engine, number).state == "real"


def test_account_that_is_refused_says_why(engine: Engine, target: FakeTarget) -> None:
    """A refused account stands as refused, with the reason."""
    target.entries[("uid", "foreign"), ("ou", "people")] = ({"cvAddress": ("annv@tinh.gov.vn",)}, "v")

    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    assert standing_of(engine, number).state == "refused"
    assert standing_of(engine, number).reason == "Another entry has one of these addresses."


def test_what_was_refused_is_unsettled(engine: Engine, target: FakeTarget) -> None:
    """Where all that is not right is tried again, a refused account is among it, and one that is right is not."""
    target.entries[("uid", "foreign"), ("ou", "people")] = ({"cvAddress": ("annv@tinh.gov.vn",)}, "v")
    numbers = engine.hire("Nguyễn Văn An", "Trần Văn Bình")
    engine.settle()

    with engine.outbox.transaction() as session:
        mark_unsettled(session, engine.actor, [("account", engine.account(session, each).id) for each in numbers])

    assert engine.due() == 1


def test_trying_again_is_audited(engine: Engine) -> None:
    """Whoever tries again stands in the audit."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    with engine.outbox.transaction() as session:
        try_again(session, it_staff(engine, session, number, "H36.05"), [("account", number)])

    with engine.outbox.transaction() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "entry.retried")).all()
        assert [event.subject for event in events] == [f"account:{number}"]


def test_another_agencys_account_is_not_found(engine: Engine) -> None:
    """Somebody of another province can try nothing again here."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()

    with engine.outbox.transaction() as session:
        stranger = it_staff(engine, session, number, "H37")
        with pytest.raises(NotFound):
            try_again(session, stranger, [("account", number)])

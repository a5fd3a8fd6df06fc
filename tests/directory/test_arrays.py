"""Arrays written at once: whatever stands in a value comes out of PostgreSQL as it went in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import AuditEvent, record_all, signature
from directory.base import Actor, any_of, array_of
from directory.keys import keys_of
from tests.book import House

AWKWARD = ("", " ", "NULL", "null", '"', "\\", '\\"', "{a,b}", ",", "'", "\\x41", "a\nb\tc", "Đỗ Ý", "%(a)s :b", "x")
COLUMNS = (
    "at", "actor_account_id", "source", "session_id", "request_id", "action", "subject", "agency_id", "detail"
)  # fmt: skip


def test_texts_come_out_as_they_went_in(session: Session, actor: Actor) -> None:
    """Quotes, braces, backslashes, the word NULL and line ends in texts and in JSON are nothing but letters."""
    record_all(session, actor, "test.arrays", [(each, None, {"said": each, each: None}) for each in AWKWARD])

    found = session.scalars(select(AuditEvent).where(AuditEvent.action == "test.arrays").order_by(AuditEvent.id)).all()

    assert [each.subject for each in found] == list(AWKWARD)
    assert [each.detail for each in found] == [{"said": each, each: None} for each in AWKWARD]


def test_signature_is_that_of_the_row(session: Session, actor: Actor) -> None:
    """The signature of an event written among many holds for the columns as they are read again."""
    record_all(session, actor, "test.arrays", [(each, None, {"said": each}) for each in AWKWARD])

    found = session.scalars(select(AuditEvent).where(AuditEvent.action == "test.arrays")).all()

    told = [{name: getattr(each, name) for name in COLUMNS} for each in found]
    assert [each.mac for each in found] == [signature(keys_of(session), each) for each in told]


def test_values_are_read_once_and_not_for_each_row(session: Session) -> None:
    """PostgreSQL takes the parameter for the array that is meant: a text it would cast again for every row."""
    statement = select(Agency).where(any_of(Agency.short_name, AWKWARD))

    sent = str(statement.compile(session.connection()))

    assert "ANY (CAST(%(param_1)s AS TEXT[]))" in " ".join(sent.replace("any(", "ANY (").split())


@pytest.mark.parametrize("name", AWKWARD[1:])
def test_one_of_many_is_found(session: Session, house: House, name: str) -> None:
    """A row is found by an awkward text among others."""
    house.unit.short_name = name
    session.flush()

    found = session.scalars(select(Agency).where(any_of(Agency.short_name, AWKWARD))).all()

    assert found == [house.unit]


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([], "{}"),
        ([None, None], "{NULL,NULL}"),
        ([1, None, 3], "{1,NULL,3}"),
        ([True, False], "{True,False}"),
        ([b"\x00\xff"], '{"\\\\x00ff"}'),
        ([date(2026, 11, 22)] * 2, '{"2026-11-22","2026-11-22"}'),
        ([datetime(2026, 11, 22, 1, tzinfo=UTC)], '{"2026-11-22T01:00:00+00:00"}'),
    ],
)
def test_form_of_an_array(values: list[object], written: str) -> None:
    """Each kind of value is written as PostgreSQL reads it."""
    assert array_of(values) == written


def test_unknown_kind_is_refused() -> None:
    """A value of which nobody has said how it is written is refused, and not guessed."""
    with pytest.raises(TypeError):
        array_of([1.5])

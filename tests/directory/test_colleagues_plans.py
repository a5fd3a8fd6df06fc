"""How PostgreSQL answers the telephone list in a directory of 30,000: by indexes, whatever is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from benches.crowd import Size, crowd
from directory.base import Actor
from directory.people import Asked, agencies_called, search
from tests.conftest import KEYS

pytestmark = pytest.mark.slow
LARGE = ("officials", "appointments", "accounts", "mailboxes", "addresses")
QUESTIONS = [
    Asked("nguyen"),
    Asked("nguyễn văn"),
    Asked("nguyen thi lan"),
    Asked("Nguyễn Thị Lan"),
    Asked("le an"),
    Asked("a"),
    Asked("đào"),
    Asked("khongcoai"),
    Asked("annv@"),
    Asked("annv@so7.gov.vn"),
    Asked("105"),
    Asked("0219 3866 555"),
    Asked(title="giám đốc"),
    Asked(title="chuyen vien"),
    Asked(title="khongcochuc"),
    Asked("an", title="pho giam doc"),
    Asked(agency_id=1),
    Asked(agency_id=300),
    Asked("lan", agency_id=1),
    Asked("khongcoai", agency_id=1),
    Asked(title="giam doc", agency_id=1),
    Asked("105", agency_id=1),
]


@pytest.fixture(scope="module")
def many(shared_engine: Engine) -> Iterator[Session]:
    """Give a directory of 30,000 officials that is gone after the module."""
    with shared_engine.connect() as connection, connection.begin() as transaction:
        crowd(connection, Size(officials=30_000, agencies=400, domains=100))
        with Session(connection, info={"keys": KEYS}, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


def plans(session: Session, actor: Actor, asked: Asked) -> str:
    """Give the plans of the statements that answer a question."""
    sent: list[tuple[str, dict[str, object]]] = []

    def note(_connection: object, _cursor: object, statement: str, values: dict[str, object], *_: object) -> None:
        sent.append((statement, values))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        search(session, actor, asked)
        agencies_called(session, actor, asked.text)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    cursor = connection.connection.cursor()
    lines = [line for statement, values in sent for line in cursor.execute(f"EXPLAIN {statement}", values).fetchall()]
    return "\n".join(line for (line,) in lines)


@pytest.mark.parametrize("asked", QUESTIONS, ids=str)
def test_every_question_is_answered_by_indexes(many: Session, actor: Actor, asked: Asked) -> None:
    """No table that grows with the people is read from one end to the other."""
    plan = plans(many, actor, asked)

    read = re.findall(r"Seq Scan on (\w+)", plan)
    assert "Index" in plan
    assert [table for table in read if table in LARGE] == []


@pytest.mark.parametrize(
    "asked", [Asked("nguyen"), Asked("lan"), Asked(agency_id=1), Asked("lan", agency_id=1)], ids=str
)
def test_following_pages_are_answered_by_indexes(many: Session, actor: Actor, asked: Asked) -> None:
    """The page after the first is found as the first one is."""
    after = search(many, actor, asked).after

    plan = plans(many, actor, replace(asked, after=after))

    assert [table for table in re.findall(r"Seq Scan on (\w+)", plan) if table in LARGE] == []


def test_common_name_is_not_gathered_whole(many: Session, actor: Actor) -> None:
    """Of a name that thousands have, only so many are looked at as are looked through."""
    asked = Asked("nguyen", limit=10)
    total = many.scalar(text("SELECT count(*) FROM officials WHERE name_key ~ '\\mnguyen'"))

    found = search(many, actor, asked)

    assert total > 5000
    assert (len(found.people), (found.after or "")[:2]) == (10, "c.")

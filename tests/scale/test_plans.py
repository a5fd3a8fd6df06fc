"""No page reads a table that grows with people from end to end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from directory.adoption import take_snapshot
from directory.agencies import Agency
from directory.base import Actor, system
from directory.credentials import issue_slips
from directory.lifecycle import (
    Leaving,
    Newcomer,
    Retirement,
    Transfer,
    appoint,
    leave,
    retire_domain,
    suspend,
    transfer,
)
from provisioning.bootstrap import clock
from tests.conftest import KEYS
from tests.scale.conftest import REACHES, Town, Values

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("scale")]

GROWING = "officials accounts appointments mailboxes addresses audit_events use_days totp".split()
"""The tables of which the directory has tens of thousands of rows: of a short table reading all is right."""
READ_THROUGH = re.compile(rf"Seq Scan on ({'|'.join(GROWING)})\b")
IDS = {"officials": "official", "people": "official", "agencies": "agency", "adoption": "agency"}
ELSEWHERE = ("/static", "/api", "/healthy", "/metrics", "/forgotten", "/sign-in", "/agency-choice")
"""No pages of the portal, or pages before the sign-in."""
ASKED = (
    "/officials?q=nguyen",
    "/officials?q=nguyen+thi+thuy",
    "/officials?q=nguyễn+thị+thúy",
    "/officials?q=zzz",
    "/officials?q=k",
    "/officials?q=anh@so1.gov.vn",
    "/officials?q=cvaaaa9aaa",
    "/officials?state=suspended",
    "/officials?state=disabled",
    "/officials?agency={agency}",
    "/officials?agency={unit}&q=anh",
    "/officials?after={official}",
    "/people?q=nguyen+thi+thuy",
    "/people?q=nguyen",
    "/people?agency={agency}",
    "/slips?q=anh",
    "/slips?agency={unit}",
    "/agencies/{unit}",
    "/role-mailboxes?agency={agency}",
    "/audit?action=account.suspended",
    "/audit?before=3000",
    "/audit?who=cvaaaa9aaa",
    "/audit?person={official}",
    "/adoption/{unit}",
)
"""What is asked of lists, beside the pages themselves."""
ALLOWED: dict[str, str] = {}
"""Pages that may read a table through, each with its reason."""


def pages(town: Town) -> list[str]:
    """Give the address of every page that one thing or nothing is named for, and of what is asked of lists."""
    found = []
    for rule in town.clients["nothing"].application.url_map.iter_rules():
        top = rule.rule.split("/")[1]
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(ELSEWHERE):
            continue
        if not rule.arguments:
            found.append(rule.rule)
        elif rule.arguments == {"public_id"}:
            kind = IDS.get(top, "mailbox" if top == "role-mailboxes" else "")
            if kind:
                found.append(rule.rule.replace("<public_id>", f"{{{kind}}}"))
    return [*found, *ASKED]


def plan(town: Town, statement: str, values: Values) -> str:
    """Ask PostgreSQL how it would answer a statement."""
    with town.engine.connect() as connection:
        lines = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars()
        return "\n".join(lines)


def read_through(town: Town, sent: list[tuple[str, Values]]) -> list[str]:
    """Give those statements, with the tables, that would read a growing table through."""
    faults = []
    for statement, values in sent:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            continue
        tables = READ_THROUGH.findall(plan(town, statement, values))
        if tables:
            faults.append(f"{', '.join(sorted(set(tables)))}: {' '.join(statement.split())[:700]}")
    return faults


EMPTIED = """
UPDATE pg_class SET relpages = 1, reltuples = 0
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND relname NOT LIKE 'pg_%'
"""
VERBS: dict[str, Callable[[Session, Actor], object]] = {
    "appoint": lambda session, actor: appoint(session, actor, [Newcomer(400, "Nguyễn Thị Thúy")]),
    "transfer": lambda session, actor: transfer(session, actor, [Transfer(60, 399)]),
    "suspend": lambda session, actor: suspend(session, actor, [_active(session)], "Thử"),
    "leave": lambda session, actor: leave(session, actor, [Leaving(70, actor.today)]),
    "retire_domain": lambda session, actor: retire_domain(session, actor, [Retirement(3, date(2030, 1, 1))]),
    "issue_slips": lambda session, actor: issue_slips(session, actor, _waiting(session)),
    "take_snapshot": lambda session, actor: take_snapshot(session, actor, actor.today, session.get_one(Agency, 400)),
}
"""Verbs on one thing of a large directory."""


def _active(session: Session) -> int:
    """Give an account that can be suspended."""
    return int(session.scalars(text("SELECT id FROM accounts WHERE state = 'active' AND id > 1000 LIMIT 1")).one())


def _waiting(session: Session) -> list[str]:
    """Give the number of an account that waits for a slip."""
    return list(session.scalars(text("SELECT number FROM accounts WHERE state = 'pending' AND id > 1000 LIMIT 1")))


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_reads_a_growing_table_through(town: Town, verb: str) -> None:
    """What a verb does to one person or one agency costs the same in a directory of any size."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        town.sent.clear()
        VERBS[verb](session, system(clock(), "test"))
        session.flush()
        sent = list(town.sent)
        session.rollback()

    faults = [fault for fault in read_through(town, sent) if "id > 1000" not in fault]

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("verb", ["appoint", "transfer", "suspend", "leave"])
def test_what_is_written_crosses_no_tables_taken_for_empty(town: Town, verb: str) -> None:
    """Where many came since PostgreSQL last looked, what it notes of a change by itself still looks rows up."""
    with Session(town.engine, info={"keys": KEYS}) as session:
        session.execute(text(EMPTIED))
        session.execute(text("SET LOCAL statement_timeout = '20s'"))
        VERBS[verb](session, system(clock(), "test"))
        session.flush()
        session.rollback()


@pytest.mark.parametrize("reach", REACHES)
def test_no_page_reads_a_growing_table_through(town: Town, reach: str) -> None:
    """Whatever somebody looks after, every statement of every page finds its rows by an index."""
    faults = []
    for page in pages(town):
        found = read_through(town, town.ask(reach, page))
        faults += [f"{page}: {fault}" for fault in found if page not in ALLOWED]

    assert not faults, "\n".join(faults)
    assert town.failed == set()


def test_statement_that_reads_through_would_be_seen(town: Town) -> None:
    """The look at plans finds a statement for which there is no index."""
    with town.engine.connect() as connection:
        found = connection.scalars(text("EXPLAIN SELECT id FROM officials WHERE sex = 'none'")).all()

    assert READ_THROUGH.findall("\n".join(found)) == ["officials"]

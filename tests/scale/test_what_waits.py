"""While everything waits, the page of provisioning looks only at what it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.scale.conftest import Town
from tests.scale.test_plans import plan

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("scale")]

FILL = """
INSERT INTO due (subject, subject_id, revision, since, claimed_by) SELECT 'account', id, 1, now(), 'test' FROM accounts
ON CONFLICT DO NOTHING
"""


@pytest.fixture
def busy(town: Town) -> Iterator[Town]:
    """Let every account wait."""
    with town.engine.begin() as connection:
        connection.execute(text(FILL))
        connection.execute(text("ANALYZE due"))
    yield town
    with town.engine.begin() as connection:
        connection.execute(text("DELETE FROM due WHERE claimed_by = 'test'"))
        connection.execute(text("ANALYZE due"))


def test_whoever_looks_after_a_unit_does_not_read_all_that_waits(busy: Town) -> None:
    """In a small agency the page asks for what waits there, from the people's side."""
    sent = busy.ask("a unit", "/provisioning")

    faults = [
        statement for statement, values in sent if "FROM due" in statement and _reads_all(busy, statement, values)
    ]
    assert any("FROM due" in statement for statement, _ in sent)
    assert faults == []


def test_whoever_looks_after_everything_sorts_nothing(busy: Town) -> None:
    """What waits first is taken from an index in its order, however much waits behind it."""
    sent = busy.ask("everything", "/provisioning")

    [listed] = [(statement, values) for statement, values in sent if "ORDER BY due.urgent DESC" in statement]
    found = plan(busy, *listed)
    assert "due_target_idx" in found
    assert not re.search(r"Seq Scan on due\b", found)


def test_nobody_counts_all_that_waits(busy: Town) -> None:
    """Whoever looks after everything is told how much waits up to a bound; nothing counts further for a page."""
    sent = busy.ask("everything", "/provisioning")

    asked = [statement for statement, _ in sent if "FROM due" in statement]
    assert asked != []
    assert [each for each in asked if "LIMIT" not in each and "min(due.since)" not in each] == []


def _reads_all(town: Town, statement: str, values: object) -> bool:
    """Say whether a statement reads all that waits from end to end."""
    return re.search(r"Seq Scan on due\b", plan(town, statement, values)) is not None  # type: ignore[arg-type]  # as sent

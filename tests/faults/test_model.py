"""The model of histories, bound to the engine: the engine as it is holds, and every wrong design is found out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from provisioning.outbox import Outbox
from provisioning.reconcile import claims, settling
from tests.fakes import FakeTarget
from tests.faults.conftest import Connect, Times
from tests.faults.faulty import Faulty
from tests.faults.model import HISTORIES, Histories
from tests.faults.mutants import MUTANTS

pytestmark = [pytest.mark.faults, pytest.mark.slow]
PARTS = 4
"""Into how many tests the histories are cut, so that every core of a machine has some to try."""


@pytest.fixture(autouse=True)
def careful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two entries that are gone at once be too much, for there are only two; let no lease end while one looks."""
    monkeypatch.setattr(settling, "LEAST", 1)
    monkeypatch.setattr(claims, "URGENT_LEASE", claims.LEASE)


def machine(outbox: Outbox, make_target: Callable[[], Faulty]) -> type[Histories]:
    """Bind the histories to a database and to targets."""
    return type("Bound", (Histories,), {"outbox": outbox, "make_target": staticmethod(make_target)})


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_ends_as_the_book_wants(outbox: Outbox, times: Times, part: int) -> None:
    """Whatever happens in whatever order, what is done stays done and all becomes right in the end."""
    bound = seed(part)(machine(outbox, lambda: Faulty(FakeTarget())))

    run_state_machine_as_test(bound, settings=settings(HISTORIES, max_examples=times(40, 2000) // PARTS))


def test_every_history_on_slapd_ends_as_the_book_wants(outbox: Outbox, connect: Connect, times: Times) -> None:
    """The same holds on a real LDAP server."""
    target = connect()
    bound = machine(outbox, lambda: Faulty(target))

    run_state_machine_as_test(bound, settings=settings(HISTORIES, max_examples=times(5, 200)))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.__name__)
def test_model_finds_wrong_designs(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """For each wrong design there is a history in which it breaks what was promised: the model finds it."""
    mutant(monkeypatch)
    bound = machine(outbox, lambda: Faulty(FakeTarget()))

    with pytest.raises(AssertionError):
        run_state_machine_as_test(bound, settings=settings(HISTORIES, max_examples=1000))

"""An engine with two targets, for tests of what each is for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select, text

from directory.agencies import Agency
from directory.due import Due
from directory.lifecycle import NewDomain, add_domain
from provisioning.reconcile import Reconciler, Report
from provisioning.reconcile.targets import TargetHealth, healths
from tests.book import hire
from tests.engines import Engine
from tests.fakes import FakeTarget

KNOWN = ("default", "hue")


@dataclass
class Both:
    """An engine with a second target, on which the other province's new domain is."""

    engine: Engine
    hue: FakeTarget

    def run_hue(self) -> Report:
        """Do one round for the second target."""
        return self.reconciler().run()

    def reconciler(self) -> Reconciler:
        """Give a worker of the second target."""
        return replace(self.engine.reconciler(self.hue), name="hue")

    def hire(self, name: str) -> str:
        """Appoint somebody of the other province."""
        with self.engine.outbox.transaction() as session:
            agency = session.scalars(select(Agency).where(Agency.code == "H37")).one()
            [account] = hire(session, self.engine.actor, agency, name)
            return account.number

    def do(self, verb: Callable[..., object], *more: object) -> None:
        """Let the system call a verb about targets."""
        with self.engine.outbox.transaction() as session:
            verb(session, self.engine.actor, *more)

    def waiting(self) -> set[str]:
        """Give the targets for which something waits."""
        with self.engine.outbox.transaction() as session:
            return set(session.scalars(select(Due.target)))

    def health(self, name: str) -> TargetHealth:
        """Tell how a target is."""
        with self.engine.outbox.transaction() as session:
            [found] = [each for each in healths(session, self.engine.actor, KNOWN) if each.name == name]
            session.expunge_all()
            return found


@pytest.fixture
def both(engine: Engine) -> Both:
    """Give an engine of two targets; the other province makes its addresses on the second."""
    both = Both(engine, FakeTarget())
    with engine.outbox.transaction() as session:
        other = session.scalars(select(Agency).where(Agency.code == "H37")).one()
        session.execute(text("UPDATE domains SET is_primary = false WHERE agency_id = :id"), {"id": other.id})
        add_domain(session, engine.actor, [NewDomain(other.id, "hue.gov.vn", target="hue")])
    engine.settle(1)
    both.run_hue()
    return both

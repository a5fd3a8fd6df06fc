"""An entry that was there before the directory, and what tests do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from directory.desired import Name
from directory.linking import READ, conclude, propose
from provisioning.ports import Observed
from provisioning.reconcile import linking
from tests.engines import Engine
from tests.fakes import FakeTarget

BRANCH = "ou=Users"
OLD: Name = (("cn", "Nguyễn Văn An"), ("ou", "Users"))
ADDRESS = "annv@tinh.gov.vn"
WRITTEN = {
    "objectClass": ("inetOrgPerson", "posixAccount"),
    "cn": ("Nguyễn Văn An", "An N.V."),
    "sn": ("Nguyễn",),
    "uid": ("an.nguyen",),
    "mail": (ADDRESS,),
    "telephoneNumber": ("024 3804 4444",),
    "userPassword": ("{SSHA}theirs",),
    "description": ("Phòng 12",),
}


@dataclass
class MeddledTarget(FakeTarget):
    """A target in which somebody else writes right after each look of ours."""

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries, and let somebody write to one of them."""
        found = super().observe(names)
        if OLD in found:
            self.edit(OLD, description=("Vừa sửa",))
        return found


@pytest.fixture
def number(engine: Engine, target: FakeTarget) -> str:
    """Give an account that is not real yet, and the entry that was there before."""
    [number] = engine.hire("Nguyễn Văn An")
    target.entries[OLD] = (dict(WRITTEN), target.next_version())
    return number


def proposed(engine: Engine) -> list[str]:
    """Run a proposal over the branch, as the command does, and give the ids."""
    engine.now += timedelta(minutes=1)
    for page in engine.target.survey(BRANCH, READ):
        with engine.outbox.transaction() as session:
            propose(session, engine.actor, page)
    with engine.outbox.transaction() as session:
        conclude(session, engine.actor, BRANCH, engine.now)
        return [line.ref for line in linking.links(session, engine.actor)]


def confirm(engine: Engine, *refs: str, taken: tuple[str, ...] = ()) -> int:
    """Confirm proposals, while nothing is written to the target."""
    with engine.kept_still(), engine.outbox.transaction() as session:
        return linking.confirm(session, engine.actor, refs, taken)


@pytest.fixture
def adopted(engine: Engine, number: str) -> str:
    """Give an account whose entry was there before and is adopted."""
    confirm(engine, *proposed(engine))
    engine.settle()
    return number

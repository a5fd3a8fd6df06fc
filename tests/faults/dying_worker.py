"""A worker that does one round and dies at a marked point: `python -m tests.faults.dying_worker POINT`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace

from directory.desired import Name
from directory.targets import DEFAULT
from provisioning.bootstrap import assemble
from provisioning.ldap import LdapTarget
from provisioning.ports import Change, Observed, Outcome

POINTS = ("claimed", "observed", "before write 1", "after write 1", "before write 2", "after write 2")


class DyingTarget(LdapTarget):
    """A target at whose marked point the process ends."""

    point = ""
    writes = 0

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Observe, unless the end comes before or after."""
        self.reach("claimed")
        found = super().observe(names)
        self.reach("observed")
        return found

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Write, unless the end comes before or after."""
        self.writes += 1
        self.reach(f"before write {self.writes}")
        outcomes = super().apply(changes)
        self.reach(f"after write {self.writes}")
        return outcomes

    def reach(self, point: str) -> None:
        """End here if this is the point."""
        if point == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


def main(point: str) -> None:
    """Do one round with a target that dies."""
    service = assemble()
    assert isinstance(service.target, LdapTarget)
    target = DyingTarget(service.target.line, service.target.base)
    target.point = point
    dying = replace(service.targets[DEFAULT], system=target)
    replace(service, targets={DEFAULT: dying}).reconciler.run()


if __name__ == "__main__":
    main(sys.argv[1])

"""A target behind a line that fails as a history orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from directory.desired import Name
from directory.linking import Found
from provisioning.ports import Add, Change, Observed, Outcome, Sight, TargetSystem, Unavailable


@dataclass
class Faulty:
    """A target behind a line that fails as ordered, and that others use between our look and our write.

    `down`: nothing is applied; `lost`: all is, but no reply comes; `late`: none comes, and what was asked for is
    applied when `arrive` is called.
    """

    inner: TargetSystem
    fault: str = "none"
    spared: int = 0
    """Writes that succeed before the fault."""
    is_guarded: ClassVar[bool] = True
    """Whether a write holds only for the version that was seen."""
    late: list[Change] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None
    """What happens once, just before the next write."""

    def observe(self, names: Sequence[Name]) -> dict[Name, Observed]:
        """Read entries."""
        return self.inner.observe(names)

    def walk(self, branch: str, since: str | None = None) -> Iterator[Sequence[Sight]]:
        """Walk through a branch."""
        return self.inner.walk(branch, since)

    def apply(self, changes: Sequence[Change]) -> list[Outcome]:
        """Make changes, as well as the line lets it."""
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            meanwhile()
        if not self.is_guarded:
            changes = self.with_present_versions(changes)
        if self.spared and changes:
            self.spared -= 1
            return self.inner.apply(changes)
        fault, self.fault = self.fault, "none"
        if fault == "late":
            self.late += changes
            changes = ()
        outcomes = self.inner.apply(() if fault == "down" else changes)
        if fault != "none":
            raise Unavailable("ordered by the test")
        return outcomes

    def survey(self, branch: str, attributes: Sequence[str]) -> Iterator[Sequence[Found]]:
        """Give what is below a branch."""
        return self.inner.survey(branch, attributes)

    def marked(self, numbers: Sequence[str]) -> dict[str, Found]:
        """Search for entries that carry accounts' numbers."""
        return self.inner.marked(numbers)

    def bearing(self, attribute: str, values: Sequence[str]) -> dict[str, Sequence[Found]]:
        """Search for entries that carry values."""
        return self.inner.bearing(attribute, values)

    def arrive(self) -> None:
        """Let the requests that were stuck run now, one after the other."""
        stuck, self.late = self.late, []
        for each in stuck:
            self.inner.apply([each] if self.is_guarded else self.with_present_versions([each]))

    def with_present_versions(self, changes: Sequence[Change]) -> list[Change]:
        """Let writes hold for whatever version is there: what a server without guards would do."""
        seen = self.inner.observe([each.name[-2:] for each in changes])
        there = {**seen, **{name: child for each in seen.values() for name, child in each.children.items()}}
        return [
            each if isinstance(each, Add) or each.name not in there else replace(each, csn=there[each.name].csn)
            for each in changes
        ]

    def ping(self) -> None:
        """Give a sign of life."""
        self.inner.ping()

    def close(self) -> None:
        """Let go of the line."""
        self.inner.close()

"""A scan of what was changed, 100 of 100,000 entries against 100 of 10,000: it costs the changes, not the size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from benches.figures import BenchError, at_most, seconds
from benches.place import speak
from benches.target import FEW, Loaded, loaded, many

NAME = "scan-changed"
GOAL = at_most(3)
UNIT = "ms"
CHANGES = 100


@dataclass(frozen=True)
class Place:
    """Two targets."""

    many: Loaded
    few: Loaded
    turns: Iterator[int]


@contextmanager
def set_up(large: bool) -> Iterator[Place]:  # noqa: FBT001 - as every bench
    """Give a large target and one with a tenth of it."""
    with many(large) as large_place, loaded(FEW) as few:
        yield Place(large_place, few, count(1))


def ours(place: Place) -> float:
    """Scan the large one after 100 changes."""
    return scanned(place.many, next(place.turns))


def other(place: Place) -> float:
    """Scan the small one after 100 changes."""
    return scanned(place.few, next(place.turns))


def scanned(place: Loaded, turn: int) -> float:
    """Let another program write to entries what is not ours, and scan; each was met and none is drift."""
    place.service.scanner.changed()
    names = [line[4:] for line in place.ldif.read_text().splitlines() if line.startswith("dn: uid=")][:CHANGES]
    changed = "".join(
        f"dn: {name}\nchangetype: modify\nreplace: description\ndescription: {turn}\n\n" for name in names
    )
    file = place.ldif.with_name("changes")
    file.write_text(changed)
    speak(place.stack, "ldapmodify", "-f", file)
    reports = []
    taken = seconds(lambda: reports.append(place.service.scanner.changed()))
    [report] = reports
    if not CHANGES <= report.entries <= CHANGES + 1 or report.restored:
        raise BenchError(f"of {CHANGES} changed entries were met: {report}")
    return 1_000 * taken

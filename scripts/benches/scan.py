"""A scan of 100,000 entries against `ldapsearch` of the same attribute.

Ours reads the version of every entry, compares it with what the book knows, and looks for what is missing; the other
side prints the entries it is given, and compares nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from benches.figures import BenchError, at_least, seconds
from benches.place import speak
from benches.target import Loaded, many

NAME = "scan"
GOAL = at_least(0.5)
UNIT = "entries/s"


@contextmanager
def set_up(large: bool) -> Iterator[Loaded]:  # noqa: FBT001 - as every bench
    """Give the target."""
    with many(large) as place:
        yield place


def ours(place: Loaded) -> float:
    """Scan everything; nothing may differ."""
    reports = []
    taken = seconds(lambda: reports.append(place.service.scanner.full()))
    [report] = reports
    if report.restored or report.asked or report.foreign:
        raise BenchError(f"a scan of what nobody touched found something: {report}")
    return report.entries / taken


def other(place: Loaded) -> float:
    """Read the same entries with OpenLDAP's own client."""
    printed = []
    base = place.service.settings.ldap_base
    taken = seconds(lambda: printed.append(speak(place.stack, "ldapsearch", "-LLL", "-b", base, "entryCSN")))
    return printed[0].count("\ndn: ") / taken

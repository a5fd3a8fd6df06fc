"""The table of faults: what each test injected, and what of it was lost or doubled in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

PROPERTY = "fault"
"""The name under which a test's counts travel in its report, from whichever process ran it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know `--long`, every count in full, and `--fault`, one of them alone."""
    parser.addoption("--long", action="store_true", help="make each fault as often as the full counts ask")
    parser.addoption("--fault", action="append", default=[], metavar="F04", help="only this fault (docs/faults.md)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out all but the faults that were asked for."""
    if not (wanted := set(config.getoption("--fault"))):
        return
    marks = {item: item.get_closest_marker("fault") for item in items}
    config.hook.pytest_deselected(
        items=[item for item, mark in marks.items() if not mark or mark.args[0] not in wanted]
    )
    items[:] = [item for item, mark in marks.items() if mark and mark.args[0] in wanted]


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest keeps its type to itself
    """Print a line for each fault that was injected."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    lines = rows(each for each in reports if isinstance(each, pytest.TestReport))
    if lines:
        terminalreporter.section("faults")
    for line in lines:
        terminalreporter.write_line(line)


def rows(reports: Iterable[pytest.TestReport]) -> list[str]:
    """Give the lines of the table: all tests of a fault added up, `ok` if each passed and nothing is amiss."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("injections", "lost", "doubled"), 0))
    failed, skipped = set[str](), set[str]()
    for report in reports:
        for name, found in report.user_properties:
            if name != PROPERTY or not isinstance(found, dict):
                continue
            fault = str(found["fault"])
            if report.when == "call":
                for each in counts[fault]:
                    counts[fault][each] += int(found[each])
            failed |= {fault} if report.failed else set()
            skipped |= {fault} if report.skipped else set()
    return [_line(fault, counts[fault], failed, skipped) for fault in sorted({*counts, *failed, *skipped})]


def _line(fault: str, found: dict[str, int], failed: set[str], skipped: set[str]) -> str:
    is_well = fault not in failed and found["injections"] and not found["lost"] and not found["doubled"]
    verdict = "ok" if is_well else "SKIPPED" if fault in skipped - failed else "FAILED"
    return f"fault {fault}: " + " ".join(f"{name} {count}" for name, count in found.items()) + f" {verdict}"

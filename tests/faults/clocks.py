"""Programs whose clock is wrong: libfaketime tells them another time (Debian's package `faketime`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def library() -> Path:
    """Find libfaketime where Debian puts it on this kind of machine."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    assert found, "libfaketime is not installed. Run: apt-get install faketime"
    return found[0]


def clock_at(shift: str) -> dict[str, str]:
    """Give the variables under which a program believes another time, such as `-1h`."""
    return {"LD_PRELOAD": str(library()), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def children_at(shift: str) -> Iterator[None]:
    """Let every program that is started meanwhile believe another time; this one does not."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in clock_at(shift).items():
            patch.setenv(name, value)
        yield

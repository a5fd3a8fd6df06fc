"""The main job: everything that the product is for, from a list to the report, on the real servers."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import House

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("house")]


@pytest.mark.parametrize("time", ["first", "second"])
def test_main_job_is_done(house: House, time: str) -> None:
    """All seven steps happen, also a second time on the same directory."""
    done = house.program("-m", "main_job")

    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (0, 8), done.stdout + done.stderr
    assert lines[-1].startswith("main job: ok, 502 accounts real, ")

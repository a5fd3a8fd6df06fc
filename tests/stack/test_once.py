"""The closing line of `scripts/run --once`, on which other checks are built."""

import os
import sys

import pytest

from stack.session import run_job

OK = "main job: ok, 502 accounts real, 3 messages delivered, 41 s"
FAILED = "main job: failed at mail: no letter came within 30 s"


def job(text: str, code: int = 0) -> tuple[int, str]:
    """What comes of a job that says this and ends so."""
    return run_job([sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"], dict(os.environ))


def test_the_closing_line_is_held_back(capfd: pytest.CaptureFixture[str]) -> None:
    """The steps are shown as they come; the last line is left for the very end."""
    outcome = job(f"step 1 list: 500 created\nstep 2 entries: 500\n{OK}")

    assert outcome == (0, OK)
    assert capfd.readouterr().out == "step 1 list: 500 created\nstep 2 entries: 500\n"


def test_a_failed_step_is_told_as_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    """The job's own sentence says at which step and why."""
    assert job(f"step 1 list: 500 created\n{FAILED}", code=1) == (1, FAILED)


@pytest.mark.parametrize(("said", "code"), [("", 0), ("step 1 list: 500 created", 0), ("step 1", 3), (OK, 1)])
def test_a_job_that_does_not_end_well_has_failed(capfd: pytest.CaptureFixture[str], said: str, code: int) -> None:
    """Neither silence nor an exit code alone is success, nor success with a bad exit code."""
    exit_code, closing = job(said, code)

    assert exit_code != 0
    assert closing.startswith("main job: failed at main job:")

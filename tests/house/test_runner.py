"""scripts/test says honestly what passed; it is run on a tree whose checks are small programs of ours."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import HOUSE

PASSES = '#!/bin/sh\necho {name} "$@" >> calls\n'
FAILS = '#!/bin/sh\necho {name} "$@" >> calls\necho {name} found something\nexit 1\n'
PYTEST = '#!/bin/sh\necho pytest "$@" >> calls\necho a test\necho === {outcome} in 1 s ===\nexit {code}\n'
# What `venv.prepare` leaves when it has nothing to do any more.
STAMP = """
from stack import venv
venv.FOLDER.mkdir()
(venv.FOLDER / "congvu-requirements-dev.txt.sha256").write_text(venv.fingerprint("requirements-dev.txt"))
"""
CHECKS = ("ruff", "mypy", "lint-imports")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a tree with scripts/test, an environment that needs no installation, and checks that pass."""
    for folder in ("scripts/stack", "deploy"):
        shutil.copytree(HOUSE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("scripts/test", "requirements-dev.txt", "pyproject.toml"):
        shutil.copy(HOUSE / file, tmp_path / file)
    for packages in (tmp_path / "deploy").glob("packages*.txt"):
        packages.write_text("python3  # is here\n")
    (tmp_path / "tests/web").mkdir(parents=True)
    subprocess.run([sys.executable, "-c", STAMP], env={"PYTHONPATH": str(tmp_path / "scripts")}, check=True)
    for name in CHECKS:
        program(tmp_path, name, PASSES)
    program(tmp_path, "pytest", PYTEST.format(outcome="3 passed", code=0))
    return tmp_path


def program(tree: Path, name: str, text: str) -> None:
    """Put a program into the tree's environment."""
    path = tree / ".venv/bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("{name}", name))
    path.chmod(0o755)


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/test there, with the Python that the environment is stamped for."""
    command = [sys.executable, str(tree / "scripts/test"), *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def calls(tree: Path) -> list[str]:
    """What was run, in order."""
    return (tree / "calls").read_text().splitlines()


def test_everything_passes(tree: Path) -> None:
    """All checks run before the tests; the last line is pytest's and the exit code 0."""
    done = run(tree)

    assert [call.split()[0] for call in calls(tree)] == ["ruff", "ruff", "mypy", "lint-imports", "pytest"]
    assert done.stdout.splitlines()[-1] == "=== 3 passed in 1 s ==="
    assert done.returncode == 0


@pytest.mark.parametrize("name", CHECKS)
def test_failed_check_fails_the_whole(tree: Path, name: str) -> None:
    """A check that fails is shown and named, everything after it still runs, and the exit code is 1."""
    program(tree, name, FAILS)

    done = run(tree)

    assert f"{name} found something" in done.stdout
    assert done.stdout.splitlines()[-2].startswith("FAILED before the tests: ")
    assert done.stdout.splitlines()[-1] == "=== 3 passed in 1 s ==="
    assert calls(tree)[-1].startswith("pytest")
    assert done.returncode == 1


def test_failed_tests_fail_the_whole(tree: Path) -> None:
    """The exit code of failed tests is pytest's."""
    program(tree, "pytest", PYTEST.format(outcome="1 failed, 2 passed", code=1))

    done = run(tree)

    assert done.stdout.splitlines()[-1] == "=== 1 failed, 2 passed in 1 s ==="
    assert done.returncode == 1


def test_no_tests_at_all_fail(tree: Path) -> None:
    """A selection that leaves no test is no success."""
    program(tree, "pytest", PYTEST.format(outcome="no tests ran", code=5))

    assert run(tree, "-k", "nothing").returncode == 5


def test_fast_leaves_out_what_is_slow(tree: Path) -> None:
    """--fast runs every check, and the tests without slow, browser and faults, pages and servers."""
    run(tree, "--fast")

    assert len(calls(tree)) == 5
    assert "-m not slow and not browser and not faults --ignore=tests/web" in calls(tree)[-1]


def test_fast_takes_a_suite_that_was_named(tree: Path) -> None:
    """--fast with a suite runs that suite, though it is left out otherwise."""
    run(tree, "--fast", "web")

    assert "--ignore=tests/web" not in calls(tree)[-1]


def test_suite_with_arguments(tree: Path) -> None:
    """A suite runs the tests of one folder only, and the rest of the line goes to pytest."""
    run(tree, "web", "-k", "sign_in", "-x")

    (call,) = calls(tree)
    assert call == f"pytest --numprocesses={os.cpu_count()} tests/web -k sign_in -x"


def test_unknown_suite(tree: Path) -> None:
    """An unknown suite is refused with the suites there are."""
    done = run(tree, "speed")

    assert done.returncode == 2
    assert done.stderr == "There is no suite tests/speed; there are: web.\n"

"""What the project stands on."""

import re
import tomllib

import pytest

from tests.house.sources import HOUSE

LOCKS = ("requirements.txt", "requirements-dev.txt")
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
WANTED = [re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in PROJECT["project"]["dependencies"]]  # type: ignore[index]  # each begins with a name


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", (HOUSE / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_passlib_is_libpass(lock: str) -> None:
    """The password library is libpass: passlib installs over the same files and fails with today's bcrypt."""
    pins = _pins(lock)

    assert "libpass" in pins
    assert "passlib" not in pins


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    """Each requirement of the lock has one version and at least one hash."""
    text = (HOUSE / lock).read_text().replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    loose = [line[:60] for line in requirements if not re.match(r"\S+==\S+.*--hash=sha256:[0-9a-f]{64}", line)]

    assert loose == []


def test_tests_run_on_what_is_shipped() -> None:
    """The development lock has every package of the runtime lock, at the same version."""
    runtime, development = _pins("requirements.txt"), _pins("requirements-dev.txt")

    differing = {name for name, version in runtime.items() if development.get(name) != version}

    assert differing == set()


@pytest.mark.parametrize("name", WANTED)
def test_every_library_has_its_reason(name: str) -> None:
    """Each dependency is pinned, and docs/decisions/0001-libraries.md says why it was taken."""
    decision = (HOUSE / "docs/decisions/0001-libraries.md").read_text().lower()

    assert name in _pins("requirements.txt")
    assert f"`{name}`" in decision

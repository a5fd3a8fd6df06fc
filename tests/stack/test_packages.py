"""Debian packages are installed beside what is there, never in its place, and nothing of theirs starts."""

from pathlib import Path

import pytest

from stack import packages
from stack.errors import StackError
from stack.layout import DEPLOY

PLAN = """\
NOTE: This is only a simulation!
Remv exim4-daemon-light [4.96-15+deb12u6]
Inst postfix (3.7.11-0+deb12u1 Debian:12.11/stable [amd64])
Conf postfix (3.7.11-0+deb12u1 Debian:12.11/stable [amd64])
"""


def test_a_plan_that_removes_a_package_is_refused() -> None:
    """The sentence names what would go and says what to do instead."""
    with pytest.raises(StackError, match="exim4-daemon-light") as refused:
        packages.refuse_removals(PLAN)

    assert "--without-postfix" in str(refused.value)


def test_a_plan_that_only_adds_is_followed() -> None:
    """Without a removal there is nothing to say."""
    packages.refuse_removals(PLAN.replace("Remv", "Inst"))


def test_what_is_installed_is_recognised() -> None:
    """dpkg itself is there; a name that nobody has is not."""
    assert [packages.is_installed(name) for name in ("dpkg", "congvu-has-no-package")] == [True, False]


@pytest.mark.parametrize("own_rule", [None, "#!/bin/sh\nexit 0\n"])
def test_the_machine_s_rule_is_back_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_rule: str | None
) -> None:
    """Whether the machine had a rule for starting services or none, it has the same again."""
    policy = tmp_path / "policy-rc.d"
    if own_rule:
        policy.write_text(own_rule)
    monkeypatch.setattr(packages, "POLICY", policy)

    with packages.nothing_starts():
        during = policy.read_text()

    assert during == packages.FORBID
    assert (policy.read_text() if policy.exists() else None) == own_rule
    assert [path.name for path in tmp_path.iterdir()] == (["policy-rc.d"] if own_rule else [])


@pytest.mark.parametrize("name", [packages.SERVICE, packages.SERVERS, packages.POSTFIX, packages.TESTS])
def test_each_package_has_its_reason(name: str) -> None:
    """Whoever is asked to install something is told what for."""
    assert all(packages.read(DEPLOY / name).values())

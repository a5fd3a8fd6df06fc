"""`congvu target`, and the settings of more than one target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from directory.base import system
from directory.due import Due
from provisioning.bootstrap import Service, assemble
from provisioning.cli import main
from provisioning.config import Settings
from provisioning.reconcile.tables import TargetStatus
from tests.book import found_house, hire


@pytest.fixture
def environment(tmp_path: Path, database_url: str) -> dict[str, str]:
    """Give the settings of a service with two targets, neither of which answers."""
    for name in ("field_key", "index_key", "audit_key", "session_key"):
        (tmp_path / name).write_text("ab" * 32)
    (tmp_path / "hue").write_text("secret")
    hue = {"ldap_uri": "ldap://127.0.0.1:2", "ldap_password_file": str(tmp_path / "hue"), "ldap_base": "dc=hue"}
    return {
        "CONGVU_DATABASE_URL": database_url,
        "CONGVU_SECRETS_DIR": str(tmp_path),
        "CONGVU_BASE_URL": "https://portal.example",
        "CONGVU_LDAP_URI": "ldap://127.0.0.1:1",
        "CONGVU_TARGETS": json.dumps({"hue": hue}),
    }


@pytest.fixture
def service(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Give that service, with somebody who waits for the default target."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    service = assemble(Settings())  # type: ignore[call-arg]  # the environment fills it
    actor = system(datetime.now(UTC), "test")  # PostgreSQL's clock tells how long somebody has waited
    with service.outbox.transaction() as session:
        hire(session, actor, found_house(session, actor).department, "Nguyễn Văn An")
    yield service
    service.close()


def run(*words: str, typed: str = "") -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words), input=typed)


def held(service: Service) -> list[str]:
    """Give the targets in maintenance."""
    with service.outbox.transaction() as session:
        return list(session.scalars(select(TargetStatus.name).where(TargetStatus.maintenance_since.is_not(None))))


def jobs(service: Service) -> set[str]:
    """Give the tasks that wait in the queue."""
    with service.outbox.transaction() as session:
        return set(session.scalars(text("SELECT task_name FROM procrastinate_jobs")))


def test_targets_are_listed(service: Service) -> None:
    """Every target that the settings describe is told with its state and what waits for it."""
    found = {each["name"]: each for each in json.loads(run("target", "list", "--json").output)}

    assert found.keys() == {"default", "hue"}
    assert (found["default"]["state"], found["default"]["due"] > 0) == ("new", True)
    assert found["hue"]["due"] == 0


def test_list_is_told_to_people(service: Service) -> None:
    """Without --json a line a target is printed, and more where something is to be said."""
    run("target", "pause", "hue", "--yes", "--until", "01/01/2030 06:00", "--reason", "disk")

    shown = run("target", "list").output

    assert "hue: maintenance; 0 wait (0 to be shut), 0 need a person" in shown
    assert "maintenance until: 2030-01-01T06:00:00+07:00" in shown


def test_pause_asks_first_and_says_what_it_means(service: Service) -> None:
    """Before a target is kept still it is said loudly that disables wait too; without a yes nothing happens."""
    asked = run("target", "pause", "hue", typed="n\n")

    assert asked.exit_code == 1
    assert "NO DISABLE" in asked.output
    assert held(service) == []


def test_pause_keeps_a_target_still(service: Service) -> None:
    """After a yes the target is in maintenance, and the command ends when nothing is under way."""
    done = run("target", "pause", "hue", typed="y\n")

    assert (done.exit_code, held(service)) == (0, ["hue"])
    assert "Nothing is written to hue any more." in done.output


def test_resume_goes_on_and_scans(service: Service) -> None:
    """When a target is written to again its lane is woken, and it is compared whole with the book."""
    run("target", "pause", "hue", "--yes")
    with service.outbox.transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))

    done = run("target", "resume", "hue")

    assert (done.exit_code, held(service)) == (0, [])
    assert jobs(service) == {"reconcile-hue", "scan_target"}


def test_resume_without_maintenance_is_said(service: Service) -> None:
    """A target that was not in maintenance is said to be so, and nothing is scanned."""
    assert "hue was not in maintenance" in run("target", "resume", "hue").output
    assert "scan_target" not in jobs(service)


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_unknown_target_is_said(service: Service, command: str) -> None:
    """A name that no setting describes is refused with those that there are."""
    failed = run("target", command, "hanoi")

    assert failed.exit_code == 1
    assert "no target is called hanoi; there are: default, hue" in failed.output


def test_end_that_has_passed_is_refused(service: Service) -> None:
    """A maintenance cannot be expected to have ended."""
    failed = run("target", "pause", "hue", "--yes", "--until", "01/01/2020 06:00")

    assert (failed.exit_code, held(service)) == (1, [])


def test_reconcile_says_what_is_in_maintenance(service: Service) -> None:
    """Reconciling by hand does not go round a maintenance."""
    run("target", "pause", "default", "--yes")

    failed = run("reconcile")

    assert failed.exit_code == 3
    assert "in maintenance (default)" in failed.output
    with service.outbox.transaction() as session:
        assert session.scalars(select(Due.claimed_by).where(Due.claimed_by.is_not(None))).all() == []


def test_servers_of_each_target_are_checked(service: Service) -> None:
    """A check asks the servers of every target, by its name."""
    checks = json.loads(run("config", "--check", "--json").output)["checks"]

    assert {"ldap", "ldap-hue"} <= {each["subject"] for each in checks if each["failure"]}


def test_missing_secret_of_a_target_stops_the_start(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the password of a target the service does not start, and says which file of which target it lacks."""
    secret = Path(environment["CONGVU_SECRETS_DIR"]) / "hue"
    secret.unlink()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit, match=f"the secret {secret} of the target hue cannot be read"):
        assemble()


def test_empty_secret_of_a_target_stops_the_start(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty password is never sent: the server would take us for a stranger, and not refuse."""
    secret = Path(environment["CONGVU_SECRETS_DIR"]) / "hue"
    secret.write_text("\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit, match="of the target hue is empty"):
        assemble()


@pytest.mark.parametrize(
    "targets",
    [
        "no JSON",
        '{"default": {"ldap_uri": "ldap://x", "ldap_password_file": "/x"}}',
        '{"Hue": {"ldap_uri": "ldap://x", "ldap_password_file": "/x"}}',
        '{"hue": {"ldap_uri": "ldap://x"}}',
        '{"hue": {"ldap_uri": "ldap://x", "ldap_password_file": "/x", "ldap_pasword": "typo"}}',
    ],
)
def test_wrong_targets_are_named(environment: dict[str, str], targets: str) -> None:
    """What cannot be understood is said with the setting's name, and ends the command with 1."""
    shown = CliRunner().invoke(main, ["config"], env={**environment, "CONGVU_TARGETS": targets})

    assert shown.exit_code == 1
    assert "CONGVU_TARGETS: " in shown.output


def test_settings_of_targets_are_shown(environment: dict[str, str]) -> None:
    """What is set for further targets is shown as it was set."""
    shown = CliRunner().invoke(main, ["config", "--json"], env=environment)

    [found] = [each for each in json.loads(shown.output)["settings"] if each["name"] == "CONGVU_TARGETS"]
    assert json.loads(found["value"]) == json.loads(environment["CONGVU_TARGETS"])


def test_further_targets_take_over_what_is_left_out(service: Service) -> None:
    """A target's base is its own; what it leaves out is as for the default target."""
    assert {name: target.base for name, target in service.targets.items()} == {
        "default": "dc=gov,dc=vn",
        "hue": "dc=hue",
    }

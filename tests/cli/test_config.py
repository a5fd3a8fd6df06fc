"""`congvu config`: what is set, where it comes from, and whether it works."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from provisioning.cli import main
from provisioning.config import Settings
from tests.stack_fixtures import Servers, servers

__all__ = ["servers"]

CANARY = "canary-7f3a91"
NOWHERE = f"postgresql+psycopg://congvu:{CANARY}@127.0.0.1:1/nowhere?connect_timeout=1"


@pytest.fixture
def secrets_dir(tmp_path: Path) -> Path:
    """Give a folder with the four keys."""
    for name in ("field_key", "index_key", "audit_key", "session_key"):
        (tmp_path / name).write_text("ab" * 32)
    return tmp_path


def run(*arguments: str, **given: object) -> Result:
    """Run the command with nothing but these settings."""
    nothing: dict[str, str | None] = {f"CONGVU_{name.upper()}": None for name in Settings.model_fields}
    set_ = {f"CONGVU_{name.upper()}": str(value) for name, value in given.items()}
    return CliRunner().invoke(main, ["config", *arguments], env=nothing | set_)


def test_every_setting_is_shown_with_its_source(secrets_dir: Path) -> None:
    """Each setting has its name, its value, where it comes from and what it means."""
    found = run("--json", database_url=NOWHERE, secrets_dir=secrets_dir, base_url="https://portal.example")

    shown = {each["name"]: each for each in json.loads(found.stdout)["settings"]}
    assert len(shown) == len(Settings.model_fields)
    assert all(each["meaning"] for each in shown.values())
    assert [shown[name]["source"] for name in ("CONGVU_BASE_URL", "CONGVU_LDAP_URI")] == ["environment", "default"]


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--check",), ("--check", "--json")])
def test_secrets_are_masked(secrets_dir: Path, arguments: tuple[str, ...]) -> None:
    """No form of the command prints a password or a key."""
    found = run(*arguments, database_url=NOWHERE, secrets_dir=secrets_dir, base_url="https://portal.example")

    assert (CANARY in found.output, "abababab" in found.output) == (False, False)


def test_missing_settings_are_named() -> None:
    """Without settings the command names each that is needed and says what it is."""
    found = run()

    assert found.exit_code == 1
    assert "CONGVU_DATABASE_URL: Field required. PostgreSQL, such as" in found.output
    assert "CONGVU_SECRETS_DIR" in found.output


def test_wrong_value_is_named_and_not_repeated(secrets_dir: Path) -> None:
    """A value of the wrong kind is named; itself it is not printed, since it may be a secret in the wrong place."""
    found = run(database_url=NOWHERE, secrets_dir=secrets_dir, base_url="https://portal.example", smtp_port=CANARY)

    assert (found.exit_code, "CONGVU_SMTP_PORT" in found.output, CANARY in found.output) == (1, True, False)


def test_missing_key_is_named(secrets_dir: Path) -> None:
    """A check names the file of a key that is not there."""
    (secrets_dir / "audit_key").unlink()

    found = run("--check", database_url=NOWHERE, secrets_dir=secrets_dir, base_url="https://portal.example")

    assert found.exit_code == 1
    assert f"{secrets_dir}/audit_key is missing" in found.output


def test_servers_that_do_not_answer_are_named(secrets_dir: Path) -> None:
    """A check names each server that does not answer."""
    found = run(
        "--check",
        "--json",
        database_url=NOWHERE,
        secrets_dir=secrets_dir,
        base_url="https://portal.example",
        ldap_uri="ldap://127.0.0.1:1",
        smtp_port=1,
        dovecot_log=secrets_dir / "none.log",
    )

    failures = {each["subject"] for each in json.loads(found.stdout)["checks"] if each["failure"]}
    assert (found.exit_code, failures) == (1, {"database", "queue", "ldap", "postfix", "logs", "schema"})


@pytest.mark.slow
def test_working_servers_pass(servers: Servers, database_url: str, secrets_dir: Path) -> None:
    """On servers that answer and the newest schema only what nobody started is missing, and how to start it is said."""
    given = servers.need("mail").environment() | {"CONGVU_DATABASE_URL": database_url}
    given["CONGVU_SECRETS_DIR"] = str(secrets_dir)

    found = run("--check", "--json", **{name.removeprefix("CONGVU_").lower(): value for name, value in given.items()})

    failures = {each["subject"]: each["failure"] for each in json.loads(found.stdout)["checks"] if each["failure"]}
    assert failures["queue"] == "no worker has been started; run congvu worker"
    assert failures["list-senders"].endswith("run congvu list-senders")
    assert failures.keys() == {"queue", "list-senders"}

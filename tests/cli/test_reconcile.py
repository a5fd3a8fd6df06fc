"""`congvu reconcile`: shows what differs, or makes it right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete

from directory.due import Due
from provisioning.bootstrap import assemble
from provisioning.cli import main
from provisioning.config import Settings
from tests.engines import Engine, person
from tests.stack_fixtures import Servers, own_servers

__all__ = ["own_servers"]

Run = Callable[..., Result]
HASH = "{SSHA512}abc="


@pytest.fixture
def environment(own_servers: Servers, database_url: str) -> dict[str, str]:
    """Give the settings of a service on the test's own slapd and database."""
    return {**own_servers.need("slapd").environment(), "CONGVU_DATABASE_URL": database_url}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give the command."""
    return lambda *words: CliRunner().invoke(main, ["reconcile", *words], env=environment)


@pytest.fixture
def engine(environment: dict[str, str]) -> Iterator[Engine]:
    """Give the book and the target that the command works on; nothing is due."""
    named = {name.removeprefix("CONGVU_").lower(): value for name, value in environment.items()}
    settings = Settings(**{name: value for name, value in named.items() if name in Settings.model_fields})  # type: ignore[arg-type]  # pydantic reads text
    service = assemble(settings)
    # Without the queue: no job is put in.
    outbox = replace(service.outbox, wake=lambda _session, _wake_up: None)
    engine = Engine(outbox, service.target)
    engine.settle()
    yield engine
    service.close()


def forget_what_is_due(engine: Engine) -> None:
    """Let nothing be due though the target lacks it."""
    with engine.outbox.transaction() as session:
        session.execute(delete(Due))


def test_dry_run_shows_and_changes_nothing(engine: Engine, run: Run) -> None:
    """A dry run shows the missing entry without its secrets, ends with 1, and writes nothing."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.app_password(number)

    shown = run("--account", number, "--dry-run")

    assert shown.exit_code == 1
    assert f"add uid={number},ou=people" in shown.output
    assert "cn: – → Nguyễn Văn An" in shown.output
    assert HASH not in shown.output
    assert engine.target.observe([person(number)]) == {}


def test_account_is_made_real(engine: Engine, run: Run) -> None:
    """An account whose entry is missing is made real though nothing was due."""
    [number] = engine.hire("Nguyễn Văn An")
    forget_what_is_due(engine)

    done = run("--account", number)

    assert (done.exit_code, done.output) == (0, "1 are right now, 0 are tried again, 0 need a person.\n")
    assert run("--account", number, "--dry-run").exit_code == 0


def test_agency_means_all_below_it(engine: Engine, run: Run) -> None:
    """The people of the departments are meant when their province is named, and those of another are not."""
    engine.hire("Nguyễn Văn An", "Trần Văn Bình")
    forget_what_is_due(engine)

    inside = json.loads(run("--agency", "H36", "--dry-run", "--json").output)
    outside = json.loads(run("--agency", "H37", "--dry-run", "--json").output)

    assert [each["kind"] for each in inside if each["entry"].endswith("ou=people")] == ["add", "add"]
    assert [each["entry"] for each in outside if each["entry"].endswith("ou=people")] == []


def test_everything_is_put_right(engine: Engine, run: Run) -> None:
    """With --all every subject, agencies and groups too, is compared and put right; a program reads the counts."""
    engine.hire("Nguyễn Văn An", "Trần Văn Bình")
    forget_what_is_due(engine)

    done = run("--all", "--json")

    assert json.loads(done.output) == {"done": 12, "retried": 0, "refused": 0}
    assert run("--all", "--dry-run").output.startswith("0 of the entries of 12 subjects differ")


def test_unknown_account_is_said(engine: Engine, run: Run) -> None:
    """An account number that does not exist is said, with exit code 1."""
    failed = run("--account", "cv22222222")

    assert failed.exit_code == 1
    assert "There is no such record" in failed.output


def test_server_that_is_away_is_said(engine: Engine, run: Run, own_servers: Servers) -> None:
    """While the LDAP server is away the command says so and ends with 1; what was marked waits for the worker."""
    [number] = engine.hire("Nguyễn Văn An")
    own_servers.stop("slapd")

    failed = run("--account", number)

    assert failed.exit_code == 1
    assert "The LDAP server does not work now" in failed.output
    assert engine.due() == 1

"""`congvu reconcile`: shows what differs, or makes it right."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete

from directory.due import Due
from provisioning.cli import main
from provisioning.ports import Delete, Modify
from tests.engines import Engine, person
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.slow

Run = Callable[..., Result]
HASH = "{SSHA512}abc="


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give the command."""
    return lambda *words: CliRunner().invoke(main, ["reconcile", *words], env=environment)


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

    assert done.exit_code == 0
    assert done.output.endswith("1 are right now, 0 are tried again, 0 need a person.\n")
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

    assert done.exit_code == 0, done.exception
    nothing_else = dict.fromkeys(("retried", "refused", "restored", "taken", "asked", "foreign"), 0)
    assert json.loads(done.output) == {"done": 10, **nothing_else}  # domains are right already
    assert run("--all", "--dry-run").output.startswith("0 of the entries of 12 subjects differ")


def test_unknown_account_is_said(engine: Engine, run: Run) -> None:
    """An account number that does not exist is said, with exit code 1."""
    failed = run("--account", "cv22222222")

    assert failed.exit_code == 1
    assert "There is no such record" in failed.output


def test_server_that_is_away_is_said(engine: Engine, run: Run, own_servers: Servers) -> None:
    """While the LDAP server is away the command says so and ends with 3; what was marked waits for the worker."""
    [number] = engine.hire("Nguyễn Văn An")
    own_servers.stop("slapd")

    failed = run("--account", number)

    assert failed.exit_code == 3
    assert "The LDAP server does not work now" in failed.output
    assert engine.due() == 1


def edit(engine: Engine, number: str, **attributes: tuple[str, ...]) -> None:
    """Let somebody else change an entry on the server."""
    seen = engine.target.observe([person(number)])[person(number)]
    engine.target.apply([Modify(person(number), attributes, seen.csn)])


def test_what_others_changed_is_written_anew(engine: Engine, run: Run) -> None:
    """An entry of ours that somebody else changed is put right and counted, though nothing was due."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    edit(engine, number, cvQuota=("1",))

    done = run("--account", number, "--json")

    assert done.exit_code == 0
    assert (json.loads(done.output)["restored"], json.loads(done.output)["done"]) == (1, 1)
    assert run("--account", number, "--dry-run").exit_code == 0


def test_nothing_is_written_where_nothing_differs(engine: Engine, run: Run) -> None:
    """Entries that are right keep their version, however often all are compared."""
    [number] = engine.hire("Nguyễn Văn An")
    run("--all")
    before = engine.target.observe([person(number)])[person(number)].csn

    done = run("--all", "--json")

    assert (done.exit_code, json.loads(done.output)["done"]) == (0, 0)
    assert engine.target.observe([person(number)])[person(number)].csn == before


def test_name_that_others_changed_waits_for_a_person(engine: Engine, run: Run) -> None:
    """A name is not written over; the exit code says that somebody is asked."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    edit(engine, number, cn=("Nguyễn Văn Ân",))

    done = run("--agency", "H36", "--json")

    assert (done.exit_code, json.loads(done.output)["asked"]) == (1, 1)
    assert engine.target.observe([person(number)])[person(number)].attributes["cn"] == ("Nguyễn Văn Ân",)


def test_only_what_was_written_since_is_compared(engine: Engine, run: Run) -> None:
    """With --changed what somebody wrote since the scan before is found and put right."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.settle()
    run("--all")
    edit(engine, number, cvQuota=("1",))

    done = run("--changed", "--json")

    assert (done.exit_code, json.loads(done.output)["restored"]) == (0, 1)


def test_so_much_at_once_goes_on_only_when_it_is_confirmed(engine: Engine, run: Run) -> None:
    """When many entries are gone nothing is made anew until somebody says that this is right."""
    numbers = engine.hire(*(f"Lê Văn {letter}{end}" for letter in "ABCDEGH" for end in ("n", "m")))
    run("--all")
    seen = engine.target.observe([person(each) for each in numbers])
    engine.target.apply([Delete(name, there.csn) for name, there in seen.items()])

    held = run("--all")
    gone = engine.target.observe([person(each) for each in numbers])
    done = run("--all", "--confirmed", "--json")

    assert (held.exit_code, gone) == (1, {})
    assert "--confirmed" in held.output
    assert (done.exit_code, json.loads(done.output)["restored"]) == (0, len(numbers))
    assert len(engine.target.observe([person(each) for each in numbers])) == len(numbers)


@pytest.mark.parametrize("words", [("--all", "--changed"), ("--agency", "H36", "--all"), ("--changed", "--dry-run")])
def test_contradictory_choice_is_refused(run: Run, words: tuple[str, ...]) -> None:
    """Two choices at once are a wrong use, with its own exit code."""
    assert run(*words).exit_code == 2

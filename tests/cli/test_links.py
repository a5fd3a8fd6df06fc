"""`congvu link`: reads a branch, shows what it proposes, and lets a person decide."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ldap3 import Connection

from provisioning.cli import main
from tests.engines import Engine, device, person
from tests.stack.existing import USERS, add_official, attributes_of, owner_of, subtree
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.slow

ADDRESS = "annv@tinh.gov.vn"
OLD = f"cn=Nguyễn Văn An,{USERS}"


@pytest.fixture
def owner(own_servers: Servers, engine: Engine) -> Iterator[Connection]:
    """Give the owner of the tree, in which two people stood before."""
    connection = owner_of(own_servers)
    add_official(connection, "Nguyễn Văn An", ADDRESS)
    add_official(connection, "Lê Thị Hoa, Tiến sĩ".replace(",", "\\,"), "hoalt@noikhac.gov.vn")
    yield connection
    connection.unbind()


@pytest.fixture
def number(engine: Engine, owner: Connection) -> str:
    """Give the account of one of them, which is not real yet."""
    [number] = engine.hire("Nguyễn Văn An")
    return number


def run(environment: dict[str, str], *words: str) -> Result:
    """Run the command; the database of the test has no queue to put jobs into."""
    return CliRunner().invoke(main, ["link", *words], env=environment, catch_exceptions=False)


def test_proposal_is_counted_and_shown(environment: dict[str, str], number: str) -> None:
    """A run says what it read and how sure it is; what is shown has the entry, the account and the reasons."""
    done = run(environment, "propose", "--branch", "ou=Users")
    shown = json.loads(run(environment, "show", "--json").output)

    assert "2 entries read, for 1 of them there is an account." in done.output
    assert "certain: 1 to be decided" in done.output
    assert [(each["entry"], each["account"], each["reasons"]) for each in shown] == [
        ("cn=Nguyễn Văn An,ou=Users", number, ["address", "name"])
    ]
    assert "certain (same address, same name)" in run(environment, "show").output


def test_file_is_gone_through_and_confirmed(
    environment: dict[str, str], engine: Engine, number: str, owner: Connection, tmp_path: Path
) -> None:
    """What a person leaves in the file is confirmed, and adopted by the engine."""
    file = tmp_path / "links.csv"
    run(environment, "propose", "--branch", "ou=Users")

    run(environment, "show", "--csv", str(file))
    with engine.kept_still():
        confirmed = run(environment, "confirm", "--from", str(file))
    engine.settle()

    with file.open(encoding="utf-8-sig", newline="") as text:
        assert [row["account"] for row in csv.DictReader(text, delimiter=";")] == [number]
    assert confirmed.output.startswith("1 entries are confirmed.")
    assert attributes_of(owner, OLD)["cvAddress"] == [ADDRESS.encode()]


def test_other_file_is_refused(environment: dict[str, str], number: str, tmp_path: Path) -> None:
    """A file that is none of ours is said to be so."""
    file = tmp_path / "khac.csv"
    file.write_text("a;b\n1;2\n")

    failed = run(environment, "confirm", "--from", str(file))

    assert failed.exit_code == 1
    assert "has no column id" in failed.output


def test_linking_asks_for_maintenance_first(environment: dict[str, str], number: str) -> None:
    """While the server is written to the command refuses, and names the one that comes first."""
    run(environment, "propose", "--branch", "ou=Users")

    refused = run(environment, "confirm", "--certain")

    assert refused.exit_code == 1
    assert "congvu target pause default" in refused.output


def adopted(environment: dict[str, str], engine: Engine) -> None:
    """Have what is certain linked and adopted."""
    run(environment, "propose", "--branch", "ou=Users")
    with engine.kept_still():
        run(environment, "confirm", "--certain", "--take", "telephoneNumber")
    engine.settle()


def test_undoing_takes_what_is_ours_from_the_entry(
    environment: dict[str, str], engine: Engine, number: str, owner: Connection
) -> None:
    """What others wrote stands there as before, nothing of ours is left, and the account gets an entry of its own."""
    before = attributes_of(owner, OLD)
    adopted(environment, engine)
    device_id = engine.app_password(number)
    engine.write_again(number)

    undone = run(environment, "undo", number)
    after = attributes_of(owner, OLD)
    engine.settle()

    assert undone.exit_code == 0
    assert after == {name: values for name, values in before.items() if name != "telephoneNumber"}
    own = engine.target.observe([person(number)])[person(number)]
    assert own.attributes["cvAddress"] == (ADDRESS,)
    assert list(own.children) == [device(device_id, person(number))]


def test_undoing_says_what_stays_and_what_waits(environment: dict[str, str], engine: Engine, number: str) -> None:
    """What was taken over is not brought back, and until the worker has been there is no mail: both are said."""
    adopted(environment, engine)

    undone = run(environment, "undo", number)

    assert "stays as it is: telephoneNumber" in undone.output
    assert "mail to the account is refused" in undone.output


@pytest.mark.parametrize("renamed", ["cn=An cũ", "cn=An cũ+uid=annv", "cn=An\\2C cũ+uid=annv"])
def test_undoing_finds_a_renamed_entry(
    environment: dict[str, str], engine: Engine, number: str, owner: Connection, renamed: str
) -> None:
    """An entry that others renamed since, to two attributes too, is found by the mark in it, and as it was before."""
    before = attributes_of(owner, OLD)
    adopted(environment, engine)
    engine.app_password(number)
    engine.write_again(number)
    owner.modify_dn(OLD, renamed)

    undone = run(environment, "undo", number)

    found = subtree(owner, f"{renamed},{USERS}")
    changed = {"cn", "telephoneNumber"}
    assert f"{renamed},ou=Users is left alone" in undone.output
    assert [{name: sorted(values) for name, values in each.items() if name not in changed} for each in found] == [
        {name: sorted(values) for name, values in before.items() if name not in changed}
    ]


def test_undoing_waits_for_the_end_of_maintenance(environment: dict[str, str], engine: Engine, number: str) -> None:
    """Where nothing is written the account would be left without an entry: the link stays."""
    adopted(environment, engine)

    with engine.kept_still():
        refused = run(environment, "undo", number)

    assert refused.exit_code == 1
    assert "congvu target resume default" in refused.output
    assert run(environment, "undo", number).exit_code == 0


def test_ldif_leaves_adopted_entries_out(
    environment: dict[str, str], engine: Engine, number: str, tmp_path: Path
) -> None:
    """A file for an empty server has our own entries; of an adopted one we know too little, and that is said."""
    [own] = engine.hire("Trần Thị Bình")
    run(environment, "propose", "--branch", "ou=Users")
    with engine.kept_still():
        run(environment, "confirm", "--certain")
    file = tmp_path / "all.ldif"

    done = CliRunner().invoke(main, ["ldif", "--output", str(file)], env=environment, catch_exceptions=False)

    names = [line for line in file.read_text().splitlines() if line.startswith("dn:")]
    assert f"dn: uid={own},ou=people,dc=gov,dc=vn" in names
    assert number not in file.read_text()
    assert not [each for each in names if "ou=Users" in each or each.startswith("dn::")]
    assert done.stderr.startswith("1 adopted entries are left out")


def test_unknown_branch_is_said(environment: dict[str, str], number: str) -> None:
    """A branch that is not there is told in a sentence."""
    failed = run(environment, "propose", "--branch", "ou=Khongco")

    assert failed.exit_code == 1
    assert "cannot list ou=Khongco" in failed.output

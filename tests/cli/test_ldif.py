"""`congvu ldif`: what an empty server is loaded with is what the engine writes, entry by entry."""

from __future__ import annotations

import gc
import os
import sys
from base64 import b64decode
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from select import select

import pytest
import sqlalchemy
from click.testing import CliRunner, Result

from directory.agencies import Agency
from directory.lifecycle import ListOpening, ListRule, open_mailing_list, suspend
from directory.mailing_lists import follow
from provisioning.bootstrap import clock
from provisioning.cli import main
from stack.slapd import run as offline
from tests.engines import Engine
from tests.faults.slapds import load
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.slow

Entries = dict[str, dict[str, list[str]]]
SERVERS_OWN = {
    "creatorsName", "createTimestamp", "entryCSN", "entryUUID", "modifiersName", "modifyTimestamp",
    "structuralObjectClass",
}  # fmt: skip
PATIENCE_SECONDS = 60
BRANCHES = ("people", "mailboxes", "groups", "domains", "agencies")


@pytest.fixture
def book(engine: Engine) -> Engine:
    """Give a book with entries of every kind, in several states."""
    engine.now = clock()  # the command's
    people = engine.hire("Nguyễn Văn An", "Trần Thị Bình", "Lê Hoàng Đức")
    people += engine.hire("Phạm Minh", state="pending")
    role_mailbox, _ = engine.role_mailbox(people[0])
    engine.app_password(people[0])
    engine.app_password(people[0], role_mailbox, scopes=["imap", "smtp"])
    engine.app_password(people[1], revoked_at=engine.now)
    engine.do(suspend, people[2], "kiểm tra")
    with engine.outbox.transaction() as session:
        department = session.scalars(sqlalchemy.select(Agency).where(Agency.code == "H36.05")).one()
        rule = ListRule("Toàn thể", "members", "staff")
        open_mailing_list(session, engine.actor, [ListOpening(department.id, "toanthe@tinh.gov.vn", rule)])
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
    return engine


def run(environment: dict[str, str], *words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, words, env=environment, catch_exceptions=False)


def entries_of(written: str) -> Entries:
    """Read LDIF: what stands below the branches of the service, without what a server notes for itself."""
    found: Entries = {}
    for record in written.strip().split("\n\n"):
        attributes: dict[str, list[str]] = {}
        for line in record.splitlines():
            name, _, rest = line.partition(":")
            value = b64decode(rest[2:]).decode() if rest.startswith(":") else rest.removeprefix(" ")
            attributes.setdefault(name, []).append(value)
        [dn] = attributes.pop("dn")
        if dn.endswith(tuple(f",ou={branch},dc=gov,dc=vn" for branch in BRANCHES)):
            found[dn] = {name: sorted(values) for name, values in attributes.items() if name not in SERVERS_OWN}
    return found


def test_ldif_is_what_the_engine_writes(
    environment: dict[str, str], book: Engine, own_servers: Servers, tmp_path: Path
) -> None:
    """Whatever the engine puts into a server stands in the file with the same values, and nothing else does."""
    file = tmp_path / "all.ldif"
    book.settle()

    run(environment, "ldif", "--output", str(file))

    there = offline("slapcat", "-n1", "-o", "ldif-wrap=no", "-F", str(own_servers.slapd.config))
    assert len(entries_of(there)) > 15
    assert entries_of(file.read_text(encoding="ascii")) == entries_of(there)


def test_loaded_server_leaves_nothing_to_do(
    environment: dict[str, str], book: Engine, own_servers: Servers, tmp_path: Path
) -> None:
    """A server that was loaded with the file differs nowhere from the book, though the engine wrote nothing to it."""
    written = run(environment, "ldif").stdout
    load(own_servers, f"{own_servers.slapd.base().strip()}\n\n{written}", tmp_path)

    shown = run(environment, "reconcile", "--all", "--dry-run")

    assert shown.exit_code == 0
    assert shown.stdout.startswith("0 of the entries of ")


def test_process_that_dies_is_told(environment: dict[str, str], book: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a process could not finish is not taken for a whole one."""
    monkeypatch.setattr("provisioning.reconcile.preview.wanted", lambda *_: os._exit(9))

    ended = run(environment, "ldif")

    assert (ended.exit_code, "not whole" in ended.output) == (1, True)


def test_process_that_dies_within_a_page_is_told(
    environment: dict[str, str], book: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a page is no whole file either, and the answer is no traceback."""

    def die(*_: object) -> None:
        lines = [
            each for each in gc.get_objects() if isinstance(each, Connection) and each.writable and not each.closed
        ]
        os.write(lines[0].fileno(), b"\x00\x00\x10\x00half")
        os._exit(9)

    monkeypatch.setattr("provisioning.reconcile.preview.wanted", die)

    ended = run(environment, "ldif")

    assert (ended.exit_code, "not whole" in ended.output) == (1, True)


def test_killed_command_leaves_no_process(
    environment: dict[str, str], book: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that read the directory end with a command that was killed while it wrote, and each had a page to give."""
    ldif = sys.modules["provisioning.cli.ldif"]  # its name in the package is the command's
    monkeypatch.setattr(ldif, "records", lambda *_: "x" * 100_000)
    monkeypatch.setattr(ldif, "PAGE", 1)
    output, into = os.pipe()
    end, held = os.pipe()
    words = ["ldif", "--output", f"/dev/fd/{into}"]
    command = get_context("fork").Process(target=main, args=(words,))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    command.start()
    os.close(held)  # by those alone who are to end
    os.read(output, 1)

    command.kill()
    command.join()

    assert select([end], [], [], PATIENCE_SECONDS)[0] == [end]
    for each in (output, into, end):
        os.close(each)

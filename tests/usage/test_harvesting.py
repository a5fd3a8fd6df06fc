"""Days of use out of real files, into a real database, whatever happens between."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from directory.adoption.tables import UseDay
from directory.credentials.tables import AppPassword
from directory.mailboxes import Holding, Mailbox
from provisioning.outbox import Outbox
from provisioning.usage import harvest
from provisioning.usage.tables import LogPosition
from tests.directory.adoption.people import Country, found_country
from tests.usage.loglines import flags, sent, sign_in

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 22)
Mark = tuple[int, date, bool, bool]


@dataclass
class Office:
    """Two officials with mailboxes and a role mailbox, in a database that commits."""

    outbox: Outbox
    accounts: list[int]
    mailboxes: list[str]
    role: str

    def give(self, device: str, account: int, mailbox: str) -> None:
        """Make an app password."""
        with self.outbox.transaction() as session:
            box = session.scalars(select(Mailbox).where(Mailbox.public_id == mailbox)).one()
            session.add(
                AppPassword(
                    public_id=device,
                    account_id=account,
                    mailbox_id=box.id,
                    label="",
                    lookup_key="",
                    hash="",
                    scopes=["imap"],
                    made_at=NOW,
                    expires_at=NOW + timedelta(days=365),
                )
            )

    def marks(self) -> list[Mark]:
        """Give all days of use as (account, day, sent, read)."""
        columns = UseDay.__table__.c
        with self.outbox.transaction() as session:
            rows = session.execute(
                select(columns.account_id, columns.day, columns.sent, columns.read).order_by(columns.account_id)
            )
            return [tuple(row) for row in rows]

    def last_used_on(self, device: str) -> date | None:
        """Give the day on which an app password was last used."""
        with self.outbox.transaction() as session:
            return session.scalar(select(AppPassword.last_used_on).where(AppPassword.public_id == device))

    def position(self, name: str) -> LogPosition:
        """Give how far a log was read."""
        with self.outbox.transaction() as session:
            position = session.get_one(LogPosition, (name, ""))
            session.expunge(position)
            return position


@pytest.fixture
def office(outbox: Outbox) -> Office:
    """Give an office."""
    with outbox.transaction() as session:
        country: Country = found_country(session)
        accounts = [country.account(country.unit).id for _ in range(2)]
        role = Mailbox(kind="role", agency_id=country.unit.id, name="Văn thư", quota_bytes=1, created_at=NOW)
        session.add(role)
        session.flush()
        session.add_all(Holding(mailbox_id=role.id, account_id=each, valid_from=DAY) for each in accounts)
        ids = session.scalars(select(Mailbox.public_id).where(Mailbox.kind == "personal").order_by(Mailbox.account_id))
        return Office(outbox, accounts, list(ids), role.public_id)


def write(log: Path, lines: Iterable[str]) -> Path:
    """Write lines at the end of a log."""
    with log.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return log


def test_personal_mailbox_is_its_owners_use(office: Office, tmp_path: Path) -> None:
    """What was read in a personal mailbox counts for the owner, on the day, once."""
    log = write(tmp_path / "dovecot", [flags(office.mailboxes[0])] * 3)

    harvest(office.outbox, "dovecot", log, NOW)

    assert office.marks() == [(office.accounts[0], DAY, False, True)]


def test_both_logs_make_one_day(office: Office, tmp_path: Path) -> None:
    """A message read and a message sent on one day make one row with both marks."""
    harvest(office.outbox, "dovecot", write(tmp_path / "dovecot", [flags(office.mailboxes[1])]), NOW)
    harvest(office.outbox, "postfix", write(tmp_path / "postfix", [sent(office.mailboxes[1])]), NOW)

    assert office.marks() == [(office.accounts[1], DAY, True, True)]


def test_mailbox_nobody_knows_is_passed(office: Office, tmp_path: Path) -> None:
    """A line about a mailbox that is not in the directory marks nobody."""
    harvest(office.outbox, "postfix", write(tmp_path / "postfix", [sent("mbunknown")]), NOW)

    assert office.marks() == []


def test_sign_in_dates_the_app_password(office: Office, tmp_path: Path) -> None:
    """An app password that let a client in has that day as the day of its last use."""
    office.give("device1", office.accounts[0], office.mailboxes[0])

    harvest(office.outbox, "dovecot", write(tmp_path / "dovecot", [sign_in("device1")]), NOW)

    assert (office.last_used_on("device1"), office.marks()) == (DAY, [])


def test_last_use_never_goes_back(office: Office, tmp_path: Path) -> None:
    """A line of an earlier day does not make the last use earlier."""
    office.give("device1", office.accounts[0], office.mailboxes[0])
    log = write(tmp_path / "dovecot", [sign_in("device1")])
    harvest(office.outbox, "dovecot", log, NOW)
    write(log, [sign_in("device1", "2026-11-01T03:00:00Z")])

    harvest(office.outbox, "dovecot", log, NOW)

    assert office.last_used_on("device1") == DAY


@pytest.mark.parametrize(("signed_in", "used_by"), [([0], [0]), ([1], [1]), ([0, 1], []), ([], [])])
def test_role_mailbox_is_the_use_of_its_only_user_of_the_day(
    office: Office, tmp_path: Path, signed_in: list[int], used_by: list[int]
) -> None:
    """What a role mailbox sent counts for the one holder who signed in to it that day, and else for nobody."""
    for holder, account in enumerate(office.accounts):
        office.give(f"device{holder}", account, office.role)
    harvest(
        office.outbox, "dovecot", write(tmp_path / "dovecot", ["x", *(sign_in(f"device{n}") for n in signed_in)]), NOW
    )

    harvest(office.outbox, "postfix", write(tmp_path / "postfix", [sent(office.role)]), NOW)

    assert office.marks() == [(office.accounts[n], DAY, True, False) for n in used_by]


def test_unreadable_lines_are_counted(office: Office, tmp_path: Path) -> None:
    """Lines that cannot be read are counted, and those after them are read."""
    log = write(tmp_path / "dovecot", [sign_in("x")[:-1], "\udcff\x00".encode("utf-8", "replace").decode()])
    write(log, [flags(office.mailboxes[0])])

    harvest(office.outbox, "dovecot", log, NOW)

    assert (office.position("dovecot").unreadable, len(office.marks())) == (1, 1)


def test_bytes_that_are_no_text_are_passed(office: Office, tmp_path: Path) -> None:
    """A line that is not UTF-8 stops nothing."""
    log = tmp_path / "dovecot"
    log.write_bytes(b"\xff\xfe\x00 stats\n" + flags(office.mailboxes[0]).encode() + b"\n")

    harvest(office.outbox, "dovecot", log, NOW)

    assert len(office.marks()) == 1


def test_readers_side_by_side_count_once(office: Office, tmp_path: Path) -> None:
    """Of workers that read the same piece only one moves the place and counts the lines."""
    log = write(tmp_path / "dovecot", [flags(office.mailboxes[0])] * 400)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: harvest(office.outbox, "dovecot", log, NOW, chunk=1000), range(4)))
    harvest(office.outbox, "dovecot", log, NOW)

    assert office.position("dovecot").lines == 400


READER = """
import sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import create_engine
from directory.keys import Keys
from provisioning.outbox import Outbox
from provisioning.usage import harvest
key = b"k" * 32
outbox = Outbox(create_engine(sys.argv[1]), Keys(key, key, key), lambda *_: None)
while True:
    harvest(outbox, "dovecot", Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]), chunk=2000)
    print("read", flush=True)
"""


@pytest.mark.slow
@pytest.mark.faults
def test_killed_reader_loses_and_doubles_nothing(office: Office, database_url: str, tmp_path: Path) -> None:
    """A reader killed again and again while the log grows and is rotated reads every line exactly once."""
    chance = random.Random(7)
    log, written, days = write(tmp_path / "dovecot", ["first line"]), 1, set[date]()
    command = [sys.executable, "-c", READER, database_url, str(log), NOW.isoformat()]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    for round_ in range(6):
        reader = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert reader.stdout is not None
        reader.stdout.readline()
        for _ in range(chance.randrange(20, 60)):
            day = DAY - timedelta(days=written % 300)
            write(log, [flags(office.mailboxes[0], at=f"{day}T03:00:00+0000"), "another line"])
            days.add(day)
            written += 2
            time.sleep(0.01)
        if round_ % 2:
            log.rename(tmp_path / f"dovecot.{round_}")
        reader.kill()
        reader.communicate()
    write(log, ["last line"])

    harvest(office.outbox, "dovecot", log, NOW)

    position = office.position("dovecot")
    assert (position.lines, position.gaps, position.unreadable) == (written + 1, 0, 0)
    with office.outbox.transaction() as session:
        assert session.scalar(select(func.count()).select_from(UseDay)) == len(days)

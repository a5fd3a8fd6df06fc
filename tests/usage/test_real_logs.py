"""Days of use out of what the real Dovecot and Postfix write."""

from __future__ import annotations

import imaplib
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from directory.adoption.tables import UseDay
from directory.base import vietnamese_day
from directory.credentials.tables import AppPassword
from directory.mailboxes import Mailbox
from provisioning.outbox import Outbox
from provisioning.usage import harvest
from provisioning.usage.tables import LogPosition
from tests.directory.adoption.people import found_country
from tests.stack.entries import Mailbox as Client
from tests.stack.entries import Tree
from tests.stack.mail_clients import imap, letter, pop3, submission, wait_for_line, wait_for_mail
from tests.stack_fixtures import Servers, own_servers, servers

__all__ = ["own_servers", "servers"]
pytestmark = pytest.mark.slow


@dataclass
class Colleague:
    """An official in the book and in the target, with a mail client."""

    account_id: int
    client: Client
    device: str


@dataclass
class Office:
    """Colleagues on real servers."""

    outbox: Outbox
    servers: Servers
    colleagues: list[Colleague]

    def read(self, name: str) -> LogPosition:
        """Read a log on to its end, and give how far that is."""
        log = self.servers.dovecot.log if name == "dovecot" else self.servers.postfix.log
        harvest(self.outbox, name, Path(log), datetime.now(UTC))
        with self.outbox.transaction() as session:
            position = session.get_one(LogPosition, (name, ""))
            session.expunge(position)
            return position

    def uses(self) -> set[tuple[int, bool, bool]]:
        """Give who used mail today, as (account, sent, read)."""
        today = vietnamese_day(datetime.now(UTC))
        with self.outbox.transaction() as session:
            days = session.scalars(select(UseDay).where(UseDay.day >= today - timedelta(days=1)))
            return {(day.account_id, day.sent, day.read) for day in days}

    def send(self, sender: Colleague, recipient: Colleague) -> None:
        """Let one write to the other."""
        with submission(self.servers, sender.client.address, sender.client.password) as client:
            client.send_message(letter(sender.client.address, recipient.client.address))

    def open_mail(self, reader: Colleague) -> None:
        """Let one read the newest message over IMAP, and wait until the server has noted it."""
        with imap(self.servers, reader.client.address, reader.client.password) as client:
            wait_for_mail(client)
        wait_for_line(self.servers.dovecot.log, f"imap({reader.client.id})", "Seen")


def office_on(servers: Servers, outbox: Outbox) -> Iterator[Office]:
    """Give two colleagues on a set of servers."""
    servers.need("mail")
    tree = Tree(servers)
    tree.add_domain()
    clients = [tree.add_mailbox() for _ in range(2)]
    devices = [tree.add_app_password(client) for client in clients]
    tree.connection.unbind()
    colleagues = []
    now = datetime.now(UTC)
    with outbox.transaction() as session:
        country = found_country(session)
        for client, device in zip(clients, devices, strict=True):
            account = country.account(country.unit, "account")
            account.state, account.activated_at = "active", now
            mailbox = Mailbox(
                public_id=client.id, kind="personal", account_id=account.id, quota_bytes=1, created_at=now
            )
            session.add(mailbox)
            session.flush()
            given = {"label": "", "lookup_key": "", "hash": "", "scopes": ["imap"]}
            until = now + timedelta(days=9)
            session.add(
                AppPassword(
                    public_id=device,
                    account_id=account.id,
                    mailbox_id=mailbox.id,
                    made_at=now,
                    expires_at=until,
                    **given,
                )
            )
            colleagues.append(Colleague(account.id, client, device))
    yield Office(outbox, servers, colleagues)


@pytest.fixture
def office(servers: Servers, outbox: Outbox) -> Iterator[Office]:
    """Give two colleagues on the shared servers."""
    yield from office_on(servers, outbox)


@pytest.fixture
def own_office(own_servers: Servers, outbox: Outbox) -> Iterator[Office]:
    """Give two colleagues on servers of their own."""
    yield from office_on(own_servers, outbox)


def test_sending_and_reading_are_found(office: Office) -> None:
    """Who handed a message in has sent, and who opened it over IMAP has read."""
    writer, reader = office.colleagues
    office.send(writer, reader)
    office.open_mail(reader)

    office.read("dovecot")
    office.read("postfix")

    assert {(writer.account_id, True, False), (reader.account_id, False, True)} <= office.uses()


def test_reading_over_pop3_is_found(office: Office) -> None:
    """Who fetched a message over POP3 has read."""
    writer, reader = office.colleagues
    office.send(writer, reader)
    wait_for_line(office.servers.postfix.log, reader.client.address, "status=sent")
    with pop3(office.servers, reader.client.address, reader.client.password) as client:
        client.retr(1)
        client.quit()
    wait_for_line(office.servers.dovecot.log, f"pop3({reader.client.id})", "Seen")

    office.read("dovecot")

    assert (reader.account_id, False, True) in office.uses()


def test_sign_in_dates_its_app_password(office: Office) -> None:
    """The app password that a client signed in with has today as its last use, the other one has none."""
    used, unused = office.colleagues
    with imap(office.servers, used.client.address, used.client.password):
        wait_for_line(office.servers.dovecot.log, '"auth_request_finished"', f'"{used.device}"', '"success":"yes"')

    office.read("dovecot")

    with office.outbox.transaction() as session:
        last = {each.public_id: each.last_used_on for each in session.scalars(select(AppPassword))}
    assert (last[used.device] is None, last[unused.device]) == (False, None)


def test_every_line_of_the_servers_can_be_read(office: Office) -> None:
    """After mail, sign-ins that fail and unknown people no line is in a form that is not known."""
    writer, reader = office.colleagues
    office.send(writer, reader)
    office.open_mail(reader)
    for user in (reader.client.address, "nobody@nowhere.gov.vn", 'a"b{}'):
        with suppress(imaplib.IMAP4.error), imap(office.servers, user, "wrong"):
            pass

    positions = [office.read("dovecot"), office.read("postfix")]

    assert [(position.lines > 0, position.unreadable) for position in positions] == [(True, 0), (True, 0)]


@pytest.mark.faults
def test_rotation_of_the_real_log_loses_nothing(own_office: Office) -> None:
    """A message read after Dovecot's log was renamed and before it was reopened is found, and one read after that."""
    first, second = own_office.colleagues
    log = Path(own_office.servers.dovecot.log)
    own_office.send(first, second)
    own_office.send(second, first)
    own_office.read("dovecot")
    renamed = log.rename(log.with_name(f"{log.name}.1"))
    with imap(own_office.servers, first.client.address, first.client.password) as client:
        wait_for_mail(client)
    wait_for_line(renamed, f"imap({first.client.id})", "Seen")
    own_office.servers.send("dovecot", signal.SIGUSR1)
    own_office.open_mail(second)

    position = own_office.read("dovecot")

    assert {(first.account_id, False, True), (second.account_id, False, True)} <= own_office.uses()
    assert position.gaps == 0

"""From the commit of a change to what mail clients and other servers notice of it, with a real worker between."""

from __future__ import annotations

import contextlib
import imaplib
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from directory.base import Actor
from directory.credentials import make_app_password, revoke_app_password
from directory.due import Due
from directory.lifecycle import reinstate, suspend
from directory.mailboxes import Mailbox
from provisioning.bootstrap import Service, clock
from provisioning.outbox import Outbox, Queue
from tests.engines import Engine
from tests.fakes import FakeTarget
from tests.stack.mail_clients import answer_to, imap, submission, trust, wait_for_mail
from tests.stack_fixtures import Servers
from tests.worker.conftest import PATIENCE_SECONDS, Worker, wait_until

pytestmark = pytest.mark.slow


@dataclass
class Official:
    """Somebody with a mailbox and a mail client."""

    engine: Engine
    number: str
    address: str
    device: str
    password: str

    def do(self, verb: Callable[..., object]) -> None:
        """Suspend or reinstate."""
        self.engine.do(verb, self.number, "a reason")

    def revoke(self) -> None:
        """Revoke the app password, as its owner."""
        with self.engine.outbox.transaction() as session:
            account = self.engine.account(session, self.number)
            revoke_app_password(session, Actor(now=clock(), source="test", account_id=account.id), self.device)


def everything_is_real(service: Service) -> bool:
    """Say whether nothing is due."""
    with service.outbox.transaction() as session:
        return session.scalars(select(func.count()).select_from(Due)).one() == 0


def imap4(servers: Servers, person: Official) -> imaplib.IMAP4:
    """Open an IMAP session that stays open."""
    client = imaplib.IMAP4_SSL("127.0.0.1", servers.ports.imap, ssl_context=trust(servers))
    client.login(person.address, person.password)
    return client


def assert_ended(client: imaplib.IMAP4) -> None:
    """Assert that the server ends a session by itself."""
    client.sock.settimeout(PATIENCE_SECONDS)
    while line := client.readline():
        assert line.startswith(b"* BYE"), line
    client.shutdown()


def official(service: Service, name: str, address: str) -> Official:
    """Appoint somebody and make an app password for a mail client, through the verbs; wait until both are real."""
    engine = Engine(service.outbox, service.target, now=clock())
    [number] = engine.hire(name)
    with service.outbox.transaction() as session:
        account = engine.account(session, number)
        mailbox = session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()
        now = clock()
        holder = Actor(now=now, source="test", account_id=account.id, factor_at=now)
        made, secret = make_app_password(session, holder, mailbox.id, label="phone", scopes=["imap", "smtp"])
        device = made.public_id
    wait_until(lambda: everything_is_real(service))
    return Official(engine, number, address, device, secret)


def test_change_reaches_mail_by_itself(service: Service, worker: Worker, servers: Servers) -> None:
    """An appointed official receives mail, is welcomed by it, and reads it with an app password."""
    person = official(service, "Nguyễn Văn Anh", "anhnv@tinh.gov.vn")

    assert answer_to(servers, person.address) == 250
    with imap(servers, person.address, person.password) as client:
        assert "Kính gửi Nguyễn Văn Anh" in wait_for_mail(client)


def test_unknown_address_is_refused(service: Service, worker: Worker, servers: Servers) -> None:
    """An address of the domain that nobody has gets 550."""
    official(service, "Nguyễn Văn Biên", "biennv@tinh.gov.vn")

    assert answer_to(servers, "khongco@tinh.gov.vn") == 550


def test_suspension_shuts_everything(service: Service, worker: Worker, servers: Servers) -> None:
    """A suspended official's open session ends, no new sign-in is let in, and mail is received all the same."""
    person = official(service, "Nguyễn Văn Cảnh", "canhnv@tinh.gov.vn")
    client = imap4(servers, person)

    person.do(suspend)

    assert_ended(client)
    with pytest.raises(imaplib.IMAP4.error), imap(servers, person.address, person.password):
        pass
    with pytest.raises(smtplib.SMTPAuthenticationError), submission(servers, person.address, person.password):
        pass
    assert answer_to(servers, person.address) == 250


def test_reinstated_official_gets_in_again(service: Service, worker: Worker, servers: Servers) -> None:
    """After a suspension is taken back, the same app password opens the mailbox again."""
    person = official(service, "Nguyễn Văn Dương", "duongnv@tinh.gov.vn")
    person.do(suspend)
    wait_until(lambda: everything_is_real(service))

    person.do(reinstate)
    wait_until(lambda: everything_is_real(service))

    with imap(servers, person.address, person.password) as client:
        assert client.noop()[0] == "OK"


def test_revoked_app_password_is_refused_and_its_session_ends(
    service: Service, worker: Worker, servers: Servers
) -> None:
    """A revoked app password opens nothing, and the session it had opened ends."""
    person = official(service, "Nguyễn Văn Giang", "giangnv@tinh.gov.vn")
    client = imap4(servers, person)

    person.revoke()

    assert_ended(client)
    with pytest.raises(imaplib.IMAP4.error), imap(servers, person.address, person.password):
        pass


def test_rollback_wakes_nobody(outbox: Outbox) -> None:
    """A wake-up leaves with the commit of the change, without a queueing lock, and not at all if it is rolled back."""
    outbox = replace(outbox, wake=Queue().wake)
    with contextlib.suppress(RuntimeError), outbox.transaction() as session:
        Queue().wake(session, "reconcile")
        raise RuntimeError

    Engine(outbox, FakeTarget())

    with outbox.transaction() as session:
        jobs = session.execute(text("SELECT task_name, queue_name, queueing_lock FROM procrastinate_jobs")).all()
    assert jobs == [("reconcile", "reconcile", None)]


def test_worker_takes_over_from_one_that_was_killed(
    service: Service, worker: Worker, settings: dict[str, str], tmp_path: Path, servers: Servers
) -> None:
    """While one worker is dead by -9, another makes real what comes."""
    second = Worker(settings, tmp_path / "second.log")
    second.process.kill()
    second.process.wait()

    official(service, "Nguyễn Văn Khánh", "khanhnv@tinh.gov.vn")

    assert answer_to(servers, "khanhnv@tinh.gov.vn") == 250

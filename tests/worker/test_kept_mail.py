"""Mail that is kept no longer, on a real Dovecot: what is removed from the store, and what never is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from directory.accounts import Account
from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.lifecycle import Leaving, Rehiring, end_keeping, leave, rehire
from directory.mailboxes import Mailbox
from directory.targets import DEFAULT
from provisioning.bootstrap import Service, clock
from provisioning.jobs.kept_mail import remove_kept_mail
from tests.contracts.test_mail_server import doveadm_on
from tests.fakes import FakeMailServer
from tests.stack.mail_clients import imap, letter, outsider
from tests.stack_fixtures import Servers
from tests.worker.conftest import Worker, wait_until
from tests.worker.test_worker import Official, everything_is_real, official

pytestmark = pytest.mark.slow
WORDS = "Noi dung rieng"


def storage(service: Service, servers: Servers, person: Official) -> Path:
    """Give the folder in which somebody's mail lies."""
    with service.outbox.transaction() as session:
        account = person.engine.account(session, person.number)
        public = session.scalars(select(Mailbox.public_id).where(Mailbox.account_id == account.id)).one()
    return servers.layout.root / "mail" / public[:2] / public


def found_in(folder: Path) -> list[Path]:
    """Give the files that hold anything of the letters: the letters, and what an index remembers of them."""
    parts = (WORDS.encode(), "Giấy mời họp".encode(), b"ai-do@example.com")
    return [path for path in folder.rglob("*") if path.is_file() and any(part in path.read_bytes() for part in parts)]


def receive(servers: Servers, person: Official) -> None:
    """Let a letter come, be read, and be filed into a folder below a folder."""
    with outsider(servers) as other:
        other.send_message(letter("ai-do@example.com", person.address, WORDS))
    with imap(servers, person.address, person.password) as client:
        wait_until(lambda: client.noop()[0] == "OK" and bool(client.search(None, "FROM", "ai-do@example.com")[1][0]))
        client.create("Du-an.2026")
        client.fetch("1:*", "(ENVELOPE)")
        client.copy("1:*", "Du-an.2026")
        client.select("Du-an.2026")
        client.fetch("1:*", "(ENVELOPE BODYSTRUCTURE)")


def retire(service: Service, person: Official, *, kept_days_ago: int) -> int:
    """Let somebody leave whose mail was to be kept until some days ago; give the official."""
    with service.outbox.transaction() as session:
        account = person.engine.account(session, person.number)
        leave(session, person.engine.actor, [Leaving(account.official_id)])
        until = person.engine.actor.today - timedelta(days=kept_days_ago)
        session.execute(update(Mailbox).where(Mailbox.account_id == account.id).values(kept_until=until))
        who = account.official_id
    wait_until(lambda: everything_is_real(service))
    return who


@contextmanager
def tomorrow(service: Service) -> Iterator[None]:
    """Let the mail that came today count as kept until today."""
    with service.outbox.transaction() as session:
        ended = update(Mailbox).where(Mailbox.keeping_ended_at.is_not(None), Mailbox.mail_removed_at.is_(None))
        session.execute(ended.values(kept_until=Mailbox.kept_until + 1))
    yield


def test_mail_is_gone_from_the_store(service: Service, worker: Worker, servers: Servers) -> None:
    """Nothing of what was kept is left in any file, the folders are gone, and a colleague's mail is untouched."""
    leaver = official(service, "Nguyễn Thị Giang", "giangnt@tinh.gov.vn")
    colleague = official(service, "Nguyễn Thị Hoa", "hoant@tinh.gov.vn")
    receive(servers, leaver)
    receive(servers, colleague)
    folder, other = storage(service, servers, leaver), storage(service, servers, colleague)
    assert found_in(folder)
    retire(service, leaver, kept_days_ago=1)
    with service.outbox.transaction() as session:
        end_keeping(session, replace(leaver.engine.actor, now=clock()))

    with tomorrow(service):
        remove_kept_mail(service)

    with service.outbox.transaction() as session:
        account = leaver.engine.account(session, leaver.number)
        box = session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()
        told = session.scalar(
            select(func.count()).where(
                AuditEvent.action == "mailbox.emptied", AuditEvent.subject == f"account:{leaver.number}"
            )
        )
        assert (box.mail_removed_at is not None, told) == (True, 1)
    assert (found_in(folder), list(folder.rglob(".Du-an*"))) == ([], [])
    assert found_in(other)


def test_mail_that_came_later_stays(service: Service, worker: Worker, servers: Servers) -> None:
    """Removing what was kept until yesterday touches nothing that came today: the mailbox still holds mail."""
    person = official(service, "Nguyễn Thị Khanh", "khanhnt@tinh.gov.vn")
    receive(servers, person)
    folder = storage(service, servers, person)
    retire(service, person, kept_days_ago=1)

    remove_kept_mail(service)

    with service.outbox.transaction() as session:
        account = person.engine.account(session, person.number)
        box = session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()
        assert (box.keeping_ended_at is not None, box.mail_removed_at) == (True, None)
    assert found_in(folder)


def test_mail_of_somebody_rehired_meanwhile_stays(service: Service, worker: Worker, servers: Servers) -> None:
    """Who comes back before the store's turn finds the mail of before."""
    person = official(service, "Nguyễn Thị Mai", "maint@tinh.gov.vn")
    receive(servers, person)
    folder = storage(service, servers, person)
    who = retire(service, person, kept_days_ago=1)
    with service.outbox.transaction() as session:
        end_keeping(session, replace(person.engine.actor, now=clock()))
    with tomorrow(service), service.outbox.transaction() as session:
        here = session.scalars(select(Agency.id).where(Agency.code == "H36.05")).one()
        rehire(session, person.engine.actor, [Rehiring(who, here)])

    remove_kept_mail(service)

    assert found_in(folder)


def test_store_that_is_away_is_asked_again(service: Service, worker: Worker, servers: Servers) -> None:
    """While the mail store is away nothing is noted; the next time it is."""
    person = official(service, "Nguyễn Thị Nga", "ngant@tinh.gov.vn")
    retire(service, person, kept_days_ago=1)
    store = FakeMailServer(is_down=True)
    at_hand = replace(service, targets={DEFAULT: replace(service.targets[DEFAULT], mail_server=store)})
    remove_kept_mail(at_hand)
    with service.outbox.transaction() as session:
        account = session.scalars(select(Account).where(Account.number == person.number)).one()
        removed = select(Mailbox.mail_removed_at).where(Mailbox.account_id == account.id)
        before = session.scalar(removed)

    store.is_down = False
    remove_kept_mail(at_hand)

    with service.outbox.transaction() as session:
        assert (before, session.scalar(removed) is not None) == (None, True)


def test_unknown_mailbox_is_not_said_to_be_empty(servers: Servers) -> None:
    """A mailbox that Dovecot does not know is not among those that were emptied."""
    servers.need("dovecot")

    assert doveadm_on(servers).remove_mail({"khongcoai": clock()}) == set()

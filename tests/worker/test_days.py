"""A last day in service that passed while the worker stood still, on real servers: who gets in, where mail goes."""

from __future__ import annotations

import imaplib

import pytest
from sqlalchemy import select, text, update

from directory.accounts import Account
from directory.base import vietnamese_day
from directory.lifecycle import Leaving, leave
from directory.officials import Official
from provisioning.bootstrap import Service, clock
from provisioning.jobs.entries import follow_the_calendar
from tests.stack.mail_clients import answer_to, imap, letter, outsider, wait_for_mail
from tests.stack_fixtures import Servers
from tests.worker.conftest import Worker, wait_until
from tests.worker.test_worker import assert_ended, everything_is_real, imap4, official

pytestmark = pytest.mark.slow


def test_leaver_is_shut_out_and_mail_goes_on(service: Service, worker: Worker, servers: Servers) -> None:
    """After midnight the open mail session ends, no sign-in is let in, and mail comes to the successor."""
    leaver = official(service, "Nguyễn Văn Khôi", "khoinv@tinh.gov.vn")
    successor = official(service, "Nguyễn Văn Lâm", "lamnv@tinh.gov.vn")
    today = vietnamese_day(clock())
    with service.outbox.transaction() as session:
        who = leaver.engine.account(session, leaver.number).official_id
        leave(session, leaver.engine.actor, [Leaving(who, today, successor.address)])
    client = imap4(servers, leaver)
    with service.outbox.transaction() as session:  # the day passes, and nobody looks
        session.execute(update(Official).where(Official.id == who).values(leaves_on=today))

    follow_the_calendar(service)

    assert_ended(client)
    wait_until(lambda: everything_is_real(service))
    with pytest.raises(imaplib.IMAP4.error), imap(servers, leaver.address, leaver.password):
        pass
    with outsider(servers) as other:
        other.send_message(letter("ai-do@example.com", leaver.address, "Gui nguoi da nghi"))
    with imap(servers, successor.address, successor.password) as reader:
        wait_until(lambda: "Gui nguoi da nghi" in wait_for_mail(reader))


def test_leaver_without_a_successor_gets_no_mail(service: Service, worker: Worker, servers: Servers) -> None:
    """Without anybody named, mail to somebody who left at once is refused at the door."""
    leaver = official(service, "Nguyễn Văn Minh", "minhnv@tinh.gov.vn")
    assert answer_to(servers, leaver.address) == 250

    with service.outbox.transaction() as session:
        who = leaver.engine.account(session, leaver.number).official_id
        leave(session, leaver.engine.actor, [Leaving(who)])
    wait_until(lambda: everything_is_real(service))

    assert answer_to(servers, leaver.address) == 550


def test_leaver_waits_for_no_long_work(service: Service, worker: Worker) -> None:
    """While as much long work goes on as the lane has places for, whose last day is over is shut out all the same."""
    leaver = official(service, "Nguyễn Văn Nghỉ", "nghinv@tinh.gov.vn")
    places = service.settings.worker_concurrency
    waiting = text("SELECT count(*) FROM pg_locks WHERE relation = 'tallies'::regclass AND NOT granted")
    with service.outbox.engine.begin() as held:
        held.execute(text("LOCK TABLE tallies IN ACCESS EXCLUSIVE MODE"))
        with service.outbox.transaction() as session:
            for _ in range(places):
                service.queue.defer(session, "tallies")
        wait_until(lambda: held.execute(waiting).scalar_one() == places)

        with service.outbox.transaction() as session:
            account = session.scalars(select(Account).where(Account.number == leaver.number)).one()
            account.official.leaves_on = vietnamese_day(clock())
            service.queue.defer(session, "calendar")

        wait_until(lambda: state_of(service, leaver.number) == "disabled")


def state_of(service: Service, number: str) -> str:
    """Give the state in which an account is."""
    with service.outbox.transaction() as session:
        return session.scalars(select(Account.state).where(Account.number == number)).one()

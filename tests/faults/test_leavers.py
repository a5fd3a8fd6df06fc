"""Whoever leaves gets into mail no more as soon as the LDAP server can be written, whatever is wrong with the entry."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select

from directory.addresses import Address
from directory.due import mark
from provisioning.mail.doveadm import Doveadm
from tests.faults.leavers import ADOPTED, OWN, Office, Situation, adopt, give_mail
from tests.faults.slapds import by_hand
from tests.faults.tally import BASE, PromisingEngine, Tally
from tests.stack.mail_clients import ADDRESS, answer_to, trust
from tests.stack_fixtures import Servers
from tests.worker.conftest import wait_until

pytestmark = pytest.mark.faults
Open = Callable[[str], Office]


@pytest.fixture
def office(slapd: Servers, engine: PromisingEngine) -> Iterator[Open]:
    """Give what opens an office whose leaver has an entry of ours, or one that was there before."""
    slapd.need("mail")
    engine.mail = Doveadm(slapd.environment()["CONGVU_DOVEADM_URL"], (slapd.secrets / "doveadm").read_text())
    with by_hand(slapd) as hand:

        def open_office(kind: str) -> Office:
            is_adopted = kind == "adopted"
            number = adopt(engine, hand) if is_adopted else engine.hire("Nguyễn Văn An")[0]
            [other] = engine.hire("Trần Thị Bình")
            leaver, colleague = give_mail(engine, number, "annv"), give_mail(engine, other, "binhtt")
            dn = f"uid=an.nguyen,ou=Users,{BASE}" if is_adopted else f"uid={number},ou=people,{BASE}"
            return Office(slapd, engine, hand, leaver, colleague, dn)

        yield open_office


@pytest.mark.parametrize(
    ("situation", "kind"),
    [
        pytest.param(situation, kind, marks=pytest.mark.fault(fault), id=f"{kind} entry, {name}")
        for kind, situations in (("own", OWN), ("adopted", ADOPTED))
        for name, (fault, situation) in situations.items()
    ],
)
def test_leaver_is_out_after_one_round(office: Open, tally: Tally, situation: Situation, kind: str) -> None:
    """In the first round after the server can be written, mail clients of the leaver are refused and open sessions end;
    mail for the leaver is refused, and a colleague notices nothing.
    """
    here = office(kind)
    assert here.opens(here.leaver) == ["imap", "smtp"]

    with reading(here) as session, situation(here):
        tally.injected()
        here.engine.let_time_pass()
        here.engine.run()

        assert here.opens(here.leaver) == []
        wait_until(lambda: is_over(session))
        assert answer_to(here.servers, here.leaver.address) == 550
        wait_until(lambda: here.opens(here.colleague) == ["imap", "smtp"])


@pytest.mark.fault("F22")
def test_holder_who_leaves_is_out_of_a_role_mailbox_put_elsewhere(
    office: Open, engine: PromisingEngine, tally: Tally
) -> None:
    """Of a role mailbox whose entry others put elsewhere, the app password of the holder who leaves is closed alone."""
    here = office("own")
    numbers = (here.leaver.number, here.colleague.number)
    box, mailbox_id = engine.role_mailbox(*numbers)
    engine.settle()
    leaver, colleague = (give_mail(engine, number, f"holder{number[2:5]}", box) for number in numbers)
    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "mailbox", [box])
        address = session.scalars(select(Address.address).where(Address.mailbox_id == box)).one()
    engine.settle()
    both = [replace(each, address=address) for each in (leaver, colleague)]
    assert [here.opens(each) for each in both] == [["imap", "smtp"]] * 2
    here.dn = f"cvMailboxId={mailbox_id},ou=mailboxes,{BASE}"
    here.rename(f"cvMailboxId={mailbox_id}", f"ou=people,{BASE}")
    tally.injected()

    here.leave()
    engine.let_time_pass()
    engine.run()

    assert [here.opens(each) for each in both] == [[], ["imap", "smtp"]]


@contextmanager
def reading(office: Office) -> Iterator[imaplib.IMAP4]:
    """Let the leaver read mail; the session may be ended by others."""
    context = trust(office.servers)
    session = imaplib.IMAP4_SSL(ADDRESS, office.servers.ports.imap, ssl_context=context)
    try:
        session.login(office.leaver.address, office.leaver.password)
        yield session
    finally:
        session.shutdown()


def is_over(session: imaplib.IMAP4) -> bool:
    """Say whether an open session has ended."""
    try:
        session.noop()
    except (imaplib.IMAP4.abort, OSError):
        return True
    return False

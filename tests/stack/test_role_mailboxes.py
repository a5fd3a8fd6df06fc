"""A role mailbox on real servers: its holders open it and send from it, each with an app password of their own."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from directory.addresses import Address
from directory.lifecycle import HandOver, hand_over
from provisioning.outbox import Outbox
from tests.stack.mail_clients import imap, letter, outsider, submission, wait_for_mail
from tests.stack.offices import Office
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.slow


@pytest.fixture
def office(own_servers: Servers, outbox: Outbox) -> Iterator[Office]:
    """Give a book whose domains are real."""
    office = Office(own_servers.need("mail"), outbox)
    yield office
    office.engine.target.close()


@pytest.fixture
def box(office: Office) -> tuple[int, str, str, str]:
    """Give a role mailbox: its key, its address, its holder, and the holder's app password for it."""
    [number] = office.hire("Nguyễn Văn An")
    key, _ = office.engine.role_mailbox(number)
    password = office.password(number, key)
    office.settle()
    with office.engine.outbox.transaction() as session:
        address = session.scalars(select(Address.address).where(Address.mailbox_id == key)).one()
    return key, address, number, password


def test_holder_reads_and_answers(office: Office, box: tuple[int, str, str, str]) -> None:
    """What comes to the role's address the holder reads, and answers under it; the own address is another mailbox's."""
    _, address, _, password = box
    with outsider(office.servers) as client:
        client.send_message(letter("ai-do@example.com", address, "Gui van thu"))

    with imap(office.servers, address, password) as client:
        text = wait_for_mail(client)
    with submission(office.servers, address, password) as client:
        answers = [client.mail(address)[0], client.rcpt(address)[0]]
        client.rset()
        client.mail("annv@tinh.gov.vn")
        as_person = client.rcpt(address)[0]

    assert "Gui van thu" in text
    assert answers == [250, 250]
    assert as_person == 553


def test_hand_over_changes_who_opens_it(office: Office, box: tuple[int, str, str, str]) -> None:
    """The new holder's app password opens it, the old one's is refused; the mail is the same."""
    key, address, _, password = box
    [successor] = office.hire("Trần Thị Bình")
    with outsider(office.servers) as client:
        client.send_message(letter("ai-do@example.com", address, "Gui van thu"))
    with office.engine.outbox.transaction() as session:
        hand_over(session, office.engine.actor, [HandOver(key, [office.engine.account(session, successor).id])])

    fresh = office.password(successor, key)
    office.settle()

    with pytest.raises(imaplib.IMAP4.error), imap(office.servers, address, password):
        pass
    with imap(office.servers, address, fresh) as client:
        assert "Gui van thu" in wait_for_mail(client)

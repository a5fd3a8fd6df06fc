"""The mail servers of a second target: made from the same configuration, they read that tree alone and serve it."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from directory.agencies import Agency
from directory.lifecycle import ListOpening, ListRule, Membership, NewDomain, add_domain, add_members, open_mailing_list
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList, follow
from provisioning.outbox import Outbox
from tests.engines import Engine, person
from tests.stack.mail_clients import answer_to, imap, letter, outsider, wait_for_mail
from tests.stack.offices import Office
from tests.stack.test_mailing_lists import answering
from tests.stack_fixtures import Servers, open_servers

pytestmark = pytest.mark.slow


class FarOffice(Office):
    """The book with its main target on one set of servers, and the other province's domain on the mail servers here."""

    def __init__(self, servers: Servers, main: Engine) -> None:
        super().__init__(servers, main.outbox)
        self.main = main

    def settle(self) -> None:
        """Let lists follow their members, and make everything real on this target."""
        with self.engine.outbox.transaction() as session:
            follow(session, self.engine.actor)
        reconciler = replace(self.engine.reconciler(), name="hue")
        while reconciler.run().claimed:
            pass

    def open_far_list(self, address: str, *numbers: str) -> None:
        """Open a mailing list of the other province to which anybody may write, with members by account number."""
        with self.engine.outbox.transaction() as session:
            agency = session.scalars(select(Agency).where(Agency.code == "H37")).one()
            opening = ListOpening(agency.id, address, ListRule("Toàn thể", "anyone", "hand", with_units=True))
            [made] = open_mailing_list(session, self.engine.actor, [opening])
            accounts = [self.engine.account(session, each).id for each in numbers]
            boxes = session.scalars(select(Mailbox.id).where(Mailbox.account_id.in_(accounts))).all()
            add_members(session, self.engine.actor, [Membership(made.id, each) for each in boxes])

    def members(self, address: str) -> set[str]:
        """Give the members of a list as its entry on this target says."""
        with self.engine.outbox.transaction() as session:
            public_id = session.scalars(
                select(MailingList.public_id).where(MailingList.id == self.id_of(address))
            ).one()
        name = (("cvListId", public_id), ("ou", "groups"))
        return set(self.engine.target.observe([name])[name].attributes["cvMember"])


@pytest.fixture
def main_servers() -> Iterator[Servers]:
    """Give the servers of the main target: only its slapd."""
    for servers in open_servers():
        yield servers.need("slapd")


@pytest.fixture
def far(main_servers: Servers, own_servers: Servers, outbox: Outbox) -> Iterator[FarOffice]:
    """Give the office whose people have their mail on the second target's servers."""
    main = Office(main_servers, outbox).engine
    with outbox.transaction() as session:
        other = session.scalars(select(Agency).where(Agency.code == "H37")).one()
        session.execute(text("UPDATE domains SET is_primary = false WHERE agency_id = :id"), {"id": other.id})
        add_domain(session, main.actor, [NewDomain(other.id, "hue.gov.vn", target="hue")])
    far = FarOffice(own_servers.need("mail"), main)
    yield far
    far.engine.target.close()
    main.target.close()


def test_mail_of_the_second_target_arrives_and_is_read(far: FarOffice) -> None:
    """Postfix there takes a letter for somebody of its domain, and Dovecot there lets them in to read it."""
    [(number, address)] = far.hire("Trần Văn Bình", at="H37").items()
    password = far.password(number)
    far.settle()

    with outsider(far.servers) as client:
        client.send_message(letter("ai-do@example.com", address, "Thu den may chu thu hai"))

    with imap(far.servers, address, password) as client:
        assert "Thu den may chu thu hai" in wait_for_mail(client)
    assert address.endswith("@hue.gov.vn")
    assert person(number) not in far.main.target.observe([person(number)])


def test_list_of_the_second_target_reaches_its_members(far: FarOffice) -> None:
    """A list of an agency there takes mail and hands it to members there; one who lives elsewhere is written to as a
    stranger, and so stands in it by address.
    """
    [(there, address)] = far.hire("Trần Văn Bình", at="H37").items()
    [(here, elsewhere)] = far.hire("Nguyễn Văn An").items()
    password = far.password(there)
    list_address = "toanthe@hue.gov.vn"
    far.open_far_list(list_address, there, here)
    far.settle()

    with answering(far), outsider(far.servers) as client:
        client.send_message(letter("ai-do@example.com", list_address, "Thu cua danh sach"))
        with imap(far.servers, address, password) as reader:
            text_read = wait_for_mail(reader)

    assert "Thu cua danh sach" in text_read
    assert far.members(list_address) == {address, elsewhere}


def test_each_set_of_mail_servers_serves_its_own_target(far: FarOffice) -> None:
    """Somebody of the main target has neither mail nor a way in at the servers of the second."""
    [(number, address)] = far.hire("Nguyễn Văn An").items()
    password = far.password(number)
    far.main.settle()
    far.settle()

    answer = answer_to(far.servers, address)

    assert answer >= 500
    with pytest.raises(imaplib.IMAP4.error), imap(far.servers, address, password):
        pass
    assert person(number) in far.main.target.observe([person(number)])

"""The mail servers of a second target: made from the same configuration, they read that tree alone and serve it."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from directory.agencies import Agency
from directory.lifecycle import NewDomain, add_domain
from provisioning.outbox import Outbox
from tests.engines import Engine, person
from tests.stack.mail_clients import answer_to, imap, letter, outsider, wait_for_mail
from tests.stack.offices import Office
from tests.stack_fixtures import Servers, open_servers

pytestmark = pytest.mark.slow


class FarOffice(Office):
    """The book with its main target on one set of servers, and the other province's domain on the mail servers here."""

    def __init__(self, servers: Servers, main: Engine) -> None:
        super().__init__(servers, main.outbox)
        self.main = main

    def settle(self) -> None:
        """Make everything real on this target."""
        reconciler = replace(self.engine.reconciler(), name="hue")
        while reconciler.run().claimed:
            pass


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

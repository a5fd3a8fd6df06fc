"""Leaving while the record is merged, the agency ends or the domain is moved: in either order no door stays open.

Two transactions on PostgreSQL, of which the second waits for the first; then slapd and Dovecot are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.domains import Domain
from directory.errors import DirectoryError
from directory.lifecycle import Leaving, Merging, Placement, leave, merge, place_domain
from provisioning.mail.doveadm import Doveadm
from tests.faults.leavers import Office, Person, give_mail
from tests.faults.slapds import by_hand
from tests.faults.tally import BASE, PromisingEngine, Tally
from tests.reconcile.test_crossing import Others, end_agency
from tests.stack_fixtures import Servers

pytestmark = [pytest.mark.faults, pytest.mark.fault("F34")]
PEOPLE = {"Nguyễn Văn An": "annv", "Nguyễn An": "ann"}
"""Two names of one person, and what comes before the domain in the address of each."""


@dataclass
class Meeting:
    """Somebody with open mail who leaves, and what is done at the same moment."""

    office: Office
    others: Others
    refused: list[str] = field(default_factory=list)

    def at_once(self, first: Act, second: Act) -> None:
        """Do one thing, and another that begins before the first is committed; remember the book's refusals."""
        engine = self.office.engine
        with engine.outbox.transaction() as session:
            first(self, session)
            self.others.start(lambda: self.alone(second))
        assert self.others.ended() == []
        engine.settle()

    def alone(self, act: Act) -> None:
        """Do something in a transaction of its own."""
        try:
            with self.office.engine.outbox.transaction() as session:
                act(self, session)
        except DirectoryError as refusal:
            self.refused.append(type(refusal).__name__)

    def official_id(self, session: Session, person: Person) -> int:
        """Find whose record it is."""
        return session.scalars(select(Account.official_id).where(Account.number == person.number)).one()


Act = Callable[[Meeting, Session], None]


def leaving(meeting: Meeting, session: Session) -> None:
    """Let the leaver be out of service today."""
    official_id = meeting.official_id(session, meeting.office.leaver)
    leave(session, meeting.office.engine.actor, [Leaving(official_id, reason="a reason")])


def merging_away(meeting: Meeting, session: Session) -> None:
    """Merge the record of the leaver into the other one of the same person."""
    merging(meeting, session, meeting.office.colleague, meeting.office.leaver)


def merging_into(meeting: Meeting, session: Session) -> None:
    """Merge the other record of the same person into that of the leaver."""
    merging(meeting, session, meeting.office.leaver, meeting.office.colleague)


def merging(meeting: Meeting, session: Session, survivor: Person, other: Person) -> None:
    """Merge the record of one account into that of another."""
    wish = Merging(meeting.official_id(session, survivor), meeting.official_id(session, other), "a reason")
    merge(session, meeting.office.engine.actor, [wish])


def ending_agency(meeting: Meeting, session: Session) -> None:
    """Let the agency at which both work become part of another."""
    end_agency(session, meeting.office.engine.actor)


def moving_domain(meeting: Meeting, session: Session) -> None:
    """Let the domain of both addresses stand on another LDAP server."""
    domain_id = session.scalars(select(Domain.id).where(Domain.name == "tinh.gov.vn")).one()
    place_domain(session, meeting.office.engine.actor, [Placement(domain_id, "hue")])


@pytest.fixture
def meeting(slapd: Servers, engine: PromisingEngine) -> Iterator[Meeting]:
    """Give two accounts of one person, on real servers; the leaver is one of them."""
    slapd.need("mail")
    engine.mail = Doveadm(slapd.environment()["CONGVU_DOVEADM_URL"], (slapd.secrets / "doveadm").read_text())
    numbers = zip(engine.hire(*PEOPLE), PEOPLE.values(), strict=True)
    leaver, other = (give_mail(engine, number, local_part) for number, local_part in numbers)
    with by_hand(slapd) as hand:
        office = Office(slapd, engine, hand, leaver, other, f"uid={leaver.number},ou=people,{BASE}")
        assert (office.opens(leaver), office.opens(other)) == (["imap", "smtp"], ["imap", "smtp"])
        yield Meeting(office, Others(engine.outbox))


MEETINGS: dict[str, tuple[Act, Act, list[str]]] = {
    "leaves, then is merged away": (leaving, merging_away, []),
    "is merged away, then leaves": (merging_away, leaving, ["Merged"]),
    "leaves, then another comes in": (leaving, merging_into, ["OutOfService"]),
    "takes another in, then leaves": (merging_into, leaving, []),
    "leaves, then the agency ends": (leaving, ending_agency, []),
    "hears that the agency ends, then leaves": (ending_agency, leaving, []),
    "leaves, then the domain is moved": (leaving, moving_domain, ["DomainSettled"]),
}
"""What is done first, what meanwhile, and what the book refuses of it."""


@pytest.mark.parametrize(("first", "second", "refused"), MEETINGS.values(), ids=MEETINGS)
def test_whoever_leaves_meanwhile_reads_no_mail(
    meeting: Meeting, tally: Tally, first: Act, second: Act, refused: list[str]
) -> None:
    """With whatever it meets and in either order, a leaving closes the doors, and neither is ended by the other."""
    tally.injected()

    meeting.at_once(first, second)

    assert meeting.refused == refused
    assert meeting.office.opens(meeting.office.leaver) == []

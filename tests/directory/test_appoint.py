"""Newcomers and what is made for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from directory.addresses import Address
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.due import Due
from directory.errors import (
    AccountExists,
)
from directory.lifecycle import Newcomer, Opening, appoint, enlist, open_accounts, propose
from directory.mailboxes import Mailbox
from directory.officials import open_field
from directory.policies import MIB, Policy
from tests.book import House, address_of, hire
from tests.statements import statements

PERSONAL_ID = "068090001234"


def test_newcomer_gets_everything(session: Session, actor: Actor, house: House) -> None:
    """A newcomer becomes an official with a post, a pending account, a mailbox and an address, and is due."""
    newcomer = Newcomer(house.unit.id, "Nguyễn Văn An", title="Chuyên viên", rank="01.003", personal_id=PERSONAL_ID)

    (account,) = appoint(session, actor, [newcomer])

    post = session.scalars(select(Appointment).where(Appointment.official_id == account.official_id)).one()
    assert (post.agency_id, post.title, post.rank, post.valid_from) == (
        house.unit.id,
        "Chuyên viên",
        "01.003",
        actor.today,
    )
    assert account.state == "pending"
    assert address_of(session, account) == "annv@tinh.gov.vn"
    assert open_field(session, account.official, "personal_id") == PERSONAL_ID
    assert (
        session.scalars(select(Due).where(Due.subject == "account", Due.subject_id == account.id)).one().revision == 1
    )


def test_appointing_is_audited_without_personal_data(session: Session, actor: Actor, house: House) -> None:
    """The audit tells of the post and the address, and shows no personal ID."""
    appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An", personal_id=PERSONAL_ID)])

    events = session.scalars(select(AuditEvent).where(AuditEvent.agency_id == house.unit.id)).all()
    assert {event.action for event in events} >= {"official.appointed", "account.opened"}
    assert PERSONAL_ID not in str([event.detail for event in events])


def test_quota_follows_the_policy(session: Session, actor: Actor, house: House) -> None:
    """The mailbox is as large as the nearest policy above says."""
    quota = {"rules": [], "default": 7 * MIB}
    session.add(Policy(agency_id=house.department.id, name="quota_rules", value={"value": quota}))

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert session.scalars(select(Mailbox.quota_bytes).where(Mailbox.account_id == account.id)).one() == 7 * MIB


def test_same_names_get_different_addresses(session: Session, actor: Actor, house: House) -> None:
    """People of the same name get the candidates in order, in one batch and over several."""
    first = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")] * 3)
    second = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")] * 2)

    assert [address_of(session, each) for each in first + second] == [
        "annv@tinh.gov.vn",
        "annv.snv@tinh.gov.vn",
        "nguyenvanan@tinh.gov.vn",
        "annv2@tinh.gov.vn",
        "annv3@tinh.gov.vn",
    ]


def test_many_of_one_name_find_addresses(session: Session, actor: Actor, house: House) -> None:
    """Forty people of one name get forty addresses."""
    accounts = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")] * 40)

    assert len({address_of(session, each) for each in accounts}) == 40


def test_counter_is_never_given_twice(session: Session, actor: Actor, house: House) -> None:
    """An address whose quarantine is over long ago is not proposed again."""
    appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])
    session.execute(text("UPDATE addresses SET kind = 'quarantined', valid_until = '2001-01-01'"))

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert address_of(session, account) == "annv.snv@tinh.gov.vn"


def test_own_domain_comes_before_the_one_above(session: Session, actor: Actor, house: House) -> None:
    """An agency with a domain of its own gives addresses in it."""
    session.execute(
        text("INSERT INTO domains (name, agency_id) VALUES ('sonoivu.tinh.gov.vn', :agency)"),
        {"agency": house.department.id},
    )

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    assert address_of(session, account) == "annv@sonoivu.tinh.gov.vn"


def test_wanted_address_is_kept(session: Session, actor: Actor, house: House) -> None:
    """A wanted address that is free is kept, whatever its spelling in capitals."""
    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An", address=" An.NV@Tinh.gov.vn")])

    assert address_of(session, account) == "an.nv@tinh.gov.vn"


def test_wanted_address_wins_over_a_proposed_one(session: Session, actor: Actor, house: House) -> None:
    """Who wants an address by name gets it even when someone before them in the list would be proposed it."""
    first, second = appoint(
        session,
        actor,
        [
            Newcomer(house.unit.id, "Nguyễn Văn An"),
            Newcomer(house.unit.id, "Nguyễn Vũ An", address="annv@tinh.gov.vn"),
        ],
    )

    assert address_of(session, first) == "annv.snv@tinh.gov.vn"
    assert address_of(session, second) == "annv@tinh.gov.vn"


def test_wanted_address_after_its_quarantine_is_handed_on(session: Session, actor: Actor, house: House) -> None:
    """An address whose quarantine is over may be wanted, and has one owner again."""
    appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])
    session.execute(text("UPDATE addresses SET kind = 'quarantined', valid_until = '2001-01-01'"))

    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Lê An", address="annv@tinh.gov.vn")])

    assert address_of(session, account) == "annv@tinh.gov.vn"
    assert session.scalar(select(func.count()).select_from(Address)) == 1


def test_listed_official_gets_an_account_later(session: Session, actor: Actor, house: House) -> None:
    """An official can stand on the list without an account, and be given one once."""
    (official,) = enlist(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])

    (account,) = open_accounts(session, actor, [Opening(official.id)])

    assert address_of(session, account) == "annv@tinh.gov.vn"
    with pytest.raises(AccountExists):
        open_accounts(session, actor, [Opening(official.id)])


def test_batch_takes_few_statements(session: Session, actor: Actor, house: House) -> None:
    """Five hundred newcomers cost hardly more statements than five."""
    with statements(session) as few:
        appoint(session, actor, [Newcomer(house.unit.id, f"Lê {'ABCDE'[n]}n") for n in range(5)])
    with statements(session) as many:
        appoint(session, actor, [Newcomer(house.unit.id, "Vũ Văn An", personal_id=f"{n:012}") for n in range(500)])

    assert len(many) <= len(few) + 12
    assert len(many) < 40


def test_proposals_are_free_addresses(session: Session, actor: Actor, house: House) -> None:
    """The form is shown free addresses, first the one that would be given."""
    hire(session, actor, house.unit, "Nguyễn Văn An")

    found = propose(session, actor, house.unit.id, "Nguyễn Văn An", limit=2)

    assert [each.local for each in found.free] == ["annv.snv@tinh.gov.vn", "nguyenvanan@tinh.gov.vn"]


def test_post_that_begins_later_counts(session: Session, actor: Actor, house: House) -> None:
    """A newcomer whose post begins next month can have an account today."""
    later = Newcomer(house.unit.id, "Nguyễn Văn An", valid_from=actor.today + timedelta(days=30))

    (account,) = appoint(session, actor, [later])

    assert address_of(session, account) == "annv@tinh.gov.vn"

"""The made-up directory: what is in it, and who can sign in."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import func, select

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency, Headcount, Succession, agency_by_code, inside
from directory.appointments import Appointment
from directory.base import system, vietnamese_day
from directory.credentials.tables import Password, Totp
from directory.domains import Domain
from directory.grants import Grant
from directory.mailboxes import Holding, Mailbox
from directory.mailing_lists import MailingList, addresses_of
from directory.naming import split_name
from directory.officials import Official
from provisioning.outbox import Outbox
from provisioning.sample import Loaded, NotEmpty, load
from provisioning.sample.names import people
from provisioning.sample.places import places, provinces
from tests.sample.conftest import LOADED_AT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]


def test_sample_has_about_twelve_hundred_officials(filled: tuple[Outbox, Loaded]) -> None:
    """There are about 1,200 officials, and not all of them have an account."""
    outbox, loaded = filled

    with outbox.transaction() as session:
        officials = session.scalar(select(func.count(Official.id))) or 0
        accounts = session.scalar(select(func.count(Account.id))) or 0

    assert 1150 <= officials <= 1250
    assert officials * 0.85 < accounts < officials
    assert (loaded.officials, loaded.accounts) == (officials, accounts)


def test_sample_has_two_ministries_and_three_provinces(filled: tuple[Outbox, Loaded]) -> None:
    """At the top stand two ministries and three provinces, with departments, communes and units below."""
    outbox, _ = filled

    with outbox.transaction() as session:
        tops = select(Agency.kind, func.count()).where(Agency.parent_id.is_(None), Agency.valid_to.is_(None))
        at_the_top = dict(session.execute(tops.group_by(Agency.kind)).all())
        kinds = set(session.scalars(select(Agency.kind)))
        headcounts = session.scalar(select(func.count(Headcount.id))) or 0

    assert at_the_top == {"ministry": 2, "province": 3}
    assert kinds == {"ministry", "province", "department", "commune", "unit"}
    assert headcounts > 30


def test_old_domains_of_the_merged_province_still_receive(filled: tuple[Outbox, Loaded]) -> None:
    """The provinces merged in 2025 are closed, and some people still receive under their domains."""
    outbox, _ = filled

    with outbox.transaction() as session:
        retiring = set(session.scalars(select(Domain.name).where(Domain.state == "retiring")))
        old = set(session.scalars(select(Address.domain_name).where(Address.kind == "receive_only")))
        merged = session.scalar(select(func.count()).select_from(Succession))

    assert retiring == old == {"binhthuan.gov.vn", "daknong.gov.vn"}
    assert merged == 2


def test_role_mailboxes_have_holders(filled: tuple[Outbox, Loaded]) -> None:
    """Six role mailboxes are each in somebody's hands."""
    outbox, _ = filled

    with outbox.transaction() as session:
        mailboxes = session.scalar(select(func.count(Mailbox.id)).where(Mailbox.kind == "role"))
        held = session.scalar(select(func.count(func.distinct(Holding.mailbox_id))))

    assert mailboxes == held == 6


def test_main_department_has_two_mailing_lists(filled: tuple[Outbox, Loaded]) -> None:
    """One list reaches everybody of the main department, the other those who lead it and its units."""
    outbox, _ = filled

    with outbox.transaction() as session:
        names = dict(session.execute(select(MailingList.id, MailingList.name)).all())
        members = addresses_of(session, names, vietnamese_day(LOADED_AT))

    sizes = sorted(len(members[list_id]) for list_id in names)
    assert sorted(names.values()) == ["Lãnh đạo Sở Nội vụ", "Toàn thể Sở Nội vụ"]
    assert 2 <= sizes[0] < sizes[1]


def test_main_department_has_a_domain_units_and_roles(filled: tuple[Outbox, Loaded]) -> None:
    """H36.05 has its own domain, units and people, and every role is given over it or above."""
    outbox, _ = filled

    with outbox.transaction() as session:
        agency = agency_by_code(session, "H36.05")
        line = [int(label) for label in agency.path.split(".")]
        domain = session.scalar(select(Domain.name).where(Domain.agency_id == agency.id))
        roles = set(session.scalars(select(Grant.role).where(Grant.agency_id.in_(line))))
        staff = session.scalar(select(func.count()).where(Appointment.agency_id.in_(inside(agency.id)))) or 0

    assert domain == "sonoivu.lamdong.gov.vn"
    assert roles == {"operator", "agency_it", "hr", "head", "auditor"}
    assert staff > 30


def test_sign_ins_are_activated_with_a_second_factor(filled: tuple[Outbox, Loaded]) -> None:
    """Everybody who is to sign in has an active account, a password and an authenticator; nobody else has one."""
    outbox, loaded = filled
    numbers = {each.account_number for each in loaded.sign_ins}

    with outbox.transaction() as session:
        active = set(session.scalars(select(Account.number).where(Account.state == "active")))
        passwords = session.scalar(select(func.count()).select_from(Password))
        enrolled = session.scalar(select(func.count()).select_from(Totp).where(Totp.confirmed_at.is_not(None)))

    assert [each.role for each in loaded.sign_ins] == ["operator", "agency_it", "hr", "head", "auditor", "official"]
    assert active == numbers
    assert passwords == enrolled == len(numbers)
    assert len({each.password for each in loaded.sign_ins}) == len(numbers) == 6


def test_plain_official_has_no_role(filled: tuple[Outbox, Loaded]) -> None:
    """One of those who can sign in works in the main department and has no role anywhere."""
    outbox, loaded = filled
    number = next(each.account_number for each in loaded.sign_ins if each.role == "official")

    with outbox.transaction() as session:
        account = session.scalars(select(Account).where(Account.number == number)).one()
        roles = session.scalars(select(Grant).where(Grant.account_id == account.id)).all()
        here = session.scalars(
            select(Appointment.agency_id).where(
                Appointment.official_id == account.official_id,
                Appointment.agency_id.in_(inside(agency_by_code(session, "H36.05").id)),
            )
        ).all()

    assert (len(roles), len(here)) == (0, 1)


def test_sample_is_not_loaded_twice(filled: tuple[Outbox, Loaded]) -> None:
    """A directory that is not empty is left alone."""
    outbox, _ = filled

    with pytest.raises(NotEmpty):
        load(outbox, system(LOADED_AT, "192.0.2.1"))


def test_people_are_the_same_each_time() -> None:
    """The same seed makes the same people, and each has a name that can be parted."""
    drawn = [[next(made) for _ in range(300)] for made in (people(Random(7)), people(Random(7)))]

    assert drawn[0] == drawn[1]
    assert all(split_name(person.full_name).given for person in drawn[0])


@pytest.mark.parametrize(("sex", "parity"), [("male", 0), ("female", 1)])
def test_personal_id_tells_sex_and_year(sex: str, parity: int) -> None:
    """The fourth digit of a made-up personal ID has the parity of the sex, and the year of birth follows."""
    person = next(each for each in people(Random(1)) if each.sex == sex)

    digits = person.personal_id("068")

    assert len(digits) == 12
    assert int(digits[3]) % 2 == parity
    assert digits[4:6] == f"{person.birth_date:%y}"


def test_provinces_are_those_of_2025() -> None:
    """There are 34 provinces, and Lâm Đồng was merged from three."""
    known = provinces()

    assert len(known) == 34
    assert [code for _, code, _ in known["H36"].members] == ["H11", "H16"]


def test_codes_of_the_sample_are_given_once() -> None:
    """No identifier code stands twice in the sample."""
    codes = [place.code for top in places() for place in (top, *top.below) if place.code]

    assert len(codes) == len(set(codes))

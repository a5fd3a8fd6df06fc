"""Newcomers who are refused: every refusal has a name and the row it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.errors import (
    AddressReserved,
    AddressTaken,
    BadValue,
    DirectoryError,
    DomainUnknown,
    NoDomain,
    NotAllowed,
    OfficialElsewhere,
    OfficialExists,
    WrongState,
)
from directory.lifecycle import Newcomer, appoint
from tests.book import House, acting, give, hire

PERSONAL_ID = "068090001234"


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("annv@tinh.gov.vn", AddressTaken),
        ("an@khac.gov.vn", DomainUnknown),
        ("an@gmail.com", DomainUnknown),
        ("vanthu@tinh.gov.vn", AddressReserved),
        ("ad-min@tinh.gov.vn", AddressReserved),
        ("ạn@tinh.gov.vn", BadValue),
        ("an@@tinh.gov.vn", BadValue),
        ("an..nv@tinh.gov.vn", BadValue),
    ],
)
def test_unfit_wanted_address_is_refused(
    session: Session, actor: Actor, house: House, address: str, refusal: type[DirectoryError]
) -> None:
    """An address that is taken, foreign, reserved or misspelled is refused with the row it stands in."""
    hire(session, actor, house.unit, "Nguyễn Văn An")

    with pytest.raises(refusal) as refused:
        appoint(
            session, actor, [Newcomer(house.unit.id, "Lê Bình"), Newcomer(house.unit.id, "Lê Chi", address=address)]
        )

    assert refused.value.fields["row"] == 1


def test_address_on_the_last_day_of_its_quarantine_is_refused_whatever_the_clock_of_the_host(
    session: Session, actor: Actor, house: House
) -> None:
    """Where the host's clock is a day ahead of PostgreSQL's the address is taken still, and no failure of ours."""
    hire(session, actor, house.unit, "Nguyễn Văn An")
    session.execute(text("UPDATE addresses SET kind = 'quarantined', valid_until = vietnamese_day()"))
    ahead = replace(actor, now=session.scalars(select(func.now())).one() + timedelta(days=1))

    with pytest.raises(AddressTaken):
        appoint(session, ahead, [Newcomer(house.unit.id, "Nguyễn Văn An", address="annv@tinh.gov.vn")])


def test_address_in_quarantine_is_refused(session: Session, actor: Actor, house: House) -> None:
    """An address in quarantine is nobody's to have."""
    hire(session, actor, house.unit, "Nguyễn Văn An")
    session.execute(text("UPDATE addresses SET kind = 'quarantined', valid_until = '2999-01-01'"))

    with pytest.raises(AddressTaken):
        appoint(session, actor, [Newcomer(house.unit.id, "Lê An", address="annv@tinh.gov.vn")])


def test_address_wanted_twice_is_refused(session: Session, actor: Actor, house: House) -> None:
    """Of two in one batch who want the same address the second is refused."""
    twice = [Newcomer(house.unit.id, name, address="an@tinh.gov.vn") for name in ("Lê An", "Vũ An")]

    with pytest.raises(AddressTaken) as refused:
        appoint(session, actor, twice)

    assert refused.value.fields["row"] == 1


def test_agency_without_a_domain_is_refused(session: Session, actor: Actor, house: House) -> None:
    """Where neither the agency nor one above has a domain, no account is opened."""
    session.execute(text("UPDATE domains SET state = 'retiring'"))

    with pytest.raises(NoDomain):
        appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])


def test_closed_agency_takes_nobody(session: Session, actor: Actor, house: House) -> None:
    """Nobody takes up a post in an agency that is closed."""
    house.unit.valid_to = actor.today

    with pytest.raises(WrongState):
        appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An")])


def test_known_personal_id_is_refused_with_the_official_found(session: Session, actor: Actor, house: House) -> None:
    """The refusal names the official and gives the id for a link."""
    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Nguyễn Văn An", personal_id=PERSONAL_ID)])

    with pytest.raises(OfficialExists) as refused:
        appoint(session, actor, [Newcomer(house.unit.id, "Lê An", personal_id=PERSONAL_ID)])

    assert refused.value.fields["name"] == "Nguyễn Văn An"
    assert refused.value.fields["agency"] == "Phòng Tổ chức"
    assert refused.value.fields["official"] == account.official.public_id


def test_known_personal_id_elsewhere_tells_nothing_of_the_official(
    session: Session, actor: Actor, house: House
) -> None:
    """Whoever may not see the official learns only that there is one."""
    appoint(session, actor, [Newcomer(house.elsewhere.id, "Nguyễn Văn An", personal_id=PERSONAL_ID)])
    (officer,) = hire(session, actor, house.department, "Lê Chi")
    give(session, officer, "hr", house.department)
    hr = acting(actor, officer)

    with pytest.raises(OfficialElsewhere) as refused:
        appoint(session, hr, [Newcomer(house.unit.id, "Lê An", personal_id=PERSONAL_ID)])

    assert "Nguyễn" not in str(refused.value) + str(refused.value.fields)


def test_personal_id_twice_in_a_batch_is_refused(session: Session, actor: Actor, house: House) -> None:
    """Two rows of one batch cannot be the same person."""
    twice = [Newcomer(house.unit.id, name, personal_id=PERSONAL_ID) for name in ("Lê An", "Vũ An")]

    with pytest.raises(OfficialExists) as refused:
        appoint(session, actor, twice)

    assert refused.value.fields["row"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", "Nguyễn 1"),
        ("category", "boss"),
        ("sex", "x"),
        ("personal_id", "68090001234"),
        ("personal_id", "०68090001234"),
        ("birth_date", date(1890, 1, 1)),
        ("birth_date", date(2100, 1, 1)),
        ("phone", "gọi sau"),
        ("personal_mail", "an"),
        ("title", "x" * 201),
        ("title", "Chuyên\u0007viên"),
        ("rank", ["01.003"]),
    ],
)
def test_unfit_value_is_refused_by_field(
    session: Session, actor: Actor, house: House, field: str, value: object
) -> None:
    """A value that cannot be right is refused with its field and row."""
    newcomer = replace(Newcomer(house.unit.id, "Nguyễn Văn An"), **{field: value})  # type: ignore[arg-type]  # a table of fields

    with pytest.raises(BadValue) as refused:
        appoint(session, actor, [newcomer])

    assert (refused.value.fields["field"], refused.value.fields["row"]) == (field, 0)


@pytest.mark.parametrize("role", ["head", "auditor", None])
def test_who_may_only_look_appoints_nobody(session: Session, actor: Actor, house: House, role: str | None) -> None:
    """Heads, auditors and people without a role appoint nobody."""
    (account,) = hire(session, actor, house.department, "Lê Chi")
    if role:
        give(session, account, role, house.department)

    with pytest.raises(NotAllowed):
        appoint(session, acting(actor, account), [Newcomer(house.unit.id, "Lê An")])


def test_hr_appoints_nobody_elsewhere(session: Session, actor: Actor, house: House) -> None:
    """One newcomer outside the actor's agencies refuses the whole batch."""
    (account,) = hire(session, actor, house.department, "Lê Chi")
    give(session, account, "hr", house.department)
    hr = acting(actor, account)

    with pytest.raises(NotAllowed):
        appoint(session, hr, [Newcomer(house.unit.id, "Lê An"), Newcomer(house.province.id, "Lê Bình")])

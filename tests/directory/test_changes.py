"""Records that change and officials who move."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import BadValue, NotAllowed, OfficialExists, WrongState
from directory.lifecycle import Change, Newcomer, Transfer, appoint, change, transfer
from directory.officials import birth_digest, open_field
from tests.book import LONG_AGO, House, acting, address_of, give, hire

PERSONAL_ID = "068090001234"


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of an official with personal data."""
    newcomer = Newcomer(
        house.unit.id,
        "Nguyễn Văn An",
        title="Chuyên viên",
        personal_id=PERSONAL_ID,
        birth_date=date(1990, 5, 1),
        valid_from=LONG_AGO,
    )
    (account,) = appoint(session, actor, [newcomer])
    session.query(Due).delete()
    return account


def posts(session: Session, account: Account) -> list[tuple[int, date, date | None]]:
    """Give where the official was from when to when."""
    rows = session.scalars(
        select(Appointment).where(Appointment.official_id == account.official_id).order_by(Appointment.valid_from)
    )
    return [(row.agency_id, row.valid_from, row.valid_to) for row in rows]


def test_changed_name_is_parted_and_indexed_anew(session: Session, actor: Actor, account: Account) -> None:
    """A new name moves its parts and the index of name and birth date."""
    (official,) = change(session, actor, [Change(account.official_id, {"full_name": "NGUYỄN THỊ ÁNH"})])

    assert (official.family, official.middle, official.given) == ("Nguyễn", "Thị", "Ánh")
    assert official.birth_date_index == birth_digest(session, "nguyen thi anh", "1990-05-01")


def test_changed_name_keeps_the_address_and_is_due(session: Session, actor: Actor, account: Account) -> None:
    """After a change of name the address stays and the entry must follow."""
    change(session, actor, [Change(account.official_id, {"full_name": "Nguyễn Thị Ánh"})])

    assert address_of(session, account) == "annv@tinh.gov.vn"
    assert session.get(Due, ("account", account.id)) is not None


def test_sealed_fields_change_sealed(session: Session, actor: Actor, account: Account) -> None:
    """Personal data is changed and cleared under seal."""
    (official,) = change(
        session,
        actor,
        [Change(account.official_id, {"phone": "0912345678", "personal_id": None, "title": "Trưởng phòng"})],
    )

    assert open_field(session, official, "phone") == "0912345678"
    assert official.phone is not None
    assert b"0912345678" not in official.phone
    assert (official.personal_id, official.personal_id_index) == (None, None)


def test_audit_tells_old_and_new_but_nothing_sealed(session: Session, actor: Actor, account: Account) -> None:
    """The audit shows old and new titles, of personal data only that it changed."""
    change(session, actor, [Change(account.official_id, {"phone": "0912345678", "title": "Trưởng phòng"})])

    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "official.changed")).one()
    assert event.detail == {"phone": "changed", "title": ["Chuyên viên", "Trưởng phòng"]}


def test_same_values_change_nothing(session: Session, actor: Actor, account: Account) -> None:
    """Writing what stands there already leaves neither an event nor something due."""
    same = {"full_name": "Nguyễn Văn An", "personal_id": PERSONAL_ID, "birth_date": date(1990, 5, 1), "rank": None}

    change(session, actor, [Change(account.official_id, same)])

    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "official.changed")).all() == []
    assert session.scalars(select(Due)).all() == []


@pytest.mark.parametrize(
    "field", ["id", "public_id", "name_key", "state", "agency_id", "role", "number", "created_at", "personal_id_index"]
)
def test_other_columns_cannot_be_written(session: Session, actor: Actor, account: Account, field: str) -> None:
    """Only the fields of a record can be changed, whatever a request names."""
    with pytest.raises(BadValue):
        change(session, actor, [Change(account.official_id, {field: "1"})])


def test_personal_id_of_another_is_refused(session: Session, actor: Actor, house: House, account: Account) -> None:
    """An official cannot be given the personal ID of another."""
    (other,) = hire(session, actor, house.unit, "Lê Bình")

    with pytest.raises(OfficialExists):
        change(session, actor, [Change(other.official_id, {"personal_id": PERSONAL_ID})])


def test_foreign_record_is_not_changed(session: Session, actor: Actor, house: House, account: Account) -> None:
    """HR of one agency changes no record of another."""
    (other,) = hire(session, actor, house.elsewhere, "Lê Bình")
    give(session, other, "hr", house.elsewhere)

    with pytest.raises(NotAllowed):
        change(session, acting(actor, other), [Change(account.official_id, {"title": "x"})])


def test_transferred_official_keeps_account_and_address(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """The post here ends on the day on which the post there begins, the address stays, the entry must follow."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, "Phó giám đốc")])

    assert posts(session, account) == [
        (house.unit.id, LONG_AGO, actor.today),
        (house.elsewhere.id, actor.today, None),
    ]
    assert address_of(session, account) == "annv@tinh.gov.vn"
    assert session.get(Due, ("account", account.id)) is not None


def test_transfer_can_begin_later(session: Session, actor: Actor, house: House, account: Account) -> None:
    """A transfer of next month leaves the present post until then."""
    later = actor.today + timedelta(days=30)

    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=later)])

    assert posts(session, account) == [(house.unit.id, LONG_AGO, later), (house.elsewhere.id, later, None)]


def test_transfer_on_the_first_day_puts_the_post_right(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """A transfer on the day on which the post began corrects that post."""
    transfer(session, actor, [Transfer(account.official_id, house.department.id)])

    transfer(session, actor, [Transfer(account.official_id, house.province.id)])

    assert posts(session, account) == [(house.unit.id, LONG_AGO, actor.today), (house.province.id, actor.today, None)]


def test_transfer_before_the_present_post_is_refused(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """A post cannot end before it began."""
    early = Transfer(account.official_id, house.province.id, valid_from=LONG_AGO - timedelta(days=1))

    with pytest.raises(BadValue):
        transfer(session, actor, [early])


@pytest.mark.parametrize("mine", ["unit", "elsewhere"])
def test_transfer_needs_rights_at_both_ends(
    session: Session, actor: Actor, house: House, account: Account, mine: str
) -> None:
    """Who may appoint only at one of the two agencies can neither push nor pull."""
    agency: Agency = getattr(house, mine)
    (officer,) = hire(session, actor, agency, "Lê Bình")
    give(session, officer, "hr", agency)

    with pytest.raises(NotAllowed):
        transfer(session, acting(actor, officer), [Transfer(account.official_id, house.elsewhere.id)])


def test_transfer_to_a_closed_agency_is_refused(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Nobody moves to an agency that is closed."""
    session.execute(update(Domain).values(state="retiring"))
    house.elsewhere.valid_to = actor.today

    with pytest.raises(WrongState):
        transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id)])

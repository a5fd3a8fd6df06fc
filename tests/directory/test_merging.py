"""Two records of one person become one; long because all that a record has is merged, and each of it has a test."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.appointments import Appointment, posts_of
from directory.base import Actor
from directory.credentials.tables import AppPassword, SignInSession
from directory.due import Due
from directory.errors import BadValue, Merged, NotAllowed, OutOfService
from directory.grants import Grant
from directory.lifecycle import (
    Change,
    Leaving,
    Merging,
    Newcomer,
    RoleOpening,
    appoint,
    change,
    enlist,
    leave,
    merge,
    open_role_mailbox,
)
from directory.mailboxes import Holding
from directory.officials import open_field
from tests.book import LONG_AGO, House, acting, address_of, give, hire, mailbox_of
from tests.directory.test_suspension import app_password, sign_in


@dataclass(frozen=True)
class Pair:
    """Two records of one person: the one that goes on, and the other."""

    survivor: Account
    other: Account

    @property
    def merging(self) -> Merging:
        """The request to merge them."""
        return Merging(self.survivor.official_id, self.other.official_id, "Trùng hồ sơ")


@pytest.fixture
def pair(session: Session, actor: Actor, house: House) -> Pair:
    """Give two records of the same name in the department."""
    return Pair(*hire(session, actor, house.department, "Nguyễn Văn An", "Nguyễn Văn An"))


def test_other_account_is_closed(session: Session, actor: Actor, pair: Pair) -> None:
    """One account goes on, the other is closed with all that opened it."""
    made = app_password(session, actor, pair.other, mailbox_of(session, pair.other))
    opened = sign_in(session, actor, pair.other)

    merge(session, actor, [pair.merging])

    session.refresh(made)
    session.refresh(opened)
    assert (pair.survivor.state, pair.other.state) == ("active", "disabled")
    assert (made.revoked_at, opened.ended_at) == (actor.now, actor.now)
    assert mailbox_of(session, pair.other).kept_until == date(2027, 5, 22)


def test_credentials_of_the_survivor_live(session: Session, actor: Actor, pair: Pair) -> None:
    """Who goes on is signed in as before."""
    app_password(session, actor, pair.survivor, mailbox_of(session, pair.survivor))
    sign_in(session, actor, pair.survivor)

    merge(session, actor, [pair.merging])

    assert session.scalars(select(AppPassword.revoked_at)).all() == [None]
    assert session.scalars(select(SignInSession.ended_at)).all() == [None]


def test_addresses_become_aliases_of_the_survivor(session: Session, actor: Actor, pair: Pair) -> None:
    """Mail to either address comes to the one mailbox that is open."""
    theirs = address_of(session, pair.other)
    own = address_of(session, pair.survivor)

    merge(session, actor, [pair.merging])

    rows = session.execute(select(Address.address, Address.kind, Address.mailbox_id)).all()
    box = mailbox_of(session, pair.survivor).id
    assert sorted(rows) == sorted([(own, "primary", box), (theirs, "alias", box)])


def test_address_leaves_one_entry_before_it_comes_into_the_other(session: Session, actor: Actor, pair: Pair) -> None:
    """The entry that gives an address up is written first: no two have it, and the target would refuse."""
    session.query(Due).delete()

    merge(session, actor, [pair.merging])

    urgent = {row.subject_id: row.urgent for row in session.scalars(select(Due).where(Due.subject == "account"))}
    assert urgent == {pair.survivor.id: False, pair.other.id: True}


def test_roles_and_holdings_are_not_handed_on(session: Session, actor: Actor, house: House, pair: Pair) -> None:
    """What the other account could do is given anew by whoever may give it, never by a merge."""
    give(session, pair.other, "hr", house.department)
    open_role_mailbox(session, actor, [RoleOpening(house.unit.id, "Văn thư", "vanthu@tinh.gov.vn", [pair.other.id])])

    merge(session, actor, [pair.merging])

    grants = session.execute(select(Grant.account_id, Grant.valid_to)).all()
    holdings = session.execute(select(Holding.account_id, Holding.valid_to)).all()
    assert grants == holdings == [(pair.other.id, actor.today)]


def test_posts_that_do_not_overlap_come_along(session: Session, actor: Actor, house: House) -> None:
    """What the other record told of earlier years stands in the one that goes on."""
    old, new = hire(session, actor, house.department, "Lê Bình", "Lê Bình")
    leave(session, actor, [Leaving(old.official_id, date(2022, 12, 31))])
    post = posts_of(session, [new.official_id], actor.today)[new.official_id]
    post.valid_from = date(2024, 1, 1)
    session.flush()

    merge(session, actor, [Merging(new.official_id, old.official_id)])

    rows = session.execute(
        select(Appointment.official_id, Appointment.valid_from, Appointment.valid_to).order_by(
            Appointment.official_id.desc(), Appointment.valid_from
        )
    ).all()
    assert rows == [
        (new.official_id, LONG_AGO, date(2023, 1, 1)),
        (new.official_id, date(2024, 1, 1), None),
        (old.official_id, actor.today, actor.today),
    ]


def test_posts_that_overlap_end_where_they_are(session: Session, actor: Actor, pair: Pair) -> None:
    """A post that both records tell of stays once."""
    merge(session, actor, [pair.merging])

    posts = select(Appointment.valid_to).where(Appointment.official_id == pair.other.official_id)
    assert session.scalars(posts).all() == [actor.today]


def test_what_only_the_other_knew_comes_along(session: Session, actor: Actor, house: House) -> None:
    """Personal data of the other record is sealed anew, and found under the one that goes on."""
    first, second = enlist(
        session,
        actor,
        [
            Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO, phone="0912345678"),
            Newcomer(
                house.unit.id,
                "Lê Bình",
                valid_from=LONG_AGO,
                phone="0987654321",
                personal_id="001085000123",
                birth_date=date(1985, 3, 2),
                staff_number="NV7",
            ),
        ],
    )

    merge(session, actor, [Merging(first.id, second.id)])

    known = [open_field(session, first, field) for field in ("phone", "personal_id", "birth_date")]
    assert (known, first.staff_number) == (["0912345678", "001085000123", "1985-03-02"], "NV7")
    assert first.personal_id_index is not None
    assert first.birth_date_index is not None


def test_merged_record_is_found_by_nothing(session: Session, actor: Actor, house: House) -> None:
    """No list finds the closed record again, and nothing personal is left in it."""
    stays, goes = enlist(
        session,
        actor,
        [
            Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO),
            Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO, personal_id="001085000123", staff_number="NV7"),
        ],
    )

    merge(session, actor, [Merging(stays.id, goes.id)])

    columns = (goes.personal_id, goes.personal_id_index, goes.birth_date_index, goes.staff_number, goes.phone)
    assert (columns, goes.merged_into_id) == ((None,) * 5, stays.id)


def test_account_comes_along_where_there_is_only_one(session: Session, actor: Actor, house: House) -> None:
    """A record without an account takes over the other's: an official has one account for life."""
    (listed,) = enlist(session, actor, [Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO)])
    (account,) = appoint(session, actor, [Newcomer(house.unit.id, "Lê Bình", valid_from=LONG_AGO)])

    merge(session, actor, [Merging(listed.id, account.official_id)])

    assert (account.official_id, account.state, address_of(session, account)) == (
        listed.id,
        "pending",
        "binhl@tinh.gov.vn",
    )


def test_different_persons_are_not_merged(session: Session, actor: Actor, house: House) -> None:
    """Two personal ID numbers are two persons, or a mistake that is corrected first."""
    people = [Newcomer(house.unit.id, "Lê Bình", personal_id=number) for number in ("001085000123", "001085000124")]
    first, second = enlist(session, actor, people)

    with pytest.raises(BadValue):
        merge(session, actor, [Merging(first.id, second.id)])


def test_same_number_can_be_corrected_first(session: Session, actor: Actor, house: House) -> None:
    """After the wrong number was taken out, the records are merged."""
    people = [Newcomer(house.unit.id, "Lê Bình", personal_id=number) for number in ("001085000123", "001085000124")]
    first, second = enlist(session, actor, people)
    change(session, actor, [Change(second.id, {"personal_id": None})])

    merge(session, actor, [Merging(first.id, second.id)])

    assert second.merged_into_id == first.id


@pytest.mark.parametrize("other", [0, 1])
def test_record_is_merged_once(session: Session, actor: Actor, house: House, pair: Pair, other: int) -> None:
    """What was merged goes on nowhere else, on neither side."""
    (third,) = hire(session, actor, house.department, "Nguyễn Văn An")
    merge(session, actor, [pair.merging])
    ids = (pair.other.official_id, third.official_id)

    with pytest.raises(Merged):
        merge(session, actor, [Merging(ids[other], ids[1 - other])])


def test_record_is_not_merged_with_itself(session: Session, actor: Actor, pair: Pair) -> None:
    """One record is not two."""
    with pytest.raises(BadValue):
        merge(session, actor, [Merging(pair.other.official_id, pair.other.official_id)])


def test_who_is_in_service_does_not_go_on_as_one_who_left(session: Session, actor: Actor, pair: Pair) -> None:
    """The record of somebody in service is the one that goes on."""
    leave(session, actor, [Leaving(pair.survivor.official_id)])

    with pytest.raises(OutOfService):
        merge(session, actor, [pair.merging])


@pytest.mark.parametrize(("own", "theirs"), [(None, 7), (9, 7), (7, 7), (7, None)])
def test_leaving_that_is_planned_is_not_forgotten(
    session: Session, actor: Actor, pair: Pair, own: int | None, theirs: int | None
) -> None:
    """A day on which only the other record leaves is not lost with it: a person says which day holds."""
    days = ((pair.survivor, own), (pair.other, theirs))
    planned = [Leaving(each.official_id, actor.today + timedelta(days)) for each, days in days if days]
    leave(session, actor, planned)

    with nullcontext() if theirs in (own, None) else pytest.raises(BadValue):
        merge(session, actor, [pair.merging])

    assert pair.survivor.official.leaves_on == (actor.today + timedelta(own + 1) if own else None)


@pytest.mark.parametrize("side", ["survivor", "other"])
@pytest.mark.parametrize("role", ["operator", "agency_it", "hr"])
def test_nobody_merges_into_or_away_an_equal_or_superior(
    session: Session, actor: Actor, house: House, pair: Pair, side: str, role: str
) -> None:
    """HR merges nobody of the same or a higher rank, on neither side."""
    (clerk,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, clerk, "hr", house.department)
    give(session, getattr(pair, side), role, house.unit)

    with pytest.raises(NotAllowed):
        merge(session, acting(actor, clerk), [pair.merging])


@pytest.mark.parametrize("side", ["survivor", "other"])
def test_nobody_is_merged_across_foreign_agencies(
    session: Session, actor: Actor, house: House, pair: Pair, side: str
) -> None:
    """HR draws nobody of another agency into a merge."""
    (clerk,) = hire(session, actor, house.department, "Lê Thị Chi")
    (foreign,) = hire(session, actor, house.elsewhere, "Nguyễn Văn An")
    give(session, clerk, "hr", house.department)
    ids = (foreign.official_id, pair.other.official_id)

    with pytest.raises(NotAllowed):
        merge(session, acting(actor, clerk), [Merging(*(ids if side == "survivor" else ids[::-1]))])


def test_address_of_another_person_is_not_moved_by_hand(session: Session, pair: Pair) -> None:
    """Going round the code, an address in use goes only to the record that its owner was merged into."""
    boxes = {"own": mailbox_of(session, pair.survivor).id, "other": mailbox_of(session, pair.other).id}
    statement = text("UPDATE addresses SET mailbox_id = :own, kind = 'alias' WHERE mailbox_id = :other")

    with pytest.raises(DBAPIError):
        session.execute(statement, boxes)


def test_record_is_not_merged_into_itself_by_hand(session: Session, pair: Pair) -> None:
    """Going round the code, no record takes the place of itself."""
    with pytest.raises(DBAPIError):
        session.execute(text("UPDATE officials SET merged_into_id = id"))

"""Personal data: masked on pages, revealed one field at a time, for a reason, with a fresh second factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import BadValue, FactorNeeded, NotAllowed, NotFound, RevealsSpent, SealBroken
from directory.lifecycle import Newcomer, appoint
from directory.lifecycle.revealing import A_DAY, Revealing, reveal
from directory.officials import SEALED, open_field
from directory.people import masked_of, record_of
from directory.people.masks import masked
from tests.book import LONG_AGO, House, acting, give, hire

VALUES = {
    "personal_id": "068090001234",
    "birth_date": "1990-05-01",
    "phone": "0912345678",
    "personal_mail": "an.nguyen@vidu.vn",
}


@pytest.fixture
def official(session: Session, actor: Actor, house: House) -> Account:
    """Give an official with personal data."""
    person = Newcomer(
        house.unit.id,
        "Nguyễn Văn An",
        valid_from=LONG_AGO,
        **VALUES | {"birth_date": date(1990, 5, 1)},  # type: ignore[arg-type]  # a table of fields
    )
    (account,) = appoint(session, actor, [person])
    return account


@pytest.fixture
def hr(session: Session, actor: Actor, house: House) -> Actor:
    """Give HR of the department, who has just shown the second factor."""
    return somebody(session, actor, house, "hr")


def somebody(session: Session, actor: Actor, house: House, role: str) -> Actor:
    """Give somebody with a role over the department and a fresh second factor."""
    (account,) = hire(session, actor, house.department, "Lê Nhân Sự")
    give(session, account, role, house.department)
    return replace(acting(actor, account), factor_at=actor.now)


@pytest.mark.parametrize("field", SEALED)
def test_field_is_revealed_and_audited(session: Session, hr: Actor, official: Account, field: str) -> None:
    """The value is given once, and the audit has who, which field and why, and never the value."""
    found = reveal(session, hr, [Revealing(official.official_id, field, "Gọi họp khẩn")])

    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "official.revealed")).one()
    assert found == [VALUES[field]]
    assert (event.actor_account_id, event.subject) == (hr.account_id, f"official:{official.official.public_id}")
    assert event.detail == {"field": field, "reason": "Gọi họp khẩn"}


@pytest.mark.parametrize("age", [None, timedelta(minutes=5, seconds=1), timedelta(seconds=-1)])
def test_factor_must_be_fresh(session: Session, hr: Actor, official: Account, age: timedelta | None) -> None:
    """A second factor of more than five minutes ago, or none, reveals nothing."""
    stale = replace(hr, factor_at=None if age is None else hr.now - age)

    with pytest.raises(FactorNeeded):
        reveal(session, stale, [Revealing(official.official_id, "phone", "Gọi")])


@pytest.mark.parametrize("role", ["head", "auditor"])
def test_those_who_only_look_reveal_nothing(
    session: Session, actor: Actor, house: House, official: Account, role: str
) -> None:
    """A head and an auditor see no personal data, not even masked."""
    who = somebody(session, actor, house, role)

    with pytest.raises(NotAllowed):
        reveal(session, who, [Revealing(official.official_id, "phone", "Gọi")])
    assert masked_of(session, who, record_of(session, who, official.official.public_id)) == {}


def test_those_of_other_agencies_reveal_nothing(
    session: Session, actor: Actor, house: House, official: Account
) -> None:
    """HR of another agency is refused, as is an official without a role."""
    (account,) = hire(session, actor, house.elsewhere, "Lê Khác")
    for role in (None, "hr"):
        if role:
            give(session, account, role, house.elsewhere)
        with pytest.raises(NotAllowed):
            reveal(
                session,
                replace(acting(actor, account), factor_at=actor.now),
                [Revealing(official.official_id, "phone", "Gọi")],
            )


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Revealing(0, "phone", " "), BadValue),
        (Revealing(0, "full_name", "Gọi"), BadValue),
        (Revealing(0, "personal_id_index", "Gọi"), BadValue),
        (Revealing(-1, "phone", "Gọi"), NotFound),
    ],
)
def test_wrong_question_reveals_nothing(
    session: Session, hr: Actor, official: Account, wanted: Revealing, error: type[Exception]
) -> None:
    """Without a reason, for another column, or of nobody nothing is revealed."""
    asked = replace(wanted, official_id=wanted.official_id or official.official_id)

    with pytest.raises(error):
        reveal(session, hr, [asked])


def test_reveals_of_a_day_are_limited(session: Session, hr: Actor, official: Account) -> None:
    """Whoever collects personal data is stopped, and may go on the next day."""
    wanted = Revealing(official.official_id, "phone", "Gọi")
    for _ in range(A_DAY):
        reveal(session, hr, [wanted])

    with pytest.raises(RevealsSpent):
        reveal(session, hr, [wanted])
    tomorrow = hr.now + timedelta(days=1)
    assert reveal(session, replace(hr, now=tomorrow, factor_at=tomorrow), [wanted]) == [VALUES["phone"]]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("personal_id", "079090000012", "0790••••••12"),
        ("phone", "0912345678", "091•••••78"),
        ("birth_date", "1990-05-01", "••/••/1990"),
        ("personal_mail", "an.nguyen@vidu.vn", "a•••••@vidu.vn"),
    ],
)
def test_masks_hide_enough(field: str, value: str, shown: str) -> None:
    """A mask lets one tell whether it is the right value, and no more."""
    assert masked(field, value) == shown


def test_page_has_masks_for_those_who_might_reveal(session: Session, hr: Actor, official: Account) -> None:
    """HR sees a mask of each field that is recorded."""
    found = masked_of(session, hr, record_of(session, hr, official.official.public_id))

    assert found == {field: masked(field, value) for field, value in VALUES.items()}


@pytest.mark.parametrize("field", SEALED)
def test_ciphertext_opens_in_its_own_row_and_column_only(
    session: Session, actor: Actor, house: House, official: Account, field: str
) -> None:
    """A value moved to another person, or to another column of the same person, does not open."""
    (other,) = hire(session, actor, house.unit, "Lê Bình")
    column = next(each for each in SEALED if each != field)
    session.execute(
        text(f"UPDATE officials SET {field} = (SELECT {field} FROM officials WHERE id = :id) WHERE id = :other"),
        {"id": official.official_id, "other": other.official_id},
    )
    session.execute(text(f"UPDATE officials SET {column} = {field} WHERE id = :id"), {"id": official.official_id})
    session.expire_all()

    for account, moved in ((other, field), (official, column)):
        with pytest.raises(SealBroken):
            open_field(session, account.official, moved)

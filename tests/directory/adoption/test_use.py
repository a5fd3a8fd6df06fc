"""Days of use are marked once, by day, and forgotten in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from directory.adoption import Kind, forget_use, mark_sign_ins, mark_use, thin_use
from directory.adoption.tables import UseDay
from directory.base import public_id
from directory.credentials.tables import SignInSession
from tests.directory.adoption.people import Country

DAY = date(2026, 11, 23)


def marks(country: Country) -> list[tuple[date, bool, bool, bool]]:
    """Give all days of use as (day, signed in, sent, read)."""
    columns = UseDay.__table__.c
    rows = country.session.execute(
        select(columns.day, columns.signed_in, columns.sent, columns.read).order_by(columns.day)
    )
    return [tuple(row) for row in rows]


def sign_in(country: Country, account_id: int, at: datetime, stage: str = "full") -> None:
    """Begin a session of the portal."""
    country.session.add(
        SignInSession(
            digest=public_id().encode(),
            account_id=account_id,
            stage=stage,
            started_at=at,
            seen_at=at,
            expires_at=at + timedelta(hours=12),
            idle_minutes=15,
            source="127.0.0.1",
            browser="",
        )
    )
    country.session.flush()


@pytest.mark.parametrize("kind", ["signed_in", "sent", "read"])
def test_marking_twice_is_marking_once(country: Country, kind: Kind) -> None:
    """A day that is marked again stays one row."""
    account = country.account(country.unit)

    mark_use(country.session, DAY, [account.id, account.id], kind)
    mark_use(country.session, DAY, [account.id], kind)

    assert marks(country) == [(DAY, kind == "signed_in", kind == "sent", kind == "read")]


def test_marks_of_a_day_stand_together(country: Country) -> None:
    """Sending and reading on one day make one row with both marks."""
    account = country.account(country.unit)

    mark_use(country.session, DAY, [account.id], "sent")
    mark_use(country.session, DAY, [account.id], "read")

    assert marks(country) == [(DAY, False, True, True)]


def test_nobody_to_mark_is_fine(country: Country) -> None:
    """An empty batch marks nothing."""
    mark_use(country.session, DAY, [], "sent")

    assert marks(country) == []


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 22, 16, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 17, 0, tzinfo=UTC), date(2026, 11, 23)),
    ],
)
def test_portal_sign_in_counts_on_the_vietnamese_day(country: Country, at: datetime, day: date) -> None:
    """A session begun at 17:00 UTC belongs to the next day in Viet Nam."""
    sign_in(country, country.account(country.unit).id, at)

    mark_sign_ins(country.session, at - timedelta(hours=1))

    assert marks(country) == [(day, True, False, False)]


def test_password_alone_is_no_sign_in(country: Country) -> None:
    """A session that never showed the second factor is no use."""
    at = datetime(2026, 11, 22, 3, tzinfo=UTC)
    sign_in(country, country.account(country.unit).id, at, "password")

    mark_sign_ins(country.session, at - timedelta(hours=1))

    assert marks(country) == []


def test_two_sign_ins_on_a_day_are_one_mark(country: Country) -> None:
    """Several sessions of a day make one row, also when it is there already."""
    account = country.account(country.unit)
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    sign_in(country, account.id, at)
    sign_in(country, account.id, at + timedelta(hours=1))
    mark_use(country.session, DAY, [account.id], "sent")

    mark_sign_ins(country.session, at)

    assert marks(country) == [(DAY, True, True, False)]


def test_old_days_are_forgotten(country: Country) -> None:
    """A day of use older than 400 days is deleted, a younger one stays."""
    account = country.account(country.unit)
    mark_use(country.session, DAY - timedelta(days=401), [account.id], "sent")
    mark_use(country.session, DAY - timedelta(days=400), [account.id], "sent")

    forgotten = forget_use(country.session, DAY)

    assert (forgotten, len(marks(country))) == (1, 1)


@pytest.mark.parametrize(("age", "kept"), [(99, 3), (160, 2)], ids=["young", "old"])
def test_old_months_keep_their_last_day(country: Country, age: int, kept: int) -> None:
    """Of a month that is long over only the last day of use stays, for each account; younger days all stay."""
    first, second = (country.account(country.unit).id for _ in range(2))
    middle = (DAY - timedelta(days=age)).replace(day=15) if age > 100 else DAY - timedelta(days=age)
    mark_use(country.session, middle, [first, second], "sent")
    mark_use(country.session, middle + timedelta(days=2), [first], "sent")

    thin_use(country.session, DAY)

    assert len(marks(country)) == kept

"""Posts beside the primary one: concurrent, seconded with a return, acting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment, held_on
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import BadValue, NotAllowed, NotFound, OutOfService, PostHeld
from directory.lifecycle import Leaving, PostEnd, Posting, assign, end_posts, leave, second
from tests.book import House, acting, give, hire
from tests.directory.test_leaving import FRIDAY


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody of the department."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


@pytest.fixture
def secondment(house: House, account: Account) -> Posting:
    """Give a secondment to the other province until the end of the week."""
    return Posting(account.official_id, house.elsewhere.id, "secondment", "Chuyên viên", None, None, FRIDAY)


def kinds_on(session: Session, account: Account, day: date) -> list[str]:
    """Give the kinds of the posts that somebody holds on a day."""
    held = select(Appointment.kind).where(Appointment.official_id == account.official_id, held_on(day))
    return sorted(session.scalars(held))


def test_who_is_seconded_returns_on_the_planned_day(
    session: Session, actor: Actor, account: Account, secondment: Posting
) -> None:
    """The primary post goes on during a secondment, which ends by itself after its last day."""
    second(session, actor, [secondment])

    assert kinds_on(session, account, FRIDAY) == ["primary", "secondment"]
    assert kinds_on(session, account, FRIDAY + timedelta(days=1)) == ["primary"]


@pytest.mark.parametrize("last_day", [FRIDAY - timedelta(days=2), FRIDAY + timedelta(days=30)])
def test_return_comes_earlier_or_later(
    session: Session, actor: Actor, account: Account, secondment: Posting, last_day: date
) -> None:
    """The planned return can be put earlier and later."""
    (post,) = second(session, actor, [secondment])

    end_posts(session, actor, [PostEnd(post.id, last_day)])

    assert post.valid_to == last_day + timedelta(days=1)


def test_acting_post_has_no_end_unless_said(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Somebody acts as head until a decision says otherwise."""
    (post,) = assign(session, actor, [Posting(account.official_id, house.unit.id, "acting", "Quyền Trưởng phòng")])

    assert (post.valid_from, post.valid_to, post.kind) == (actor.today, None, "acting")


def test_posts_are_audited_where_they_are_held(
    session: Session, actor: Actor, house: House, secondment: Posting
) -> None:
    """The agency that gets somebody for a while reads it in its audit."""
    second(session, actor, [secondment])

    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "post.given")).one()
    assert (event.agency_id, event.detail["last_day"]) == (house.elsewhere.id, FRIDAY.isoformat())


def test_post_that_ends_at_once_is_not_held_today(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """Without a last day a post is held no longer today, and one that has not begun is called off."""
    later = Posting(account.official_id, house.unit.id, "acting", "Quyền Trưởng phòng", valid_from=FRIDAY)
    now = replace(later, title="Phụ trách", valid_from=date(2026, 1, 1))
    posts = assign(session, actor, [later, now])

    end_posts(session, actor, [PostEnd(post.id) for post in posts])

    assert [(post.valid_from, post.valid_to) for post in posts] == [
        (FRIDAY, FRIDAY),
        (date(2026, 1, 1), actor.today),
    ]


def test_second_secondment_in_the_same_days_is_refused(
    session: Session, actor: Actor, house: House, account: Account, secondment: Posting
) -> None:
    """Nobody is seconded to two places at once; the refusal says which row."""
    second(session, actor, [secondment])

    with pytest.raises(PostHeld) as refused:
        second(session, actor, [replace(secondment, agency_id=house.province.id)])

    assert refused.value.fields["row"] == 0


def test_same_post_twice_is_refused(session: Session, actor: Actor, house: House, account: Account) -> None:
    """The same concurrent post is not given twice, also not within one batch."""
    post = Posting(account.official_id, house.unit.id, "concurrent", "Ủy viên")

    with pytest.raises(PostHeld) as refused:
        assign(session, actor, [post, post])

    assert refused.value.fields["row"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last_day": None}, "last_day"),
        ({"last_day": date(2026, 11, 20)}, "last_day"),
        ({"kind": "primary"}, "kind"),
        ({"kind": "guest"}, "kind"),
        ({"title": "x" * 300}, "title"),
    ],
)
def test_impossible_post_is_refused(
    session: Session, actor: Actor, secondment: Posting, change: dict[str, Any], field: str
) -> None:
    """A secondment without a return, days in the wrong order, another kind: refused at the field."""
    with pytest.raises(BadValue) as refused:
        assign(session, actor, [replace(secondment, **change)])

    assert (refused.value.fields["row"], refused.value.fields["field"]) == (0, field)


def test_secondment_leads_elsewhere(session: Session, actor: Actor, house: House, secondment: Posting) -> None:
    """Nobody is seconded to the own agency."""
    with pytest.raises(BadValue):
        second(session, actor, [replace(secondment, agency_id=house.department.id)])


def test_post_after_the_last_day_in_service_is_refused(
    session: Session, actor: Actor, account: Account, secondment: Posting
) -> None:
    """Who leaves is not seconded beyond the last day."""
    leave(session, actor, [Leaving(account.official_id, FRIDAY - timedelta(days=1))])

    with pytest.raises(BadValue):
        second(session, actor, [secondment])


def test_who_has_left_gets_no_post(session: Session, actor: Actor, account: Account, secondment: Posting) -> None:
    """Who has left takes up no post beside none."""
    leave(session, actor, [Leaving(account.official_id)])

    with pytest.raises(OutOfService):
        second(session, actor, [secondment])


def test_leaving_ends_every_post(session: Session, actor: Actor, account: Account, secondment: Posting) -> None:
    """Who leaves holds no post any more, beside the primary one neither."""
    second(session, actor, [secondment])

    leave(session, actor, [Leaving(account.official_id)])

    assert kinds_on(session, account, actor.today) == []


def test_primary_post_is_not_ended_alone(session: Session, actor: Actor, account: Account) -> None:
    """The primary post ends by a transfer or by leaving, not beside them."""
    primary = session.scalars(select(Appointment.id).where(Appointment.official_id == account.official_id)).one()

    with pytest.raises(NotFound):
        end_posts(session, actor, [PostEnd(primary)])


def test_post_that_has_ended_is_not_ended_again(
    session: Session, actor: Actor, account: Account, secondment: Posting
) -> None:
    """What is over stays as it is."""
    (post,) = second(session, actor, [secondment])
    end_posts(session, actor, [PostEnd(post.id)])

    with pytest.raises(BadValue):
        end_posts(session, actor, [PostEnd(post.id, FRIDAY)])


@pytest.mark.parametrize("home", ["department", "elsewhere"])
def test_both_agencies_must_be_the_actor_s(
    session: Session, actor: Actor, house: House, secondment: Posting, home: str
) -> None:
    """HR of one of the two agencies alone neither seconds nor calls back."""
    (clerk,) = hire(session, actor, getattr(house, home), "Lê Thị Chi")
    give(session, clerk, "hr", getattr(house, home))
    (post,) = second(session, actor, [secondment])

    with pytest.raises(NotAllowed):
        second(session, acting(actor, clerk), [secondment])
    with pytest.raises(NotAllowed):
        end_posts(session, acting(actor, clerk), [PostEnd(post.id)])


@pytest.mark.parametrize(
    ("kind", "agency", "title", "until"),
    [
        ("secondment", "H36", "khác", "'2026-12-31'"),
        ("secondment", "H37", "Chuyên viên", "NULL"),
        ("primary", "H37", "Chuyên viên", "NULL"),
    ],
)
def test_impossible_posts_are_refused_by_postgresql(
    session: Session, actor: Actor, secondment: Posting, kind: str, agency: str, title: str, until: str
) -> None:
    """Going round the code: no two secondments in the same days, none without a return, no two primary posts."""
    second(session, actor, [secondment])
    statement = text(
        "INSERT INTO appointments (official_id, agency_id, kind, title, valid_from, valid_to)"
        f" SELECT :official, id, :kind, :title, DATE '2026-11-25', {until} FROM agencies WHERE code = :agency"
    )

    with pytest.raises(IntegrityError):
        session.execute(statement, {"official": secondment.official_id, "kind": kind, "title": title, "agency": agency})


def test_same_post_twice_is_refused_by_postgresql(session: Session, actor: Actor, secondment: Posting) -> None:
    """Going round the code: the same concurrent post is not held twice in the same days."""
    assign(session, actor, [replace(secondment, kind="concurrent")])
    statement = text(
        "INSERT INTO appointments (official_id, agency_id, kind, title, valid_from)"
        " SELECT official_id, agency_id, kind, title, DATE '2026-11-25' FROM appointments WHERE kind = 'concurrent'"
    )

    with pytest.raises(IntegrityError):
        session.execute(statement)

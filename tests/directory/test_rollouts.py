"""Policies that change: whom they touch, and how what exists already follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.appointments import Appointment
from directory.base import Actor, system
from directory.credentials import open_session
from directory.credentials.sessions import load_session, start_session
from directory.credentials.tables import SignInSession
from directory.due import Due
from directory.errors import NotFound
from directory.lifecycle import (
    Change,
    RoleOpening,
    Setting,
    Transfer,
    Withdrawal,
    change,
    follow_new_posts,
    open_role_mailbox,
    roll_out_next,
    set_policy,
    transfer,
)
from directory.lifecycle import withdraw_policy as withdraw
from directory.mailboxes import Mailbox
from directory.policies import DEFAULTS, MIB, Rollout, effective
from tests.book import House, acting, give, hire
from tests.credentials import enrol

EVERYBODY = {"who": "everybody", "since": None}
NOBODY = {"who": "nobody", "since": None}


@pytest.fixture
def operator(session: Session, actor: Actor, house: House) -> Actor:
    """Give the operator of the first province, who works elsewhere."""
    (account,) = hire(session, actor, house.elsewhere, "Lê Văn Quản")
    give(session, account, "operator", house.province)
    return acting(actor, account)


def quota(rules: dict[str, int], default: int) -> dict[str, object]:
    """Give a rule table of quotas in MB."""
    return {
        "rules": [{"words": words, "value": size * MIB} for words, size in rules.items()],
        "default": default * MIB,
    }


def rolled_out(session: Session, actor: Actor, size: int = 500) -> Rollout:
    """Roll out to the end and give the last rollout."""
    while roll_out_next(session, actor, size):
        pass
    return session.scalars(select(Rollout).order_by(Rollout.id.desc())).first() or pytest.fail("no rollout")


def sizes(session: Session) -> list[int]:
    """Give the sizes of personal mailboxes in MB, the oldest first, without the operator's."""
    found = session.scalars(select(Mailbox.quota_bytes).where(Mailbox.kind == "personal").order_by(Mailbox.id))
    return [size // MIB for size in found][1:]


def test_quota_reaches_mailboxes_by_position(session: Session, operator: Actor, house: House) -> None:
    """A changed quota resizes the mailboxes of those it concerns by their position, and their entries are due."""
    head, other = hire(session, operator, house.department, "Trần Văn Ba", "Lê Thị Tư")
    session.execute(update(Appointment).where(Appointment.official_id == head.official_id).values(title="Giám đốc Sở"))
    session.execute(text("DELETE FROM due"))

    set_policy(session, operator, [Setting(house.province.id, "quota_rules", quota({"giám đốc": 2000}, 500))])
    rollout = rolled_out(session, operator)

    assert sizes(session) == [2000, 500]
    assert (rollout.total, rollout.looked_at, rollout.changed) == (2, 2, 1)
    assert session.get(Due, ("account", head.id)) is not None
    assert session.get(Due, ("account", other.id)) is None


def test_agency_with_its_own_quota_is_left_alone(session: Session, operator: Actor, house: House) -> None:
    """What an agency below has set itself is not touched by what is set above."""
    hire(session, operator, house.department, "Trần Văn Ba")
    hire(session, operator, house.unit, "Lê Thị Tư")
    set_policy(session, operator, [Setting(house.unit.id, "quota_rules", quota({}, 700))])
    rolled_out(session, operator)

    set_policy(session, operator, [Setting(house.province.id, "quota_rules", quota({}, 900))])

    assert rolled_out(session, operator).total == 1
    assert sizes(session) == [900, 700]


def test_withdrawn_policy_is_inherited_again(session: Session, operator: Actor, house: House) -> None:
    """An agency that withdraws its policy gets back what holds above, and its mailboxes with it."""
    hire(session, operator, house.unit, "Lê Thị Tư")
    set_policy(session, operator, [Setting(house.unit.id, "quota_rules", quota({}, 700))])
    rolled_out(session, operator)

    withdraw(session, operator, [Withdrawal(house.unit.id, "quota_rules")])

    rolled_out(session, operator)
    assert effective(session, house.unit, "quota_rules").value == DEFAULTS["quota_rules"]
    assert sizes(session) == [500]


def test_policy_that_is_not_set_is_not_withdrawn(session: Session, operator: Actor, house: House) -> None:
    """Only what an agency has set itself can be withdrawn."""
    with pytest.raises(NotFound):
        withdraw(session, operator, [Withdrawal(house.unit.id, "use_days")])


def test_role_mailboxes_follow(session: Session, operator: Actor, house: House) -> None:
    """A changed quota of role mailboxes resizes those of the agencies that inherit it."""
    (account,) = hire(session, operator, house.department, "Trần Văn Ba")
    opening = RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", (account.id,))
    (mailbox,) = open_role_mailbox(session, operator, [opening])

    set_policy(session, operator, [Setting(house.province.id, "role_quota_bytes", 4096 * MIB)])
    rolled_out(session, operator)

    session.refresh(mailbox)
    assert mailbox.quota_bytes == 4096 * MIB


def test_rollout_goes_on_where_it_was(session: Session, operator: Actor, house: House) -> None:
    """Batch follows batch by id; each is looked at once."""
    hire(session, operator, house.unit, *(f"Lê Văn {'ABCDE'[n]}n" for n in range(5)))
    set_policy(session, operator, [Setting(house.unit.id, "quota_rules", quota({}, 700))])

    roll_out_next(session, operator, 2)
    half = session.scalars(select(Rollout)).one()
    half_way = (half.looked_at, sizes(session).count(700), half.finished_at)
    rolled_out(session, operator, 2)

    assert half_way == (2, 2, None)
    assert (half.looked_at, sizes(session).count(700), half.finished_at) == (5, 5, operator.now)


def test_newer_change_takes_the_place_of_a_rollout(session: Session, operator: Actor, house: House) -> None:
    """A policy that is changed again is rolled out from the beginning; the older rollout is over."""
    hire(session, operator, house.unit, "Lê Thị Tư")
    for size in (700, 800):
        set_policy(session, operator, [Setting(house.unit.id, "quota_rules", quota({}, size))])

    rolled_out(session, operator)

    found = session.scalars(select(Rollout).order_by(Rollout.id)).all()
    assert [(each.looked_at, each.finished_at is not None) for each in found] == [(0, True), (1, True)]
    assert sizes(session) == [800]


def test_two_rollouts_of_one_policy_are_impossible(session: Session, operator: Actor, house: House) -> None:
    """PostgreSQL keeps one open rollout of a policy at an agency."""
    set_policy(session, operator, [Setting(house.unit.id, "quota_rules", quota({}, 700))])

    with pytest.raises(IntegrityError, match="rollouts_one_at_a_time_idx"):
        session.execute(
            text(
                "INSERT INTO rollouts (public_id, agency_id, name, begun_at, starts_on, total)"
                " SELECT 'x', agency_id, name, begun_at, starts_on, total FROM rollouts"
            )
        )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO policies (agency_id, name, value) SELECT min(id), 'anything', '{\"value\": 1}' FROM agencies",
        "INSERT INTO policies (agency_id, name, value) SELECT min(id), 'use_days', '30' FROM agencies",
    ],
)
def test_unknown_policies_are_refused_by_postgresql(session: Session, house: House, statement: str) -> None:
    """A policy that there is not, or a value without its wrapping, cannot be written past the verbs."""
    with pytest.raises(IntegrityError, match=r"policies_(name|value|sound)_check"):
        session.execute(text(statement))


def test_second_factor_signs_out_whoever_has_none(session: Session, operator: Actor, house: House) -> None:
    """When a second factor becomes compulsory, sessions without one end; who has one stays signed in."""
    set_policy(session, operator, [Setting(house.province.id, "second_factor", NOBODY)])
    without, with_ = hire(session, operator, house.unit, "Lê Thị Tư", "Lê Thị Năm")
    enrolled = enrol(session, operator, with_)
    opened = [open_session(session, operator, each, "x") for each in (without, with_)]
    session.execute(
        update(SignInSession)
        .where(SignInSession.account_id == enrolled.id)
        .values(stage="full", factor_at=operator.now)
    )

    set_policy(session, operator, [Setting(house.province.id, "second_factor", EVERYBODY)])
    rolled_out(session, operator)

    session.expire_all()
    assert [load_session(session, operator, each.token) is not None for each in opened] == [False, True]
    assert open_session(session, operator, without, "x").row.stage == "password"


def test_second_factor_waits_for_its_day(session: Session, operator: Actor, house: House) -> None:
    """A second factor that holds from a day on signs nobody out before, and does on that day."""
    set_policy(session, operator, [Setting(house.province.id, "second_factor", NOBODY)])
    rolled_out(session, operator)
    (account,) = hire(session, operator, house.unit, "Lê Thị Tư")
    day = operator.today + timedelta(days=3)
    later = replace(operator, now=operator.now + timedelta(days=3))
    set_policy(
        session, operator, [Setting(house.province.id, "second_factor", {"who": "everybody", "since": str(day)})]
    )

    before = open_session(session, operator, account, "x").row.stage, roll_out_next(session, operator)
    token = start_session(session, later, account, "full", "x")[0]
    rolled_out(session, later)

    session.expire_all()
    assert before == ("full", False)
    assert load_session(session, later, token) is None
    assert open_session(session, later, account, "x").row.stage == "password"


def test_shorter_idle_time_reaches_open_sessions(session: Session, operator: Actor, house: House) -> None:
    """Sessions that are open end as early as the policy says now."""
    (account,) = hire(session, operator, house.unit, "Lê Thị Tư")
    token, row = start_session(session, operator, account, "full", "x")

    set_policy(session, operator, [Setting(house.province.id, "session_idle_minutes", 3)])
    rolled_out(session, operator)

    session.refresh(row)
    late = replace(operator, now=operator.now + timedelta(minutes=3))
    assert (row.idle_minutes, load_session(session, late, token)) == (3, None)


def test_longer_session_brings_none_back(session: Session, operator: Actor, house: House) -> None:
    """A session that is over stays over when sessions may last longer."""
    (account,) = hire(session, operator, house.unit, "Lê Thị Tư")
    token, _ = start_session(session, operator, account, "full", "x")
    late = replace(operator, now=operator.now + timedelta(minutes=20))

    set_policy(session, late, [Setting(house.province.id, "session_idle_minutes", 600)])
    rolled_out(session, late)

    session.expire_all()
    assert load_session(session, late, token) is None


def test_profile_of_level_3_shortens_idle_time(session: Session, operator: Actor, house: House) -> None:
    """Under the profile of level 3 sessions idle for 15 minutes at most, and 5 of those who have a role."""
    set_policy(session, operator, [Setting(house.province.id, "session_idle_minutes", 60)])
    account, chief = hire(session, operator, house.unit, "Lê Thị Tư", "Lê Thị Năm")
    give(session, chief, "head", house.unit)
    rows = [start_session(session, operator, each, "full", "x")[1] for each in (account, chief)]

    set_policy(session, operator, [Setting(house.province.id, "password_profile", "vn-l3")])
    rolled_out(session, operator)

    session.expire_all()
    assert [row.idle_minutes for row in rows] == [15, 5]


def test_mailbox_follows_a_promotion(session: Session, operator: Actor, house: House) -> None:
    """A new title or a transfer gives the mailbox the size of the new position at once."""
    set_policy(session, operator, [Setting(house.province.id, "quota_rules", quota({"giám đốc": 2000}, 500))])
    promoted, moved = hire(session, operator, house.department, "Trần Văn Ba", "Lê Thị Tư")
    anybody = system(operator.now, "test")

    change(session, anybody, [Change(promoted.official_id, {"title": "Phó Giám đốc"})])
    transfer(session, anybody, [Transfer(moved.official_id, house.unit.id, title="Giám đốc")])

    assert sizes(session) == [2000, 2000]


def test_mailbox_follows_a_post_that_begins(session: Session, operator: Actor, house: House) -> None:
    """A post that was planned resizes the mailbox on the day on which it begins, also a few days late."""
    set_policy(session, operator, [Setting(house.province.id, "quota_rules", quota({"giám đốc": 2000}, 500))])
    (account,) = hire(session, operator, house.department, "Trần Văn Ba")
    day = operator.today + timedelta(days=10)
    transfer(
        session,
        system(operator.now, "test"),
        [Transfer(account.official_id, house.unit.id, title="Giám đốc", valid_from=day)],
    )
    before = sizes(session)

    later = system(operator.now + timedelta(days=13), "test")
    last = follow_new_posts(session, later)

    assert (before, sizes(session)) == ([500], [2000])
    assert last == account.id
    assert follow_new_posts(session, later, last) is None

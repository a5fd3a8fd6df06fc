"""Policies that an agency holds: those below may be stricter, never less strict, by no way."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials.obligations import obligations_of
from directory.errors import BadValue, PolicyHeld
from directory.lifecycle import Setting, Withdrawal, foresee, roll_out_next, set_policy, withdraw_policy
from directory.policies import HOLDABLE, Policy, effective
from tests.book import House, hire
from tests.directory.test_suspension import sign_in

ALL = {"who": "everybody", "since": None}
ALL_LATER = {"who": "everybody", "since": "2030-01-01"}
ROLES = {"who": "roles", "since": None}
ROLES_LATER = {"who": "roles", "since": "2030-01-01"}
NOBODY = {"who": "nobody", "since": None}
HELD: list[tuple[str, object, list[object], list[object]]] = [
    ("second_factor", ALL, [ROLES, NOBODY, ALL_LATER], [ALL]),
    ("second_factor", ALL_LATER, [ROLES, ROLES_LATER, NOBODY], [ALL, ALL_LATER]),
    ("second_factor", ROLES, [ALL_LATER, ROLES_LATER, NOBODY], [ALL, ROLES]),
    ("second_factor", ROLES_LATER, [NOBODY], [ALL, ALL_LATER, ROLES]),
    ("second_factor", NOBODY, [], [ALL, ROLES, NOBODY]),
    ("password_profile", "vn-l3", ["nist"], ["vn-l3"]),
    ("password_profile", "nist", [], ["nist", "vn-l3"]),
    ("session_idle_minutes", 10, [11, 60], [10, 9]),
    ("session_hours", 8, [9, 24], [8, 4]),
]
"""A policy, a value that is held, what is less strict than that, and what is as strict or stricter."""
less_strict = pytest.mark.parametrize(
    ("name", "held", "looser"), [(name, held, each) for name, held, looser, _ in HELD for each in looser]
)
as_strict = pytest.mark.parametrize(
    ("name", "held", "stricter"), [(name, held, each) for name, held, _, stricter in HELD for each in stricter]
)


def hold(session: Session, actor: Actor, house: House, name: str, value: object) -> None:
    """Let the province hold a policy."""
    set_policy(session, actor, [Setting(house.province.id, name, value, is_held=True)])


@less_strict
def test_less_strict_is_refused(
    session: Session, actor: Actor, house: House, name: str, held: object, looser: object
) -> None:
    """An agency below sets nothing less strict than what is held, neither itself nor on the way to it."""
    hold(session, actor, house, name, held)

    for agency in (house.department, house.unit):
        with pytest.raises(PolicyHeld):
            set_policy(session, actor, [Setting(agency.id, name, looser)])
        with pytest.raises(PolicyHeld):
            foresee(session, actor, Setting(agency.id, name, looser))


@as_strict
def test_as_strict_or_stricter_is_set(
    session: Session, actor: Actor, house: House, name: str, held: object, stricter: object
) -> None:
    """An agency below may be stricter, and that holds there."""
    hold(session, actor, house, name, held)

    set_policy(session, actor, [Setting(house.department.id, name, stricter)])

    assert effective(session, house.unit, name).value == stricter


@less_strict
def test_what_was_set_before_gives_way(
    session: Session, actor: Actor, house: House, name: str, held: object, looser: object
) -> None:
    """What an agency below set less strictly before holds no more, and holds again once nothing is held."""
    set_policy(session, actor, [Setting(house.department.id, name, looser)])

    hold(session, actor, house, name, held)

    during = effective(session, house.unit, name)
    set_policy(session, actor, [Setting(house.province.id, name, held)])
    assert (during.value, during.agency_id) == (held, house.province.id)
    assert effective(session, house.unit, name).value == looser


def test_looser_row_written_round_the_verb_does_not_hold(session: Session, actor: Actor, house: House) -> None:
    """A row that plain SQL wrote below is read no more loosely than what is held."""
    hold(session, actor, house, "session_hours", 8)
    session.add(Policy(agency_id=house.department.id, name="session_hours", value={"value": 100}))
    session.flush()

    (account,) = hire(session, actor, house.unit, "Nguyễn Văn An")

    assert obligations_of(session, actor, account).hours == 8


def test_nearest_of_two_that_hold_counts(session: Session, actor: Actor, house: House) -> None:
    """An agency in the middle may hold more strictly than the one above, for those below it."""
    hold(session, actor, house, "session_hours", 8)
    set_policy(session, actor, [Setting(house.department.id, "session_hours", 4, is_held=True)])

    with pytest.raises(PolicyHeld) as refusal:
        set_policy(session, actor, [Setting(house.unit.id, "session_hours", 6)])

    assert refusal.value.fields["agency"] == house.department.name


def test_withdrawal_below_falls_back_to_what_is_held(session: Session, actor: Actor, house: House) -> None:
    """Whoever withdraws a stricter value has what is held."""
    hold(session, actor, house, "session_hours", 8)
    set_policy(session, actor, [Setting(house.department.id, "session_hours", 4)])

    withdraw_policy(session, actor, [Withdrawal(house.department.id, "session_hours")])

    assert effective(session, house.unit, "session_hours").value == 8


def test_rollout_reaches_those_who_were_looser(session: Session, actor: Actor, house: House) -> None:
    """Open sessions of an agency that was less strict end as what is held says, and are counted before."""
    set_policy(session, actor, [Setting(house.department.id, "session_idle_minutes", 60)])
    (account,) = hire(session, actor, house.unit, "Nguyễn Văn An")
    opened = sign_in(session, actor, account)
    opened.idle_minutes = 60
    foreseen = foresee(session, actor, Setting(house.province.id, "session_idle_minutes", 10, is_held=True))

    hold(session, actor, house, "session_idle_minutes", 10)
    while roll_out_next(session, actor):
        pass

    session.refresh(opened)
    assert (foreseen.officials, opened.idle_minutes) == (1, 10)


def test_other_policies_are_not_held(session: Session, actor: Actor, house: House) -> None:
    """Only what has an order from loose to strict can be held: the verb says so, and PostgreSQL keeps it."""
    with pytest.raises(BadValue):
        set_policy(session, actor, [Setting(house.province.id, "use_days", 30, is_held=True)])
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO policies (agency_id, name, value, is_held)"
                " VALUES (:id, 'use_days', '{\"value\": 1}', true)"
            ),
            {"id": house.province.id},
        )
    assert session.scalars(select(Policy.name).where(Policy.is_held)).all() == []


def test_every_policy_that_can_be_held_is_one(session: Session, actor: Actor, house: House) -> None:
    """PostgreSQL lets each of them be held."""
    for name in HOLDABLE:
        hold(session, actor, house, name, effective(session, house.province, name).value)

    assert set(session.scalars(select(Policy.name).where(Policy.is_held))) == set(HOLDABLE)

"""Accounts that nobody uses are suspended, a week after their holders were told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from directory.accounts import Account
from directory.adoption import foresee_unused, mark_use, suspend_disused, unused_days
from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import Actor
from directory.lifecycle import Setting, reinstate, set_policy
from directory.notices import Notice
from tests.directory.adoption.people import Country


def choose(country: Country, actor: Actor, agency: Agency, name: str, value: object) -> None:
    """Set a policy."""
    set_policy(country.session, actor, [Setting(agency.id, name, value)])


def later(actor: Actor, days: int) -> Actor:
    """Give the actor of some days later."""
    return replace(actor, now=actor.now + timedelta(days=days))


def look(country: Country, actor: Actor, days: int, account: Account) -> str:
    """Do the job of a night some days later; give the state of an account."""
    suspend_disused(country.session, later(actor, days))
    country.session.refresh(account)
    return account.state


@pytest.fixture
def account(country: Country, actor: Actor) -> Account:
    """Give an account of the department, used today, where accounts unused for 45 days are suspended."""
    choose(country, actor, country.province, "unused_days", 45)
    return country.account(country.department, used_on=actor.today)


@pytest.mark.parametrize(
    ("chosen", "profile", "days"),
    [(None, "nist", None), (60, "nist", 60), (None, "vn-l3", 45), (60, "vn-l3", 45), (30, "vn-l3", 30)],
)
def test_level_three_sets_a_limit(chosen: int | None, profile: str, days: int | None) -> None:
    """Without a word it is never; security level 3 wants 45 days at most."""
    assert unused_days({"unused_days": chosen, "password_profile": profile}) == days


def test_unused_account_is_suspended_after_a_warning(country: Country, actor: Actor, account: Account) -> None:
    """The holder is told on the 38th day, and the account is suspended on the 45th, not before."""
    states = [look(country, actor, day, account) for day in (37, 38, 44, 45)]

    assert states == ["active", "active", "active", "suspended"]
    (notice,) = country.session.scalars(select(Notice).where(Notice.account_id == account.id))
    suspended_on = actor.today + timedelta(days=45)
    assert (notice.message, notice.fields) == ("unused_account", {"day": f"{suspended_on:%d/%m/%Y}"})
    event = country.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.unused")).one()
    assert (event.subject, event.detail) == (f"account:{account.number}", {"days": 45})


def test_use_after_the_warning_begins_anew(country: Country, actor: Actor, account: Account) -> None:
    """Whoever uses the account after the letter keeps it, and gets another letter before the next time."""
    look(country, actor, 38, account)
    mark_use(country.session, actor.today + timedelta(days=40), [account.id], "read")

    states = [look(country, actor, day, account) for day in (45, 78, 85)]

    assert states == ["active", "active", "suspended"]
    assert len(country.session.scalars(select(Notice).where(Notice.account_id == account.id)).all()) == 2


def test_nobody_is_suspended_without_a_week_of_warning(country: Country, actor: Actor, account: Account) -> None:
    """Also where nobody looked for a long time the letter comes first, and a week passes."""
    states = [look(country, actor, day, account) for day in (100, 106, 107)]

    assert states == ["active", "active", "suspended"]


def test_looking_twice_changes_nothing_more(country: Country, actor: Actor, account: Account) -> None:
    """A night's job that is done again writes no second letter."""
    look(country, actor, 38, account)
    look(country, actor, 38, account)

    assert len(country.session.scalars(select(Notice).where(Notice.account_id == account.id)).all()) == 1


def test_reinstated_account_gets_the_days_anew(country: Country, actor: Actor, account: Account) -> None:
    """Who was let in again has all the days from then on, and a new warning."""
    look(country, actor, 38, account)
    look(country, actor, 45, account)
    reinstate(country.session, later(actor, 50), [account.id], "Đi học về")

    states = [look(country, actor, day, account) for day in (51, 87, 88, 94, 95)]

    assert states == ["active", "active", "active", "active", "suspended"]


def test_level_three_alone_is_enough(country: Country, actor: Actor) -> None:
    """Where nobody chose days, the password rules of level 3 suspend after 45."""
    choose(country, actor, country.department, "password_profile", "vn-l3")
    account = country.account(country.unit, used_on=actor.today)

    assert [look(country, actor, day, account) for day in (38, 45)] == ["active", "suspended"]


def test_agencies_without_the_policy_are_left_alone(country: Country, actor: Actor, account: Account) -> None:
    """By default nobody is suspended for not using the account."""
    choose(country, actor, country.department, "unused_days", None)

    assert [look(country, actor, day, account) for day in (100, 200)] == ["active", "active"]


def test_activation_counts_as_use(country: Country, actor: Actor) -> None:
    """Somebody who never used the account has the days from its activation on."""
    choose(country, actor, country.province, "unused_days", 45)
    account = country.account(country.department)
    account.activated_at = actor.now

    assert [look(country, actor, day, account) for day in (37, 38, 44, 45)] == ["active"] * 3 + ["suspended"]


def test_batches_go_on_after_the_last_account(country: Country, actor: Actor, account: Account) -> None:
    """Each batch takes the next accounts, until there are none."""
    others = [country.account(country.unit, used_on=date(2021, 1, 1)) for _ in range(2)]

    after, seen = 0, []
    while (last := suspend_disused(country.session, actor, after, 2)) is not None:
        seen.append(last)
        after = last

    warned = country.session.scalars(select(Account.id).where(Account.warned_on == actor.today)).all()
    assert (len(seen), sorted(warned)) == (2, [each.id for each in others])
    assert account.id not in warned


def told_and_suspended(country: Country, actor: Actor) -> tuple[int, int]:
    """Let a night pass and then a week; give how many were told and how many suspended."""
    suspend_disused(country.session, actor)
    told = country.session.scalars(select(Notice).where(Notice.message == "unused_account")).all()
    suspend_disused(country.session, later(actor, 7))
    suspended = country.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.unused")).all()
    return len(told), len(suspended)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("password_profile", "vn-l3", 4), ("unused_days", 45, 4), ("unused_days", 20, 7), ("unused_days", None, 0)],
)
def test_what_is_foreseen_comes_true(country: Country, actor: Actor, name: str, value: object, expected: int) -> None:
    """As many are told the next night and suspended a week later as the page of the consequences had said."""
    for days in (0, 12, 13, 14, 37, 38, 39, 60, 400):
        country.account(country.department, used_on=actor.today - timedelta(days=days))
    country.account(country.commune, used_on=actor.today - timedelta(days=400))

    foreseen = foresee_unused(country.session, actor, Setting(country.department.id, name, value))

    choose(country, actor, country.department, name, value)
    assert told_and_suspended(country, actor) == (foreseen, foreseen)
    assert foreseen == expected


@pytest.mark.parametrize("name", ["password_profile", "unused_days"])
def test_both_policies_count_together(country: Country, actor: Actor, name: str) -> None:
    """What is foreseen of one of the two policies takes the other as it is, and the shorter time counts."""
    values = {"password_profile": "vn-l3", "unused_days": 20}
    for days in (13, 38):
        country.account(country.department, used_on=actor.today - timedelta(days=days))
    other = next(each for each in values if each != name)
    choose(country, actor, country.department, other, values[other])

    assert foresee_unused(country.session, actor, Setting(country.province.id, name, values[name])) == 2


def test_agency_that_has_set_its_own_is_not_counted(country: Country, actor: Actor) -> None:
    """An agency below that goes on with its own value loses nobody; one that has to follow does."""
    country.account(country.department, used_on=actor.today - timedelta(days=100))
    choose(country, actor, country.department, "password_profile", "nist")

    inherited = foresee_unused(country.session, actor, Setting(country.province.id, "password_profile", "vn-l3"))
    held = foresee_unused(
        country.session, actor, Setting(country.province.id, "password_profile", "vn-l3", is_held=True)
    )

    assert (inherited, held) == (0, 1)


def test_other_policies_suspend_nobody(country: Country, actor: Actor) -> None:
    """No other policy has to do with use."""
    country.account(country.department, used_on=actor.today - timedelta(days=400))

    assert foresee_unused(country.session, actor, Setting(country.province.id, "session_hours", 8)) == 0

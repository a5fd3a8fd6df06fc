"""What a report says of an agency and of those below it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from directory.adoption import overview, report, reports, take_snapshot
from directory.base import Actor
from directory.domains import Domain
from directory.errors import NotAllowed
from directory.grants import Grant
from directory.policies import DEFAULTS, Policy
from directory.reorganisation import Move, Renaming, move, rename
from tests.directory.adoption.people import LONG_AGO, Country
from tests.statements import statements


def names(rows: tuple[reports.Row, ...]) -> set[str]:
    """Give the agencies of some rows."""
    return {row.agency.name for row in rows if row.agency is not None}


def test_small_agency_is_counted_at_once(country: Country, actor: Actor) -> None:
    """Today's report of a small agency needs no snapshot."""
    country.official(country.unit)

    found = report(country.session, actor, country.province, actor.today)

    assert (found.is_live, found.counted_on, found.total.figures.listed) == (True, actor.today, 1)


def test_large_agency_shows_its_snapshot(country: Country, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agency with too many officials to count while a page waits shows the figures of its last count."""
    monkeypatch.setattr(reports, "COUNTED_AT_ONCE", 1)
    country.official(country.unit)
    take_snapshot(country.session, actor, actor.today - timedelta(days=1))
    country.official(country.unit)

    found = report(country.session, actor, country.province, actor.today)

    assert (found.is_live, found.counted_on, found.total.figures.listed) == (False, actor.today - timedelta(days=1), 1)


def test_past_day_is_never_counted_at_once(country: Country, actor: Actor) -> None:
    """A day that was not counted has no figures."""
    country.official(country.unit)

    found = report(country.session, actor, country.province, actor.today - timedelta(days=1))

    assert (found.counted_on, found.children) == (None, ())


def test_children_are_those_right_below(country: Country, actor: Actor) -> None:
    """The report of a province has its department and its commune, not the department's unit."""
    found = report(country.session, actor, country.province, actor.today)

    assert names(found.children) == {"Sở Nội vụ", "Xã Hòa Bình"}


def test_people_at_the_agency_itself_have_their_row(country: Country, actor: Actor) -> None:
    """Officials of the department who stand in no unit are a row of their own, so that the rows add up."""
    country.official(country.department, "activated")
    country.official(country.unit)

    found = report(country.session, actor, country.department, actor.today)

    assert found.own is not None
    assert (found.own.figures.listed, found.own.figures.activated) == (1, 1)


def test_late_are_those_below_a_target(country: Country, actor: Actor) -> None:
    """An agency below that misses one target is late, one that meets all is not."""
    country.account(country.commune, "second_factor", used_on=actor.today)
    country.account(country.unit, "activated", used_on=actor.today)

    found = report(country.session, actor, country.province, actor.today)

    assert names(found.late) == {"Sở Nội vụ"}


def test_targets_come_from_the_agency_reported(country: Country, actor: Actor) -> None:
    """An agency below cannot look better by setting itself a lower target."""
    country.official(country.unit)
    lower = {"value": {**DEFAULTS["targets"], "provided": 0}}
    country.session.add(Policy(agency_id=country.department.id, name="targets", value=lower))
    country.session.flush()

    found = report(country.session, actor, country.province, actor.today)

    assert names(found.late) == {"Sở Nội vụ"}


def test_statements_do_not_grow_with_agencies(country: Country, actor: Actor) -> None:
    """A report of a province takes as many statements as that of a unit without anything below it."""
    country.official(country.unit)
    country.session.flush()
    with statements(country.session) as small:
        report(country.session, actor, country.unit, actor.today)

    with statements(country.session) as large:
        report(country.session, actor, country.province, actor.today)

    assert len(large) == len(small) <= 10


def test_trend_ends_with_what_was_counted_just_now(country: Country, actor: Actor) -> None:
    """The present month shows the figures of the report, not an earlier count of the same month."""
    take_snapshot(country.session, actor, actor.today - timedelta(days=1))
    country.official(country.unit)

    found = report(country.session, actor, country.province, actor.today)

    assert [(day, figures.listed) for day, figures in found.trend] == [(actor.today, 1)]


def test_agencies_above_are_shown_to_those_who_see_them(country: Country, actor: Actor) -> None:
    """The way up goes as far as the reader's own rights."""
    account = country.account(country.commune)
    country.session.add(Grant(account_id=account.id, role="head", agency_id=country.department.id, valid_from=LONG_AGO))
    country.session.flush()

    found = report(country.session, replace(actor, is_system=False, account_id=account.id), country.unit, actor.today)

    assert [agency.name for agency in found.above] == ["Sở Nội vụ"]


def test_report_is_for_those_who_may(country: Country, actor: Actor) -> None:
    """Someone without a role there gets no figures."""
    stranger = replace(actor, is_system=False, account_id=country.account(country.commune).id)

    with pytest.raises(NotAllowed):
        report(country.session, stranger, country.department, actor.today)


def test_overview_begins_at_the_topmost_agencies(country: Country, actor: Actor) -> None:
    """Who has roles in a department, in its unit and in a commune sees the department and the commune."""
    account = country.account(country.commune)
    for agency in (country.department, country.unit, country.commune):
        country.session.add(Grant(account_id=account.id, role="head", agency_id=agency.id, valid_from=LONG_AGO))
    country.session.flush()

    found = overview(country.session, replace(actor, is_system=False, account_id=account.id))

    assert [kept.agency.name for kept in found] == ["Sở Nội vụ", "Xã Hòa Bình"]


def test_overview_counts_what_no_night_has_counted(country: Country, actor: Actor) -> None:
    """On the first day a small agency has figures without a snapshot."""
    country.official(country.unit)

    found = overview(country.session, actor)

    assert [(kept.counted_on, kept.row.figures.listed) for kept in found] == [(actor.today, 1)]


def test_overview_leaves_closed_agencies_out(country: Country, actor: Actor) -> None:
    """A province that was merged into another is no longer reported by itself."""
    country.session.execute(update(Domain).values(state="retiring"))
    country.province.valid_to = actor.today
    country.session.flush()

    assert overview(country.session, actor) == []


def test_overview_leaves_large_agencies_to_the_night(
    country: Country, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agency that is too large to count while a page waits has no figures before its first snapshot."""
    monkeypatch.setattr(reports, "COUNTED_AT_ONCE", 0)
    country.official(country.unit)

    found = overview(country.session, actor)

    assert [kept.counted_on for kept in found] == [None]


def test_overview_says_of_which_day_the_figures_are(country: Country, actor: Actor) -> None:
    """The overview has the last snapshot of each agency with its day."""
    country.official(country.unit)
    take_snapshot(country.session, actor, actor.today)

    found = overview(country.session, actor)

    assert [(kept.agency.name, kept.counted_on, kept.row.figures.listed) for kept in found] == [
        ("Tỉnh Đồng Bằng", actor.today, 1)
    ]


def test_past_report_keeps_the_names_of_its_day(country: Country, actor: Actor) -> None:
    """After a renaming yesterday's report still shows the name of yesterday."""
    yesterday = actor.today - timedelta(days=1)
    country.official(country.unit)
    take_snapshot(country.session, actor, yesterday)
    rename(country.session, actor, [Renaming(country.department.id, "Sở Nội vụ và Lao động")])

    past, present = (report(country.session, actor, country.province, day) for day in (yesterday, actor.today))

    assert {row.name for row in past.children} == {"Sở Nội vụ", "Xã Hòa Bình"}
    assert "Sở Nội vụ và Lao động" in {row.name for row in present.children}


def test_past_report_adds_up_as_on_its_day(country: Country, actor: Actor) -> None:
    """An agency that was moved stands in yesterday's report where it stood, and in today's where it stands."""
    yesterday = actor.today - timedelta(days=1)
    country.official(country.unit)
    take_snapshot(country.session, actor, yesterday)
    move(country.session, actor, [Move(country.department.id, country.commune.id)])

    past, present = (report(country.session, actor, country.province, day) for day in (yesterday, actor.today))

    assert [len(each.children) for each in (past, present)] == [2, 1]
    assert past.own is None

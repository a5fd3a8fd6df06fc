"""Agencies and their groups as the engine makes them real: what is written, and what is not written again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from directory.agencies import Agency
from directory.base import vietnamese_day
from directory.desired.agencies import AgencyValues, agency_entry
from directory.lifecycle import Founding, Leaving, found_agency, leave, suspend
from directory.links import Link
from directory.mailing_lists import follow
from directory.reorganisation import Renaming, rename
from provisioning.ports import Modify
from provisioning.reconcile.moments import mark_what_time_changed
from provisioning.reconcile.preview import all_keys, keys_of_agency
from provisioning.reconcile.scan import Scanner
from provisioning.reconcile.status import waiting
from tests.engines import Engine
from tests.fakes import FakeTarget

NEXT_WEEK = timedelta(days=7)


def settle(engine: Engine) -> None:
    """Let agencies and groups follow what happened and make everything real."""
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
    engine.settle()


@pytest.fixture(autouse=True)
def agencies(engine: Engine) -> None:
    """Let the agencies of the small book be real."""
    settle(engine)


def agency_called(engine: Engine, name: str) -> Agency:
    """Give an agency by its name."""
    with engine.outbox.transaction() as session:
        found = session.scalars(select(Agency).where(Agency.name == name)).one()
        session.expunge_all()
    return found


def entry_of(engine: Engine, target: FakeTarget, name: str, branch: str) -> dict[str, tuple[str, ...]]:
    """Give the attributes of the entry of an agency, or of its group."""
    return target.entries[("cvAgencyId", agency_called(engine, name).public_id), ("ou", branch)][0]


def members(engine: Engine, target: FakeTarget, name: str) -> set[str]:
    """Give the account numbers in the group of an agency."""
    values = entry_of(engine, target, name, "groups").get("member", ())
    return {value.removeprefix("uid=").removesuffix(",ou=people") for value in values}


def modifies(target: FakeTarget, branch: str) -> list[Modify]:
    """Give the writes to entries that were there already, in a branch."""
    return [each for each in target.writes if isinstance(each, Modify) and each.name[-1] == ("ou", branch)]


def test_agency_is_an_entry(engine: Engine, target: FakeTarget) -> None:
    """An agency becomes an entry with its code, names, parent, days and state."""
    province = agency_called(engine, "Tỉnh Một")

    entry = entry_of(engine, target, "Sở Nội vụ", "agencies")

    assert {name: values for name, values in entry.items() if name not in {"cvAgencyId", "cvRevision"}} == {
        "objectClass": ("cvAgency",),
        "cn": ("Sở Nội vụ",),
        "displayName": ("SNV",),
        "cvAgencyCode": ("H36.05",),
        "cvAgencyKind": ("department",),
        "cvParentId": (province.public_id,),
        "cvValidFrom": ("20200101000000+0700",),
        "cvState": ("active",),
    }


def test_group_of_an_agency_has_its_people_and_those_of_its_units(engine: Engine, target: FakeTarget) -> None:
    """Who works at a unit is in the group of the agency around it, and not in that of the province above."""
    [clerk] = engine.hire("Nguyễn Văn An")
    unit = agency_called(engine, "Phòng Tổ chức")
    [colleague] = engine.hire("Trần Thị Bình")
    with engine.outbox.transaction() as session:
        official_id = engine.account(session, colleague).official_id
        session.execute(
            text("UPDATE appointments SET agency_id = :unit WHERE official_id = :id"),
            {"unit": unit.id, "id": official_id},
        )
    settle(engine)

    assert members(engine, target, "Sở Nội vụ") == {clerk, colleague}
    assert members(engine, target, "Phòng Tổ chức") == {colleague}
    assert members(engine, target, "Tỉnh Một") == set()


def test_newcomer_is_one_value_more(engine: Engine, target: FakeTarget) -> None:
    """Whoever takes up a post is added to the group; those who are in it are not written again."""
    engine.hire("Nguyễn Văn An", "Lê Văn Cường")
    settle(engine)
    target.writes.clear()

    [newcomer] = engine.hire("Trần Thị Bình")
    settle(engine)

    [change] = modifies(target, "groups")
    assert (change.add, change.remove) == ({"member": (f"uid={newcomer},ou=people",)}, {})
    assert change.replace.keys() == {"cvRevision"}


def test_newcomer_does_not_touch_the_agency(engine: Engine, target: FakeTarget) -> None:
    """People who come and go are no reason to write the entry of their agency."""
    target.writes.clear()

    engine.hire("Trần Thị Bình")
    settle(engine)

    assert modifies(target, "agencies") == []


def test_leaver_is_one_value_less(engine: Engine, target: FakeTarget) -> None:
    """Whoever leaves is taken out of the group, and nobody else is touched."""
    [stays, leaver] = engine.hire("Nguyễn Văn An", "Trần Thị Bình")
    settle(engine)
    target.writes.clear()

    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, leaver).official_id)])
    settle(engine)

    assert members(engine, target, "Sở Nội vụ") == {stays}
    assert modifies(target, "groups")[-1].remove == {"member": (f"uid={leaver},ou=people",)}


def test_suspended_official_stays_in_the_group(engine: Engine, target: FakeTarget) -> None:
    """A suspension changes the account's own state and not who works where."""
    [number] = engine.hire("Nguyễn Văn An")
    engine.do(suspend, number, "QĐ 12")
    settle(engine)

    assert members(engine, target, "Sở Nội vụ") == {number}


def test_renamed_agency_is_shown_by_both_entries(engine: Engine, target: FakeTarget) -> None:
    """A new name reaches the agency and its group, under the DNs they had."""
    before = agency_called(engine, "Sở Nội vụ")
    with engine.outbox.transaction() as session:
        rename(session, engine.actor, [Renaming(before.id, "Sở Nội vụ và Lao động")])
    settle(engine)

    shown = [entry_of(engine, target, "Sở Nội vụ và Lao động", branch)["cn"] for branch in ("agencies", "groups")]
    assert shown == [("Sở Nội vụ và Lao động",)] * 2
    assert agency_called(engine, "Sở Nội vụ và Lao động").public_id == before.public_id


def test_agency_that_is_over_is_emptied(engine: Engine, target: FakeTarget) -> None:
    """On the day on which an agency ends its entries say so by themselves, and its group has no members."""
    engine.hire("Nguyễn Văn An")
    settle(engine)
    with engine.outbox.transaction() as session:
        ends = vietnamese_day(engine.now + NEXT_WEEK)
        below = "SELECT path FROM agencies WHERE code = 'H36.05'"
        session.execute(text(f"UPDATE agencies SET valid_to = :day WHERE path <@ ({below})"), {"day": ends})
    settle(engine)
    before = entry_of(engine, target, "Sở Nội vụ", "agencies")["cvState"]

    engine.now += NEXT_WEEK
    with engine.outbox.transaction() as session:
        mark_what_time_changed(session, engine.now)
    engine.settle()

    assert before == ("active",)
    assert entry_of(engine, target, "Sở Nội vụ", "agencies")["cvState"] == ("disabled",)
    assert members(engine, target, "Sở Nội vụ") == set()


@pytest.mark.parametrize(("begins_in", "state"), [(-1, "active"), (0, "active"), (1, "disabled")])
def test_agency_is_open_from_its_first_day_on(begins_in: int, state: str) -> None:
    """The entry of an agency that is founded for a later day says nothing else before."""
    today = date(2026, 11, 23)
    agency = AgencyValues("a1", "department", "Sở Nội vụ", 1, today + timedelta(days=begins_in))

    assert agency_entry(agency, today).state == state


def test_post_that_begins_marks_the_group_on_its_day(engine: Engine, target: FakeTarget) -> None:
    """Somebody whose post ends on a day is out of the group on that day, though nobody does anything."""
    engine.hire("Nguyễn Văn An")
    with engine.outbox.transaction() as session:
        ends = vietnamese_day(engine.now + NEXT_WEEK)
        session.execute(text("UPDATE appointments SET valid_to = :day"), {"day": ends})
    settle(engine)
    before = members(engine, target, "Sở Nội vụ")

    engine.now += NEXT_WEEK
    with engine.outbox.transaction() as session:
        mark_what_time_changed(session, engine.now)
    engine.settle()

    assert len(before) == 1
    assert members(engine, target, "Sở Nội vụ") == set()


def test_founded_agency_has_a_group_at_once(engine: Engine, target: FakeTarget) -> None:
    """An agency that is founded becomes two entries, the second without members."""
    parent = agency_called(engine, "Tỉnh Một")
    with engine.outbox.transaction() as session:
        founding = Founding("department", "Sở Tư pháp", parent_id=parent.id, code="H36.06")
        found_agency(session, engine.actor, [founding])
    settle(engine)

    assert entry_of(engine, target, "Sở Tư pháp", "agencies")["cvParentId"] == (parent.public_id,)
    assert "member" not in entry_of(engine, target, "Sở Tư pháp", "groups")


def test_scan_knows_both_and_restores_what_was_changed(engine: Engine, target: FakeTarget) -> None:
    """A member that somebody else put into a group is taken out again, and no entry of ours counts as nobody's."""
    [number] = engine.hire("Nguyễn Văn An")
    settle(engine)
    group = (("cvAgencyId", agency_called(engine, "Sở Nội vụ").public_id), ("ou", "groups"))
    target.edit(group, member=(f"uid={number},ou=people", "ldap:///uid=kietnt,dc=khac"))

    engine.now += timedelta(hours=1)
    report = Scanner(engine.outbox, target, lambda: engine.now).full()
    engine.settle()

    assert (report.restored, report.foreign) == (1, 0)
    assert members(engine, target, "Sở Nội vụ") == {number}


def test_agencies_are_among_the_subjects(engine: Engine) -> None:
    """Reconciling everything, or an agency, means agencies and groups as well."""
    department = agency_called(engine, "Sở Nội vụ")

    with engine.outbox.transaction() as session:
        everything = set(all_keys(session))
        own = set(keys_of_agency(session, engine.actor, "H36.05"))

    assert {("agency", department.id), ("group", department.id)} <= own <= everything


def test_waiting_group_has_its_name(engine: Engine) -> None:
    """On the page of what waits a group stands with the name and the id of its agency."""
    department = agency_called(engine, "Sở Nội vụ")
    engine.hire("Trần Thị Bình")

    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
        [line] = [each for each in waiting(session, engine.actor) if each.subject == "group"]

    assert (line.name, line.agency, line.ref) == ("Sở Nội vụ", "Sở Nội vụ", department.public_id)


def test_member_whose_entry_stands_elsewhere_is_named_there(engine: Engine, target: FakeTarget) -> None:
    """A group names the entry to which a person linked an account, and follows when the link is confirmed."""
    [number] = engine.hire("Nguyễn Văn An")
    settle(engine)
    with engine.outbox.transaction() as session:
        linked = {"account_id": engine.account(session, number).id, "name": [["cn", "An"], ["ou", "Users"]]}
        link = Link(path="cn=An,ou=Users", confidence="likely", reasons=[], shown={}, csn="1", **linked)
        link.proposed_at = engine.now
        session.add(link)
        session.flush()
        link.state, link.decided_at, link.confirmed_csn = "confirmed", engine.now, "1"
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
    engine.run()

    group = entry_of(engine, target, "Sở Nội vụ", "groups")
    assert group["member"] == ("cn=An,ou=Users",)

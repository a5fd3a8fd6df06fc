"""Mailing lists as the engine makes them real: what is written when members come and go, and what the calendar does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from directory.agencies import Agency
from directory.lifecycle import (
    Alias,
    Leaving,
    ListOpening,
    ListRule,
    add_alias,
    close_mailing_list,
    leave,
    open_mailing_list,
)
from directory.mailing_lists import MailingList, follow
from provisioning.ports import Add, Modify
from provisioning.reconcile.moments import mark_what_time_changed
from provisioning.reconcile.preview import all_keys, differences, keys_of_agency
from provisioning.reconcile.refusals import DELIVERS
from provisioning.reconcile.status import waiting
from provisioning.reconcile.tables import EntryStatus
from tests.engines import Engine
from tests.fakes import FakeTarget

ADDRESS = "toanthe@tinh.gov.vn"
MOVED = "moi@tinh.gov.vn"
NEXT_WEEK = timedelta(days=7)


@pytest.fixture
def list_id(engine: Engine) -> int:
    """Give a list of all staff of the department with one member, all of it real."""
    engine.hire("Nguyễn Văn An")
    with engine.outbox.transaction() as session:
        department = session.scalars(select(Agency).where(Agency.code == "H36.05")).one()
        rule = ListRule("Toàn thể", "members", "staff")
        [found] = open_mailing_list(session, engine.actor, [ListOpening(department.id, ADDRESS, rule)])
        made = found.id
    settle(engine)
    return made


def settle(engine: Engine) -> None:
    """Let lists follow their members and make everything real."""
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
    engine.settle()


def entry_of(target: FakeTarget) -> dict[str, tuple[str, ...]]:
    """Give the attributes of the only list's entry."""
    [attributes] = [attributes for name, (attributes, _) in target.entries.items() if name[0][0] == "cvListId"]
    return attributes


def test_opened_list_is_an_entry(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """A list becomes an entry with its address, who may send, and its members."""
    entry = entry_of(target)

    assert {name: entry[name] for name in ("objectClass", "cvAddress", "mail", "cvMember", "cvSenders", "cvState")} == {
        "objectClass": ("cvMailingList",),
        "cvAddress": (ADDRESS,),
        "mail": (ADDRESS,),
        "cvMember": ("annv@tinh.gov.vn",),
        "cvSenders": ("members",),
        "cvState": ("active",),
    }
    assert entry["cvAgencyCode"] == ("H36.05",)


def test_newcomer_is_one_value_more(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """Whoever takes up a post is added to the entry; those who are in it are not written again."""
    engine.hire("Trần Thị Bình")
    settle(engine)

    [change] = [each for each in target.writes if isinstance(each, Modify) and each.name[0][0] == "cvListId"]
    assert (change.add, change.remove) == ({"cvMember": ("binhtt@tinh.gov.vn",)}, {})
    assert set(entry_of(target)["cvMember"]) == {"annv@tinh.gov.vn", "binhtt@tinh.gov.vn"}


def test_leaver_is_one_value_less(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """Whoever leaves is taken out of the entry, and nobody else is touched."""
    [leaver] = engine.hire("Trần Thị Bình")
    settle(engine)
    with engine.outbox.transaction() as session:
        leave(session, engine.actor, [Leaving(engine.account(session, leaver).official_id)])
    settle(engine)

    assert entry_of(target)["cvMember"] == ("annv@tinh.gov.vn",)
    last = [each for each in target.writes if each.name[0][0] == "cvListId"][-1]
    assert isinstance(last, Modify)
    assert last.remove == {"cvMember": ("binhtt@tinh.gov.vn",)}


def test_closed_list_is_emptied(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """The entry of a closed list stays, without address and members."""
    with engine.outbox.transaction() as session:
        close_mailing_list(session, engine.actor, [list_id])
    engine.settle()

    entry = entry_of(target)
    assert entry["cvState"] == ("disabled",)
    assert entry.keys() & {"cvAddress", "mail", "cvMember", "cvSenders"} == set()


def test_moved_list_is_the_same_entry_at_both_addresses(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """Another official address is in the entry beside the former one, and the entry keeps its name."""
    [before] = [name for name in target.entries if name[0][0] == "cvListId"]

    move(engine, list_id)

    entry = entry_of(target)
    assert (entry["mail"], entry["cvAddress"]) == ((MOVED,), (MOVED, ADDRESS))
    assert [name for name in target.entries if name[0][0] == "cvListId"] == [before]


def test_former_address_leaves_the_entry_on_its_day(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """The day after its last one the list is due by itself, and the entry has the official address alone."""
    move(engine, list_id)
    with engine.outbox.transaction() as session:
        days = {"day": (engine.now + NEXT_WEEK).date()}
        session.execute(text("UPDATE addresses SET valid_until = :day WHERE kind = 'alias'"), days)

    assert lists_due(engine, NEXT_WEEK) == 0
    assert lists_due(engine, NEXT_WEEK + timedelta(days=1)) == 1
    engine.now += NEXT_WEEK + timedelta(days=1)
    engine.settle()
    assert entry_of(target)["cvAddress"] == (MOVED,)


def move(engine: Engine, list_id: int) -> None:
    """Give the list another official address, and make it real."""
    with engine.outbox.transaction() as session:
        add_alias(session, engine.actor, [Alias(list_id, MOVED, is_primary=True, is_list=True)])
    engine.settle()


def test_post_that_ends_marks_the_list_on_its_day(engine: Engine, list_id: int) -> None:
    """A post that begins or ends on a day makes the lists of its agency due on that day, not before, and only once."""
    day = (engine.now + NEXT_WEEK).date()
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE appointments SET valid_to = :day"), {"day": day})
    settle(engine)

    assert lists_due(engine, timedelta(days=6)) == 0
    assert lists_due(engine, NEXT_WEEK) == 1
    engine.now += NEXT_WEEK
    engine.settle()
    assert lists_due(engine, timedelta(minutes=1)) == 0


def lists_due(engine: Engine, wait: timedelta) -> int:
    """Let time pass, follow the calendar and count the lists that are due."""
    with engine.outbox.transaction() as session:
        mark_what_time_changed(session, engine.now + wait)
        return session.scalar(text("SELECT count(*) FROM due WHERE subject = 'mailing_list'")) or 0


def test_preview_shows_who_comes_and_goes(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """Where an entry has drifted, only the members that are missing or too many are shown."""
    [name] = [name for name in target.entries if name[0][0] == "cvListId"]
    target.edit(name, cvMember=("annv@tinh.gov.vn", "la@tinh.gov.vn"))
    engine.hire("Trần Thị Bình")

    with engine.outbox.transaction() as session:
        keys = [key for key in keys_of_agency(session, engine.actor, "H36.05") if key[0] == "mailing_list"]
    [found] = differences(engine.outbox, target, engine.actor, keys)

    assert (found.before, found.after) == ({"cvMember": ("la@tinh.gov.vn",)}, {"cvMember": ("binhtt@tinh.gov.vn",)})


def test_list_is_among_all_subjects(engine: Engine, list_id: int) -> None:
    """Reconciling everything means lists as well."""
    with engine.outbox.transaction() as session:
        assert ("mailing_list", list_id) in all_keys(session)


def test_waiting_list_has_its_name(engine: Engine, list_id: int) -> None:
    """On the page of what waits a list stands with its name and agency."""
    engine.hire("Trần Thị Bình")
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
        [line] = [each for each in waiting(session, engine.actor) if each.subject == "mailing_list"]
        public_id = session.scalars(select(MailingList.public_id)).one()

    assert (line.name, line.agency, line.ref) == ("Toàn thể", "Sở Nội vụ", public_id)


def test_lost_entry_is_made_again(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """An entry that somebody deleted comes back whole."""
    [name] = [name for name in target.entries if name[0][0] == "cvListId"]
    del target.entries[name]
    engine.hire("Trần Thị Bình")
    settle(engine)

    assert isinstance([each for each in target.writes if each.name == name][-1], Add)
    assert len(entry_of(target)["cvMember"]) == 2


def test_closed_list_that_stays_open_is_tried_again(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """A closed list whose entry others renamed, and that cannot be closed, is told and is not taken for done."""
    [name] = [each for each in target.entries if each[0][0] == "cvListId"]
    values, csn = target.entries.pop(name)
    # What shows a later revision than the book's is not written over.
    target.entries[("cvListId", "khac"), *name[1:]] = ({**values, "cvListId": ("khac",), "cvRevision": ("99",)}, csn)
    with engine.outbox.transaction() as session:
        close_mailing_list(session, engine.actor, [list_id])

    report = engine.run()

    assert report.retried == 1
    with engine.outbox.transaction() as session:
        status = session.get_one(EntryStatus, ("mailing_list", list_id))
        assert (status.state, status.reason) == ("retry", DELIVERS)


def test_foreign_entry_with_the_address_of_a_closed_list_is_left(
    engine: Engine, target: FakeTarget, list_id: int
) -> None:
    """What is no mailing list is not shut, though it has an address that a closed list had."""
    foreign = (("uid", "khac"), ("ou", "Others"))
    target.entries[foreign] = ({"cvAddress": (ADDRESS,), "cvState": ("active",)}, target.next_version())
    with engine.outbox.transaction() as session:
        close_mailing_list(session, engine.actor, [list_id])

    engine.settle()

    assert target.entries[foreign][0]["cvState"] == ("active",)


def test_list_that_got_the_address_of_a_closed_one_stays_open(engine: Engine, target: FakeTarget, list_id: int) -> None:
    """Another list of the book that has the address by now is not taken for the closed one under another name."""
    with engine.outbox.transaction() as session:
        department = session.scalars(select(Agency).where(Agency.code == "H36.05")).one()
        rule = ListRule("Toàn thể mới", "members", "staff")
        [heir] = open_mailing_list(session, engine.actor, [ListOpening(department.id, MOVED, rule)])
        name = (("cvListId", heir.public_id), ("ou", "groups"))
    settle(engine)
    with engine.outbox.transaction() as session:
        close_mailing_list(session, engine.actor, [list_id])
    # Since the round read the book, the heir got the address, and another worker has written that.
    target.edit(name, cvAddress=(ADDRESS,))

    engine.settle()

    assert target.entries[name][0]["cvState"] == ("active",)

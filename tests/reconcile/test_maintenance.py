"""Maintenance: while a person has a target kept still nothing is written to it, and who may say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import Actor
from directory.errors import BadValue, NotAllowed, NotFound
from directory.lifecycle import NewDomain, add_domain, suspend
from provisioning.reconcile import Report
from provisioning.reconcile.tables import TargetStatus
from provisioning.reconcile.targets import (
    Maintenance,
    begin_maintenance,
    being_written,
    end_maintenance,
    healths,
)
from tests.book import acting, found_house, give, hire
from tests.engines import person
from tests.reconcile.several import KNOWN, Both, both

__all__ = ["both"]


@pytest.fixture
def operator(session: Session, actor: Actor) -> Actor:
    """Give the operator of the first province."""
    province = found_house(session, actor).province
    [account] = hire(session, actor, province, "Lê Thị Chi")
    give(session, account, "operator", province)
    return acting(actor, account)


def test_nothing_is_written_during_maintenance(both: Both) -> None:
    """In maintenance not even a disable is claimed, nobody fails, and the other target goes on."""
    number = both.hire("Trần Văn Bình")
    both.run_hue()
    both.do(begin_maintenance, [Maintenance("hue", both.engine.now + timedelta(hours=2), "Thay ổ đĩa")])
    both.engine.do(suspend, number, "một lý do")
    [here] = both.engine.hire("Nguyễn Văn An")

    assert both.run_hue() == Report()
    assert both.engine.run().done == 1
    health = both.health("hue")
    assert health.load is not None
    assert (health.state, health.load.due, health.load.urgent, health.load.refused) == ("maintenance", 1, 1, 0)
    assert both.hue.entries[person(number)][0]["cvState"] == ("active",)
    status = both.engine.status(here)
    assert status is not None
    assert status.state == "ok"


def test_what_waited_is_written_after_maintenance(both: Both) -> None:
    """When maintenance ends the lane is woken with the commit, and what waited is written at once."""
    number = both.hire("Trần Văn Bình")
    both.do(begin_maintenance, [Maintenance("hue")])
    woken: list[str] = []
    outbox = replace(both.engine.outbox, wake=lambda _session, wake_up: woken.append(wake_up))

    with outbox.transaction() as session:
        ended = end_maintenance(session, both.engine.actor, ["hue"])
    done = both.run_hue().done

    assert (ended, woken, done) == (["hue"], ["reconcile-hue"], 1)
    assert person(number) in both.hue.entries


def test_maintenance_ends_a_pause(both: Both) -> None:
    """A pause after a fault does not outlast a maintenance that a person has ended."""
    both.hire("Trần Văn Bình")
    both.hue.is_down = True
    both.run_hue()
    both.do(begin_maintenance, [Maintenance("hue")])
    both.hue.is_down = False

    both.do(end_maintenance, ["hue"])

    assert both.run_hue().done == 1


def test_maintenance_said_again_keeps_its_beginning(both: Both) -> None:
    """The later word holds about its end and its reason, the first about its beginning."""
    both.do(begin_maintenance, [Maintenance("hue", both.engine.now + timedelta(hours=1), "Đĩa")])
    begun = both.engine.now
    both.engine.now += timedelta(minutes=10)
    later = both.engine.now + timedelta(hours=3)

    both.do(begin_maintenance, [Maintenance("hue", later)])

    status = both.health("hue").status
    assert status is not None
    assert (status.maintenance_since, status.maintenance_until, status.maintenance_reason) == (begun, later, None)


def test_maintenance_is_in_the_audit(both: Both) -> None:
    """Who keeps a target still, and lets it go, stands in the audit; ending what was not begun does not."""
    both.do(end_maintenance, ["hue"])
    both.do(begin_maintenance, [Maintenance("hue", None, "Đĩa")])
    both.do(end_maintenance, ["hue"])

    with both.engine.outbox.transaction() as session:
        events = session.execute(
            select(AuditEvent.action, AuditEvent.subject).where(AuditEvent.subject == "target:hue")
        )
        assert [tuple(each) for each in events] == [("target.held", "target:hue"), ("target.resumed", "target:hue")]


def test_end_of_maintenance_lies_ahead(both: Both) -> None:
    """A maintenance is not expected to be over already."""
    with pytest.raises(BadValue):
        both.do(begin_maintenance, [Maintenance("hue", both.engine.now)])


def test_what_is_under_way_is_counted(both: Both) -> None:
    """What a worker has in hand when maintenance begins is seen until it is recorded."""
    both.hire("Trần Văn Bình")
    reconciler = both.reconciler()
    round_ = reconciler.begin(only_urgent=False)
    both.do(begin_maintenance, [Maintenance("hue")])

    with both.engine.outbox.transaction() as session:
        under_way = being_written(session, "hue")
    reconciler.make_real(round_)
    reconciler.finish(round_)

    with both.engine.outbox.transaction() as session:
        assert (under_way, being_written(session, "hue")) == (1, 0)


def test_operator_of_all_domains_may_keep_a_target_still(session: Session, actor: Actor, operator: Actor) -> None:
    """Whoever looks after every domain of a target keeps it still, and is told its figures."""
    province = session.scalars(select(Agency).where(Agency.code == "H36")).one()
    add_domain(session, actor, [NewDomain(province.id, "moi.tinh.gov.vn", target="hue")])

    begin_maintenance(session, operator, [Maintenance("hue")])

    [default, hue] = healths(session, operator, KNOWN)
    assert (hue.state, hue.may_hold, hue.load is None) == ("maintenance", True, False)
    assert (default.may_hold, default.load) == (False, None)


def test_others_may_not_keep_a_target_still(session: Session, operator: Actor) -> None:
    """A target on which another province's domain is, is not one operator's to stop."""
    with pytest.raises(NotAllowed):
        begin_maintenance(session, operator, [Maintenance("default")])
    with pytest.raises(NotAllowed):
        end_maintenance(session, operator, ["default"])


def test_targets_of_others_are_not_found(session: Session, actor: Actor, operator: Actor) -> None:
    """A target that none of one's agencies depends on is neither shown nor found."""
    elsewhere = session.scalars(select(Agency).where(Agency.code == "H37")).one()
    add_domain(session, actor, [NewDomain(elsewhere.id, "hue.gov.vn", target="hue")])

    assert [each.name for each in healths(session, operator, KNOWN)] == ["default"]
    with pytest.raises(NotFound):
        begin_maintenance(session, operator, [Maintenance("hue")])


def test_plain_official_is_told_nothing(session: Session, actor: Actor, operator: Actor) -> None:
    """Without a role nobody is told how servers are."""
    province = session.scalars(select(Agency).where(Agency.code == "H36")).one()
    [account] = hire(session, actor, province, "Trần Văn Bình")

    with pytest.raises(NotAllowed):
        healths(session, acting(actor, account), KNOWN)


def test_postgresql_knows_no_end_without_a_beginning(session: Session) -> None:
    """A target that is not in maintenance is expected back at no time."""
    session.add(TargetStatus(name="hue", maintenance_reason="x"))

    with pytest.raises(IntegrityError):
        session.flush()

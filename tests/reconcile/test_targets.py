"""Several targets: each is claimed, paused, kept still and scanned for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import BadValue, NotAllowed, NotFound
from directory.lifecycle import NewDomain, add_domain, suspend
from provisioning.reconcile import Reconciler, Report
from provisioning.reconcile.scan import Scanner
from provisioning.reconcile.tables import EntryStatus, ForeignEntry, TargetStatus
from provisioning.reconcile.targets import (
    Maintenance,
    TargetHealth,
    begin_maintenance,
    being_written,
    end_maintenance,
    healths,
)
from tests.book import acting, found_house, give, hire
from tests.engines import Engine, person
from tests.fakes import FakeTarget

KNOWN = ("default", "hue")


@dataclass
class Both:
    """An engine with a second target, on which the other province's new domain is."""

    engine: Engine
    hue: FakeTarget

    def run_hue(self) -> Report:
        """Do one round for the second target."""
        return self.reconciler().run()

    def reconciler(self) -> Reconciler:
        """Give a worker of the second target."""
        return replace(self.engine.reconciler(self.hue), name="hue")

    def hire(self, name: str) -> str:
        """Appoint somebody of the other province."""
        with self.engine.outbox.transaction() as session:
            agency = session.scalars(select(Agency).where(Agency.code == "H37")).one()
            [account] = hire(session, self.engine.actor, agency, name)
            return account.number

    def do(self, verb: Callable[..., object], *more: object) -> None:
        """Let the system call a verb about targets."""
        with self.engine.outbox.transaction() as session:
            verb(session, self.engine.actor, *more)

    def waiting(self) -> set[str]:
        """Give the targets for which something waits."""
        with self.engine.outbox.transaction() as session:
            return set(session.scalars(select(Due.target)))

    def health(self, name: str) -> TargetHealth:
        """Tell how a target is."""
        with self.engine.outbox.transaction() as session:
            [found] = [each for each in healths(session, self.engine.actor, KNOWN) if each.name == name]
            session.expunge_all()
            return found


@pytest.fixture
def both(engine: Engine) -> Both:
    """Give an engine of two targets; the other province makes its addresses on the second."""
    both = Both(engine, FakeTarget())
    with engine.outbox.transaction() as session:
        other = session.scalars(select(Agency).where(Agency.code == "H37")).one()
        session.execute(text("UPDATE domains SET is_primary = false WHERE agency_id = :id"), {"id": other.id})
        add_domain(session, engine.actor, [NewDomain(other.id, "hue.gov.vn", target="hue")])
    engine.settle(1)
    both.run_hue()
    return both


@pytest.fixture
def operator(session: Session, actor: Actor) -> Actor:
    """Give the operator of the first province."""
    province = found_house(session, actor).province
    [account] = hire(session, actor, province, "Lê Thị Chi")
    give(session, account, "operator", province)
    return acting(actor, account)


def test_each_entry_is_written_where_its_domain_is(both: Both) -> None:
    """Each worker takes only what is its target's, and the entry stands nowhere else."""
    here, [there] = both.engine.hire("Nguyễn Văn An")[0], [both.hire("Trần Văn Bình")]

    both.engine.run()
    both.run_hue()

    default = both.engine.target
    assert isinstance(default, FakeTarget)
    assert (person(here) in default.entries, person(there) in default.entries) == (True, False)
    assert (person(here) in both.hue.entries, person(there) in both.hue.entries) == (False, True)
    assert both.waiting() == set()


def test_target_that_is_away_pauses_alone(both: Both) -> None:
    """While one target is away the other is written to, and only the one is paused."""
    both.engine.hire("Nguyễn Văn An")
    both.hire("Trần Văn Bình")
    both.hue.is_down = True

    assert both.run_hue().paused_for is not None
    assert both.engine.run().done == 1
    assert both.waiting() == {"hue"}
    assert (both.health("hue").state, both.health("default").state) == ("failing", "working")


def test_status_remembers_where_an_entry_is(both: Both) -> None:
    """What came of a try says in which target."""
    number = both.hire("Trần Văn Bình")

    both.run_hue()

    status = both.engine.status(number)
    assert status is not None
    assert (status.state, status.target) == ("ok", "hue")


def test_results_are_counted_and_fade(both: Both) -> None:
    """Each target counts its results; its rate grows with them, and fades while nothing happens."""
    before = both.health("hue")
    both.hire("Trần Văn Bình")
    both.run_hue()
    after = both.health("hue")
    with both.engine.outbox.transaction() as session:
        session.execute(text("UPDATE target_status SET ok_at = ok_at - interval '1 hour'"))

    assert before.status is not None
    assert after.status is not None
    assert after.status.results == before.status.results + 1
    assert after.rate > 0
    assert both.health("hue").rate < after.rate / 1000


def test_scan_meets_only_its_target(both: Both) -> None:
    """A scan of one target neither misses what is on the other, nor puts it right there."""
    both.engine.hire("Nguyễn Văn An")
    number = both.hire("Trần Văn Bình")
    both.engine.run()
    both.run_hue()
    outbox, clock = both.engine.outbox, lambda: both.engine.now

    clean = Scanner(outbox, both.engine.target, clock).full()
    del both.hue.entries[person(number)]
    found = Scanner(outbox, both.hue, clock, "hue").full()

    assert (clean.restored, clean.asked, clean.foreign) == (0, 0, 0)
    assert found.restored == 1
    assert both.waiting() == {"hue"}


def test_entry_of_another_target_is_foreign(both: Both) -> None:
    """An entry of somebody who lives on another target is reported where it is, and left alone."""
    number = both.hire("Trần Văn Bình")
    both.run_hue()
    default = both.engine.target
    assert isinstance(default, FakeTarget)
    default.entries[person(number)] = both.hue.entries[person(number)]

    report = Scanner(both.engine.outbox, default, lambda: both.engine.now).full()

    assert (report.restored, report.foreign) == (0, 1)
    with both.engine.outbox.transaction() as session:
        [foreign] = session.scalars(select(ForeignEntry)).all()
        assert (foreign.target, foreign.path) == ("default", f"uid={number},ou=people")


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


def test_reasons_are_counted(both: Both) -> None:
    """What fails is counted by why it fails."""
    with both.engine.outbox.transaction() as session:
        for number, (state, reason) in enumerate([("retry", "A"), ("refused", "A"), ("refused", "B")], 900):
            values = {"state": state, "reason": reason, "tried_revision": 1, "at": both.engine.now, "target": "hue"}
            session.add(EntryStatus(subject="account", subject_id=number, **values))

    load = both.health("hue").load

    assert load is not None
    assert (load.retrying, load.refused, dict(load.reasons)) == (1, 2, {"A": 2, "B": 1})


def test_target_that_no_setting_describes_is_told(both: Both) -> None:
    """A domain that names a target which the settings leave out is seen as such."""
    with both.engine.outbox.transaction() as session:
        states = {each.name: each.state for each in healths(session, both.engine.actor, ["default"])}

    assert states["hue"] == "unknown"


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


def test_domains_of_the_default_target_stay_there(both: Both) -> None:
    """Adding a target moves nothing that is there."""
    with both.engine.outbox.transaction() as session:
        found = dict(session.execute(select(Domain.name, Domain.target)).all())

    assert found == {"tinh.gov.vn": "default", "khac.gov.vn": "default", "hue.gov.vn": "hue"}

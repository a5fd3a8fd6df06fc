"""Several targets: each is claimed, paused and scanned for itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.domains import Domain
from directory.due import mark
from directory.mailing_lists import follow
from provisioning.reconcile.preview import all_keys, by_target, keys_of_target, spans
from provisioning.reconcile.scan import Scanner
from provisioning.reconcile.settling import limit_in, limit_of
from provisioning.reconcile.tables import Drift, EntryStatus, ForeignEntry
from provisioning.reconcile.targets import healths
from tests.engines import person
from tests.fakes import FakeTarget
from tests.reconcile.several import KNOWN, Both, both

__all__ = ["both"]


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


def test_what_is_marked_again_waits_where_it_lives_now(both: Both) -> None:
    """What waited for one target, and has got its address in another since, waits there, and is noted there."""
    number = both.hire("Trần Văn Bình")
    both.run_hue()
    with both.engine.outbox.transaction() as session:
        session.execute(text("UPDATE entry_status SET target = 'default' WHERE subject = 'account'"))
        mark_account(both, session, number)
        session.execute(text("UPDATE due SET target = 'default'"))
        mark_account(both, session, number)

    assert both.waiting() == {"hue"}
    both.run_hue()

    assert [each.target for each in [both.engine.status(number)] if each] == ["hue"]


def mark_account(both: Both, session: Session, number: str) -> None:
    """Mark an account due."""
    mark(session, both.engine.actor, "account", [both.engine.account(session, number).id])


def test_one_target_allows_no_more_in_another(both: Both) -> None:
    """How much a scan may do by itself follows from what stands in its own target alone."""
    many = (
        "INSERT INTO entry_status (subject, subject_id, state, tried_revision, at, target)"
        " SELECT 'account', 900 + each, 'ok', 1, now(), 'default' FROM generate_series(1, 1000) AS each"
    )

    with both.engine.outbox.transaction() as session:
        session.execute(text(many))

        assert limit_in(session, "default") > limit_in(session, "hue") == limit_of(0)


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


def test_scan_of_changes_begins_where_its_target_was_left(both: Both) -> None:
    """What others changed in one target is found, though later versions were met in another."""
    number = both.hire("Trần Văn Bình")
    both.run_hue()
    outbox, clock = both.engine.outbox, lambda: both.engine.now
    default = both.engine.target
    assert isinstance(default, FakeTarget)
    default.version = 1000
    both.engine.hire("Nguyễn Văn An")
    both.engine.run()
    Scanner(outbox, default, clock).full()
    Scanner(outbox, both.hue, clock, "hue").full()
    both.hue.edit(person(number), cvQuota=("1",))

    report = Scanner(outbox, both.hue, clock, "hue").changed()

    assert report.restored == 1


def test_scan_forgets_nothing_of_another_target(both: Both) -> None:
    """What was kept for a person of one target, and what is nobody's there, outlive a scan of another."""
    with both.engine.outbox.transaction() as session:
        session.add(
            Drift(
                subject="account",
                subject_id=900,
                kind="changed",
                differences={},
                found_at=both.engine.now - timedelta(days=1),
                target="hue",
            )
        )
        session.add(ForeignEntry(target="hue", path="uid=khac,ou=people", found_at=both.engine.now - timedelta(days=1)))

    Scanner(both.engine.outbox, both.engine.target, lambda: both.engine.now).full()

    with both.engine.outbox.transaction() as session:
        kept = [session.scalar(select(func.count()).select_from(each)) for each in (Drift, ForeignEntry)]
    assert kept == [1, 1]


def test_agency_and_group_stand_in_the_default_target_alone(both: Both) -> None:
    """An agency whose domain is on another target has its entry and group in the default one; its people who live
    elsewhere have no entry there, and so are no members.
    """
    both.hire("Trần Văn Bình")
    with both.engine.outbox.transaction() as session:
        follow(session, both.engine.actor)
    both.engine.settle()
    both.run_hue()
    default = both.engine.target
    assert isinstance(default, FakeTarget)

    with both.engine.outbox.transaction() as session:
        public_id = session.scalars(select(Agency.public_id).where(Agency.code == "H37")).one()
    group, entry = ((("cvAgencyId", public_id), ("ou", branch)) for branch in ("groups", "agencies"))

    assert "member" not in default.entries[group][0]
    assert entry in default.entries
    assert not [name for name in both.hue.entries if name[0][0] == "cvAgencyId"]


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


def test_nobody_is_woken_for_a_target_without_workers(both: Both) -> None:
    """What waits for a target that the settings leave out puts no job into a queue that nobody empties."""
    woken: list[str] = []
    outbox = replace(both.engine.outbox, wake=lambda _, wake_up: woken.append(wake_up), targets=["default"])
    both.engine.outbox = outbox

    both.hire("Trần Văn Bình")
    both.engine.hire("Nguyễn Văn An")

    assert {each for each in woken if each.startswith("reconcile")} == {"reconcile"}
    assert both.waiting() == {"default", "hue"}


def test_domains_of_the_default_target_stay_there(both: Both) -> None:
    """Adding a target moves nothing that is there."""
    with both.engine.outbox.transaction() as session:
        found = dict(session.execute(select(Domain.name, Domain.target)).all())

    assert found == {"tinh.gov.vn": "default", "khac.gov.vn": "default", "hue.gov.vn": "hue"}


def test_subjects_of_a_target_are_those_whose_entries_stand_there(both: Both) -> None:
    """Target by target the whole book is given, each subject once, however small the spans it is asked for in."""
    both.engine.hire("Nguyễn Văn An", "Lê Văn Cường", "Phạm Văn Dũng")
    both.hire("Trần Văn Bình")

    with both.engine.outbox.transaction() as session:
        found = {
            name: [key for span in spans(session, size=2) for key in keys_of_target(session, name, span)]
            for name in KNOWN
        }
        sorted_out = by_target(session, all_keys(session))

    assert {name: sorted(keys) for name, keys in found.items()} == {
        name: sorted(keys) for name, keys in sorted_out.items()
    }
    assert all(("account" in {subject for subject, _ in keys}) for keys in found.values())


def long_ago(both: Both) -> None:
    """Let two minutes pass."""
    with both.engine.outbox.transaction() as session:
        session.execute(text("UPDATE due SET since = since - interval '2 minutes'"))
        session.execute(text("UPDATE target_status SET ok_at = ok_at - interval '2 minutes'"))


def test_target_that_no_worker_writes_to_is_told(both: Both) -> None:
    """What waits for more than a minute, with no worker doing anything, is told of that target until it is written."""
    both.hire("Trần Văn Bình")
    fresh = both.health("hue").state
    long_ago(both)
    late = both.health("hue").state, both.health("default").state

    both.run_hue()

    assert (fresh, late, both.health("hue").state) == ("working", ("left", "working"), "working")


def test_long_list_is_not_left(both: Both) -> None:
    """While a worker writes, or has something in hand, what waits behind it is not left, however long it waits."""
    both.hire("Trần Văn Bình")
    both.run_hue()
    both.hire("Trần Văn Chi")
    with both.engine.outbox.transaction() as session:
        session.execute(text("UPDATE due SET since = since - interval '2 minutes'"))
    written = both.health("hue").state
    long_ago(both)
    both.reconciler().begin(only_urgent=False)

    assert (written, both.health("hue").state) == ("working", "working")

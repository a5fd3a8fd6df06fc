"""Who works on what: claims on the database's clock."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from provisioning.outbox import Outbox
from provisioning.reconcile.claims import claim, is_paused, pause, release, resume

ROW = "INSERT INTO due (subject, subject_id, revision, since, urgent) VALUES ('account', {}, 1, {}, {})"

KNOWN = (
    "INSERT INTO entry_status (subject, subject_id, state, tried_revision, at) VALUES ('account', {}, 'ok', 1, now())"
)


@pytest.fixture
def waiting(outbox: Outbox) -> Outbox:
    """Let three subjects wait; the third is urgent, though it came last."""
    with outbox.transaction() as session:
        session.execute(text(ROW.format(1, "now() - interval '3 min'", "false")))
        session.execute(text(ROW.format(2, "now() - interval '2 min'", "false")))
        session.execute(text(ROW.format(3, "now() - interval '1 min'", "true")))
    return outbox


def claimed(outbox: Outbox, by: str, limit: int = 10) -> list[int]:
    """Claim, and give the ids."""
    with outbox.transaction() as session:
        return sorted(each.key[1] for each in claim(session, by, limit))


def pass_time(outbox: Outbox, seconds: int) -> None:
    """Let leases grow older by some seconds."""
    with outbox.transaction() as session:
        session.execute(text(f"UPDATE due SET claimed_until = claimed_until - interval '{seconds} s'"))


def test_urgent_comes_first_and_alone(waiting: Outbox) -> None:
    """A disable is claimed before everything else, in a round of its own."""
    assert claimed(waiting, "a") == [3]
    assert claimed(waiting, "a") == [1, 2]


def test_only_what_is_urgent_is_claimed(waiting: Outbox) -> None:
    """Whoever is there for disables alone takes nothing else, and nothing when there are none."""
    with waiting.transaction() as session:
        first = claim(session, "a", 10, only_urgent=True)
        second = claim(session, "a", 10, only_urgent=True)

    assert ([each.key[1] for each in first], second) == ([3], [])


@pytest.fixture
def together(outbox: Outbox) -> Outbox:
    """Let a disable wait, another subject that was marked in the same moment, and one of a moment before."""
    with outbox.transaction() as session:
        session.execute(text(ROW.format(1, "now() - interval '1 min'", "true")))
        session.execute(text(ROW.format(2, "now() - interval '1 min'", "false")))
        session.execute(text(ROW.format(3, "now() - interval '2 min'", "false")))
    return outbox


def test_what_was_marked_with_a_disable_waits_for_it(together: Outbox) -> None:
    """While one worker has the disable in hand, another takes only what was not marked together with it."""
    assert claimed(together, "a") == [1]
    assert claimed(together, "b") == [3]

    with together.transaction() as session:
        session.execute(text("DELETE FROM due WHERE subject_id = 1"))

    assert claimed(together, "b") == [2]


def test_disable_that_failed_delays_nobody(together: Outbox) -> None:
    """A disable that is to be tried again later keeps nobody waiting."""
    with together.transaction() as session:
        session.execute(text("UPDATE due SET not_before = now() + interval '1 min' WHERE subject_id = 1"))

    assert claimed(together, "b") == [2, 3]


def test_newcomer_has_no_past(waiting: Outbox) -> None:
    """Only a subject of which nothing is known, and that nobody has claimed before, counts as new."""
    with waiting.transaction() as session:
        session.execute(text(KNOWN.format(1)))
        session.execute(text("UPDATE due SET claimed_by = 'dead' WHERE subject_id = 2"))
        session.execute(text("UPDATE due SET urgent = false"))
        claims = claim(session, "a", 10)

    assert {each.key[1] for each in claims if each.is_new} == {3}


def test_oldest_comes_first(waiting: Outbox) -> None:
    """Among equals the one that has waited longest is claimed first, however PostgreSQL reads them."""
    claimed(waiting, "a")
    with waiting.transaction() as session:
        session.execute(text("UPDATE due SET since = now() - interval '4 min' WHERE subject_id = 2"))
        session.execute(text("SET LOCAL enable_indexscan = off"))

        [first] = claim(session, "a", 1)

    assert first.key == ("account", 2)


def test_claimed_is_not_claimed_again(waiting: Outbox) -> None:
    """What one worker has claimed no other gets while the lease runs."""
    claimed(waiting, "a")
    claimed(waiting, "a")

    assert claimed(waiting, "b") == []


def test_two_claim_at_once_without_waiting(waiting: Outbox) -> None:
    """A worker does not wait for another's open claim, and takes something else."""
    with waiting.transaction() as first:
        claim(first, "a", 10)
        with waiting.transaction() as second:
            others = claim(second, "b", 10)

    assert sorted(each.key[1] for each in others) == [1, 2]


def test_lease_of_a_dead_worker_ends(waiting: Outbox) -> None:
    """After its lease a claim is another's, who learns that the subject was tried before."""
    claimed(waiting, "a")
    claimed(waiting, "a")
    pass_time(waiting, 61)

    with waiting.transaction() as session:
        [taken] = claim(session, "b", 10)

    assert taken.key == ("account", 3)
    assert taken.was_claimed


def test_urgent_is_taken_over_soon(waiting: Outbox) -> None:
    """A disable does not wait for the lease of a worker that may be dead."""
    claimed(waiting, "a")
    claimed(waiting, "a")
    pass_time(waiting, 5)

    assert claimed(waiting, "b") == [3]


def test_released_is_free(waiting: Outbox) -> None:
    """What a worker gives back another can claim at once."""
    claimed(waiting, "a")

    with waiting.transaction() as session:
        release(session, "a", [("account", 3)])

    assert claimed(waiting, "b") == [3]


def test_what_another_has_taken_over_is_not_given_back(waiting: Outbox) -> None:
    """A worker that lost a subject with its lease cannot give it back from under the one who has it now."""
    claimed(waiting, "a")
    pass_time(waiting, 61)
    claimed(waiting, "b")

    with waiting.transaction() as session:
        release(session, "a", [("account", 3)])

    assert 3 not in claimed(waiting, "c")


def test_waiting_for_a_later_try_is_not_claimed(waiting: Outbox) -> None:
    """A subject whose next try is later is left until then."""
    with waiting.transaction() as session:
        session.execute(text("UPDATE due SET not_before = now() + interval '1 min' WHERE subject_id < 3"))

    assert claimed(waiting, "a") == [3]
    assert claimed(waiting, "a") == []


def test_pause_grows_and_ends(outbox: Outbox) -> None:
    """Each fault in a row pauses the target for longer; an answer ends the pause."""
    waits = []
    for _ in range(3):
        with outbox.transaction() as session:
            waits.append(pause(session, "down", chance=1.0).total_seconds())
    with outbox.transaction() as session:
        assert is_paused(session)

    with outbox.transaction() as session:
        resume(session)

    assert waits == [1, 2, 4]
    with outbox.transaction() as session:
        assert not is_paused(session)


def test_faults_in_a_row_began_with_the_first(outbox: Outbox) -> None:
    """A target that fails again still fails since the first fault."""
    with outbox.transaction() as session:
        pause(session, "down", chance=1.0)
        first = session.scalar(text("SELECT failing_since FROM target_status"))

    with outbox.transaction() as session:
        pause(session, "down", chance=1.0)
        second = session.scalar(text("SELECT failing_since FROM target_status"))

    assert second == first

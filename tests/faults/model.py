"""Random histories of changes, rounds, faults, scans and edits by hand: what is reported as done stays done, whatever
happens in whatever order, and in the end all is as the book wants. The book itself is the oracle.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import system
from directory.credentials.tables import AppPassword
from directory.desired import Wanted, wanted
from directory.desired.values import Key
from directory.due import Due, mark
from directory.lifecycle import reinstate, suspend
from directory.notices import Notice
from provisioning.outbox import Outbox
from provisioning.ports import Delete, Modify, Observed
from provisioning.reconcile import claims, drift, rounds
from provisioning.reconcile.changes import changes
from provisioning.reconcile.scan import Scanner
from provisioning.reconcile.tables import Drift, EntryStatus
from tests.conftest import NOW
from tests.engines import Engine
from tests.faults.faulty import Faulty

PEOPLE = 2
WHO = st.integers(0, PEOPLE - 1)
FAULT = st.sampled_from(["none", "none", "late", "lost", "down"])
HISTORIES = settings(
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    # A failure is told as it was found: making it smaller takes minutes, and its steps are few.
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
_NO_WAIT_FOR_LOCKS = text("SET LOCAL lock_timeout = '1s'")


class Histories(RuleBasedStateMachine):
    """The engine itself between the book and a target that fails."""

    outbox: Outbox
    make_target: Callable[[], Faulty]

    @initialize()
    def begin(self) -> None:
        """Hire people into a book where nothing else is due; nobody else's entries are known."""
        self.target = type(self).make_target()
        self.engine = Engine(self.outbox, self.target)
        with self.outbox.transaction() as session:
            for table in (Due, EntryStatus, Drift):
                session.execute(delete(table))
        self.numbers = self.engine.hire(*["Nguyễn Văn An"] * PEOPLE)
        with self.outbox.transaction() as session:
            self.ids = [self.engine.account(session, number).id for number in self.numbers]
        self.touched: set[int] = set()
        """Whose entries somebody else changed since the last scan."""

    @rule(who=WHO)
    def turn_over(self, who: int) -> None:
        """Suspend somebody, or take it back."""
        with self.outbox.transaction() as session:
            is_active = session.get_one(Account, self.ids[who]).state == "active"
        self.engine.do(suspend if is_active else reinstate, self.numbers[who], "a reason")

    @rule(who=WHO)
    def make_app_password(self, who: int) -> None:
        """Give somebody one more app password."""
        self.engine.app_password(self.numbers[who])
        self.mark(who)

    @rule(who=WHO)
    def revoke_app_passwords(self, who: int) -> None:
        """Revoke all app passwords of somebody."""
        with self.outbox.transaction() as session:
            mine = AppPassword.account_id == self.ids[who]
            session.execute(update(AppPassword).where(mine).values(revoked_at=NOW))
        self.mark(who)

    @rule(fault=FAULT)
    def work(self, fault: str) -> None:
        """Do a round, perhaps with a fault."""
        self.target.fault = fault
        self.engine.let_time_pass()
        self.engine.run()
        self.target.fault, self.target.spared, self.target.meanwhile = "none", 0, None

    @rule(who=WHO, fault=FAULT)
    def work_while_another_does(self, who: int, fault: str) -> None:
        """Do a round while, between its look and its write, the book changes and another worker does one too."""
        self.turn_over(who)
        self.target.meanwhile = self.work_at_once
        self.work(fault)

    @rule(who=WHO)
    def work_while_the_book_is_read(self, who: int) -> None:
        """Do a round while the book changes just after its values were read."""
        self.mark(who)
        self.while_reading(lambda: self.turn_over(who))
        self.work("none")

    @rule(fault=FAULT)
    def work_while_late_requests_arrive(self, fault: str) -> None:
        """Do a round while requests that were stuck run between its look and its write."""
        self.target.meanwhile = self.target.arrive
        self.work(fault)

    @rule(who=WHO)
    def request_is_stuck_while_the_book_goes_on(self, who: int) -> None:
        """Let a change of somebody real be stuck, take it back, and make that real."""
        self.work("none")
        self.turn_over(who)
        self.work("late")
        self.turn_over(who)
        self.work("none")

    @rule(who=WHO)
    def request_that_was_stuck_arrives_between_look_and_write(self, who: int) -> None:
        """Let a change of somebody real be stuck, take it back, and let it arrive just before that is written."""
        self.work("none")
        self.turn_over(who)
        self.work("late")
        self.turn_over(who)
        self.work_while_late_requests_arrive("none")

    @rule(who=WHO)
    def app_password_is_stuck_and_revoked(self, who: int) -> None:
        """Let the add of an app password be stuck, behind the change of its owner's entry, and revoke it."""
        self.work("none")
        self.make_app_password(who)
        self.target.spared = 1
        self.work("late")
        self.revoke_app_passwords(who)
        self.work("none")

    @rule()
    def late_requests_arrive(self) -> None:
        """Let the requests that were stuck run now."""
        self.target.arrive()

    @rule()
    def two_claim_at_once(self) -> None:
        """Two workers whose claims overlap in time get different subjects, neither waits, and disables come first."""
        with Session(self.outbox.engine) as first, Session(self.outbox.engine) as second:
            disables = self.disables(first)
            mine = self.claim(first, 1)
            theirs = self.claim(second, 1)
            assert not mine & theirs
            assert not disables or mine <= disables

    @rule()
    def claim_while_another_holds_its_lease(self) -> None:
        """What a live worker has claimed is not another's, whatever that one's own clock says."""
        self.engine.let_time_pass()
        with self.outbox.transaction() as session:
            held = self.claim(session)
        with Session(self.outbox.engine) as another:
            assert not held & self.claim(another)

    @rule(who=WHO)
    def edit_by_hand(self, who: int) -> None:
        """Let somebody else open what may be shut."""
        if (seen := self.seen(who)) is not None:
            self.target.inner.apply([Modify(seen.name, {"cvState": ("active",), "cvQuota": ("1",)}, seen.csn)])
            self.touched.add(who)

    @rule(who=WHO)
    def delete_by_hand(self, who: int) -> None:
        """Let somebody else remove an entry with all below it."""
        if (seen := self.seen(who)) is not None:
            self.target.inner.apply([Delete(each.name, each.csn) for each in seen.children.values()])
            self.target.inner.apply([Delete(seen.name, seen.csn)])
            self.touched.add(who)

    @rule()
    def delete_all_by_hand(self) -> None:
        """Let somebody else remove everybody."""
        for who in range(PEOPLE):
            self.delete_by_hand(who)

    @rule()
    def scan(self) -> None:
        """Scan everything: where all are gone at once, nothing comes back without a person."""
        with self.outbox.transaction() as session:
            due = set(session.scalars(select(Due.subject_id)))
            real = set(session.scalars(select(EntryStatus.subject_id).where(EntryStatus.state == "ok")))
        gone = {self.ids[who] for who in range(PEOPLE) if self.seen(who) is None} & real - due
        report = Scanner(self.outbox, self.target, lambda: self.engine.now).full()
        assert report.is_held or len(gone) < PEOPLE
        if not report.is_held:
            self.touched.clear()

    @invariant()
    def what_is_done_stays_done(self) -> None:
        """Whoever is not due, and whom nobody else touched, has exactly the entries that the book wants."""
        if hasattr(self, "touched"):
            with self.outbox.transaction() as session:
                due = set(session.scalars(select(Due.subject_id)))
                self.compare(session, {each for who, each in enumerate(self.ids) if who not in self.touched} - due)

    def teardown(self) -> None:
        """The queue, and a scan if others meddled, bring all to what the book wants; no late request undoes it."""
        if not hasattr(self, "touched") or sys.exc_info()[0] is not None:
            return
        self.engine.settle()
        if self.touched:
            self.scan()
            with self.outbox.transaction() as session:
                drift.restore(session, self.engine.actor, None)
            self.engine.settle()
        self.target.arrive()
        assert self.engine.due() == 0
        assert self.welcomes() == PEOPLE
        with self.outbox.transaction() as session:
            self.compare(session, set(self.ids))

    def welcomes(self) -> int:
        """Count the welcome notices of this history's people."""
        with self.outbox.transaction() as session:
            mine = Notice.account_id.in_(self.ids), Notice.message == "welcome"
            return session.scalars(select(func.count(Notice.id)).where(*mine)).one()

    def work_at_once(self) -> None:
        """Do a round as another worker, whom no lease stops."""
        self.engine.let_time_pass()
        self.engine.run()

    def while_reading(self, does: Callable[[], object]) -> None:
        """Let something happen once, just after the engine has read what entries should be."""
        names = vars(rounds)
        real = names["wanted"]

        def read(session: Session, *what: object) -> dict[Key, Wanted]:
            names["wanted"] = real
            found: dict[Key, Wanted] = real(session, *what)
            does()
            return found

        names["wanted"] = read

    def claim(self, session: Session, limit: int = rounds.BATCH) -> set[Key]:
        """Claim as many subjects as a worker does, or fewer, without waiting for anybody."""
        session.execute(_NO_WAIT_FOR_LOCKS)
        try:
            return {each.key for each in claims.claim(session, "a worker", limit)}
        except OperationalError as waited:
            raise AssertionError("one worker waited for the claim of another") from waited

    def disables(self, session: Session) -> set[Key]:
        """Give the disables that wait and that nobody holds."""
        free = Due.urgent, Due.claimed_until.is_(None), or_(Due.not_before.is_(None), Due.not_before <= func.now())
        return {
            (each.subject, each.subject_id)
            for each in session.execute(select(Due.subject, Due.subject_id).where(*free))
        }

    def seen(self, who: int) -> Observed | None:
        """Look at somebody's entry."""
        name = (("uid", self.numbers[who]), ("ou", "people"))
        return self.target.inner.observe([name]).get(name)

    def mark(self, who: int) -> None:
        """Note that somebody's entry must follow."""
        with self.outbox.transaction() as session:
            mark(session, system(NOW, "test"), "account", [self.ids[who]])

    def compare(self, session: Session, ids: set[int]) -> None:
        """Assert that these accounts' entries, with what is below them, need no change."""
        wants = wanted(session, system(NOW, "test"), [("account", each) for each in ids])
        seen = self.target.inner.observe([want.entry.name for want in wants.values()])
        assert [changes(want.entry, seen.get(want.entry.name)) for want in wants.values()] == [[]] * len(wants)

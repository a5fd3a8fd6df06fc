"""Whatever locks subjects takes them in one order, and a round waits for nobody while it holds one: none is ended."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from directory.accounts import Account
from directory.agencies import Agency
from directory.desired import Name
from directory.desired.values import Key
from directory.due import mark
from directory.lifecycle import ListOpening, ListRule, open_mailing_list
from directory.mailing_lists import follow
from provisioning.reconcile import Reconciler, drift
from provisioning.reconcile.preview import all_keys
from provisioning.reconcile.rounds import Round
from provisioning.reconcile.scan import Scanner
from provisioning.reconcile.settling import restore_all
from provisioning.reconcile.tables import EntryStatus
from tests.engines import Engine
from tests.fakes import FakeTarget
from tests.reconcile.test_crossing import NAMES, Others, others

__all__ = ["others"]
TURNS = 25
"""How often each of those who run at once does something."""


@pytest.fixture
def keys(engine: Engine) -> dict[str, Sequence[Key]]:
    """Give the subjects of a department with people, a role mailbox and a mailing list, all of them real."""
    numbers = engine.hire(*NAMES)
    engine.role_mailbox(numbers[0])
    with engine.outbox.transaction() as session:
        department = session.scalars(select(Agency).where(Agency.code == "H36.05")).one()
        rule = ListRule("Toàn thể", "members", "staff")
        open_mailing_list(session, engine.actor, [ListOpening(department.id, "toanthe@tinh.gov.vn", rule)])
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)
    engine.settle()
    with engine.outbox.transaction() as session:
        found: dict[str, list[Key]] = {}
        for key in all_keys(session):
            found.setdefault(key[0], []).append(key)
    return dict(found)


def mark_in(engine: Engine, keys: Sequence[Key]) -> None:
    """Mark subjects due, one after the other in this order, in one transaction: as verbs do that call others."""
    with engine.outbox.transaction() as session:
        for subject, subject_id in keys:
            mark(session, engine.actor, subject, [subject_id])  # type: ignore[arg-type]  # a key says which


def taken_on(engine: Engine) -> tuple[Reconciler, Round]:
    """Give a round that has done all but to record it, and whose it is."""
    reconciler = engine.reconciler()
    this = reconciler.begin(only_urgent=False)
    reconciler.make_real(this)
    return reconciler, this


def in_hand(engine: Engine, keys: Sequence[Key]) -> tuple[Reconciler, Round]:
    """Give such a round of some subjects."""
    mark_in(engine, keys)
    return taken_on(engine)


def change_department(engine: Engine) -> None:
    """Let the name of the department and who is in it have changed, as the triggers note it."""
    with engine.outbox.transaction() as session:
        session.execute(text("UPDATE agencies SET short_name = 'S' || revision WHERE code = 'H36.05'"))


def test_round_is_recorded_while_a_verb_marks_in_an_order_of_its_own(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]]
) -> None:
    """A round that holds an account waits for no role mailbox that a verb has marked which wants the account next."""
    [mailbox], account = keys["mailbox"], keys["account"][0]
    reconciler, this = in_hand(engine, [account, mailbox])

    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "mailbox", [mailbox[1]])
        others.start(lambda: reconciler.finish(this))
        mark(session, engine.actor, "account", [account[1]])

    assert others.ended() == []


def test_what_is_marked_while_a_round_is_recorded_is_recorded_after_it(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]]
) -> None:
    """What somebody marks at that moment is noted as it is afterwards, and is free for the next round at once."""
    first, second = keys["account"][:2]
    reconciler, this = in_hand(engine, [first, second])

    with engine.outbox.transaction() as session:
        mark(session, engine.actor, "account", [first[1]])
        others.start(lambda: reconciler.finish(this))

    assert others.ended() == []
    assert list(engine.reconciler().begin(only_urgent=False).claims) == [first]


def test_lists_and_agencies_follow_while_a_scan_writes_them_anew(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]]
) -> None:
    """Who lets lists and agencies follow, and a scan that writes the same ones anew, take them in the same order."""
    [mailing_list] = keys["mailing_list"]
    change_department(engine)
    both = [mailing_list, *keys["agency"]]

    with engine.outbox.transaction() as session:
        session.execute(text("SELECT FROM mailing_lists FOR NO KEY UPDATE"))
        others.start(lambda: write_anew(engine, both))
        others.start(lambda: let_follow(engine))

    assert others.ended() == []


def write_anew(engine: Engine, keys: Sequence[Key]) -> None:
    """Have subjects written anew, as a scan does."""
    with engine.outbox.transaction() as session:
        restore_all(session, engine.actor, keys)


def let_follow(engine: Engine) -> None:
    """Let lists, groups and agencies follow what was noted."""
    with engine.outbox.transaction() as session:
        follow(session, engine.actor)


@pytest.mark.parametrize("turned", ["no", "yes", "those to be tried again last"])
def test_round_is_recorded_while_a_scan_finds_entries_right(
    engine: Engine, others: Others, keys: dict[str, Sequence[Key]], turned: str
) -> None:
    """A round and a scan that write down versions of the same entries take them in the same order."""
    first, second, third = keys["account"][:3]
    mark_in(engine, [first, second, third])
    with engine.outbox.transaction() as session:
        # They lie in another order than that in which they are written down.
        for _, subject_id in (third, second, first) if turned == "yes" else (first, second, third):
            session.execute(text("UPDATE due SET since = since WHERE subject_id = :id"), {"id": subject_id})
            session.execute(
                text("UPDATE entry_status SET at = at WHERE subject = 'account' AND subject_id = :id"),
                {"id": first[1] + third[1] - subject_id},
            )
    reconciler, this = taken_on(engine)
    if turned not in {"no", "yes"}:
        this.results |= {key: replace(this.results[key], state="retry") for key in (first, second)}

    with engine.outbox.transaction() as session:
        session.execute(
            text("SELECT FROM entry_status WHERE (subject, subject_id) = ('account', :id) FOR UPDATE"),
            {"id": second[1]},
        )
        others.start(lambda: list(scanner(engine).findings([third, second, first])))
        others.start(lambda: reconciler.finish(this))

    assert others.ended() == []


def scanner(engine: Engine) -> Scanner:
    """Give a scanner of the engine's target."""
    return Scanner(engine.outbox, engine.target, lambda: engine.now)


def test_person_restores_while_a_scan_settles_the_same(
    engine: Engine, target: FakeTarget, others: Others, keys: dict[str, Sequence[Key]]
) -> None:
    """Who writes an entry anew about which somebody is asked, and a scan that looks at it again, end both."""
    account = keys["account"][0]
    with engine.outbox.transaction() as session:
        number = session.scalar(select(Account.number).where(Account.id == account[1])) or ""
    entry: Name = (("uid", number), ("ou", "people"))
    target.edit(entry, cn=("Khác",))
    scanner(engine).full()
    target.edit(entry, cvQuota=("1",))

    with engine.outbox.transaction() as session:
        session.execute(text("SELECT FROM accounts WHERE id = :id FOR NO KEY UPDATE"), {"id": account[1]})
        others.start(lambda: restore(engine, number))
        others.start(lambda: scanner(engine).full())

    assert others.ended() == []


def restore(engine: Engine, number: str) -> None:
    """Decide, as a person, that an entry is written anew."""
    with engine.outbox.transaction() as session:
        drift.restore(session, engine.actor, [("account", number)])


def test_many_at_once_end_none(engine: Engine, keys: dict[str, Sequence[Key]]) -> None:
    """Rounds, scans, marks by verbs in the common order, and lists that follow, all at once: nobody is ended."""
    known = [key for some in keys.values() for key in some]
    failed: list[str] = []

    def go_on(seed: int, act: Callable[[random.Random], object]) -> None:
        chance = random.Random(seed)
        for _ in range(TURNS):
            try:
                act(chance)
            except OperationalError as error:
                failed.append(type(error.orig).__name__)

    def some(chance: random.Random) -> list[Key]:
        return chance.sample(known, chance.randint(1, len(known)))

    def change_and_follow(_chance: random.Random) -> None:
        change_department(engine)
        let_follow(engine)

    acts: list[Callable[[random.Random], object]] = [
        lambda _: engine.run(),
        lambda _: engine.reconciler().run(only_urgent=True),
        lambda chance: write_anew(engine, some(chance)),
        lambda chance: mark_in(engine, sorted(some(chance), key=known.index)),
        lambda chance: list(scanner(engine).findings(some(chance))),
        change_and_follow,
    ]
    threads = [threading.Thread(target=go_on, args=(seed, act)) for seed, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    engine.settle()
    with engine.outbox.transaction() as session:
        states = session.execute(select(EntryStatus.state, func.count()).group_by(EntryStatus.state)).all()
    assert [state for state, _ in states] == ["ok"]

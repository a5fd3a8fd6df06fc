"""Lists that are applied while their agency ends, moves or is called otherwise: each waits, and none is ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor
from directory.domains import Domain
from directory.due import mark
from directory.errors import WrongState
from directory.lifecycle import Founding, found_agency
from directory.mailboxes import Mailbox
from directory.officials import Official
from directory.reorganisation import Move, Plan, Recoding, move, recode, reorganise
from directory.staff_lists.apply import apply_next, start
from directory.staff_lists.review import counts
from directory.staff_lists.tables import StaffList
from provisioning.outbox import Outbox
from tests.book import LONG_AGO, found_house
from tests.lists.conftest import applied, planned_for, rows_of
from tests.lists.workbooks import HEADER, ListFile, people, plain_list
from tests.reconcile.test_crossing import Others, others

__all__ = ["others"]
Act = Callable[[Session, Actor, Mapping[str, int]], object]
_TURN = "addresses of domain {}"


def merge(session: Session, actor: Actor, ids: Mapping[str, int]) -> None:
    """Let the agency of the list go on in another one."""
    reorganise(session, actor, [Plan([ids["department"]], actor.today, [ids["other"]])])


def end_unit(session: Session, actor: Actor, ids: Mapping[str, int]) -> None:
    """Let a unit of the agency go on in the agency itself."""
    reorganise(session, actor, [Plan([ids["unit"]], actor.today, [ids["department"]])])


def take_over(session: Session, actor: Actor, ids: Mapping[str, int]) -> None:
    """Let the agency take another one over."""
    reorganise(session, actor, [Plan([ids["other"]], actor.today, [ids["department"]])])


def go_below(session: Session, actor: Actor, ids: Mapping[str, int]) -> None:
    """Let the agency stand below another one."""
    move(session, actor, [Move(ids["department"], ids["other"])])


def get_a_code(session: Session, actor: Actor, ids: Mapping[str, int]) -> None:
    """Let the agency have another identifier code."""
    recode(session, actor, [Recoding(ids["department"], "H36.77")])


ACTS = (merge, end_unit, take_over, go_below, get_a_code)


@dataclass
class Scene:
    """A department with people, of whom a list that is begun changes the first and moves others, beside newcomers."""

    outbox: Outbox
    actor: Actor
    ids: dict[str, int]
    list_id: int

    def apply(self) -> None:
        """Do the list to its end."""
        more = True
        while more:
            with self.outbox.transaction() as session:
                more = apply_next(session, self.actor.now, "test")

    def begin(self, act: Act) -> None:
        """Change agencies."""
        with self.outbox.transaction() as session:
            act(session, self.actor, self.ids)

    def hold_addresses(self, session: Session) -> None:
        """Let whoever creates newcomers wait in the middle of it."""
        domain = session.scalars(select(Domain.id).where(Domain.name == "tinh.gov.vn")).one()
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(_TURN.format(domain), 0))))

    def hold_mailbox(self, session: Session) -> None:
        """Let whoever has locked people, and wants their mailboxes next, wait there."""
        own = select(Mailbox.id).where(Mailbox.account_id == self.account(session, CHANGED.name))
        session.execute(own.with_for_update())

    def account(self, session: Session, name: str) -> int:
        """Give the key of somebody's account."""
        owner = select(Account.id).join(Official, Official.id == Account.official_id)
        return session.scalars(owner.where(Official.full_name == name)).one()

    def left_behind(self) -> int:
        """Count the posts that go on at an agency that has ended."""
        runs_on = text("""
            SELECT count(*) FROM appointments AS post JOIN agencies ON agencies.id = post.agency_id
            WHERE coalesce(post.valid_to, 'infinity') > coalesce(agencies.valid_to, 'infinity')""")
        with self.outbox.transaction() as session:
            return session.scalar(runs_on) or 0

    def unsettled(self) -> int:
        """Count the rows of which the list does not say what became of them."""
        with self.outbox.transaction() as session:
            staff_list = session.get_one(StaffList, self.list_id)
            assert staff_list.state == "applied"
            return sum(each.rows - each.done - each.failed for each in counts(session, staff_list).values())


CHANGED, *MOVED = people(4)
NEWCOMERS = people(3, 10)


@pytest.fixture(params=["Phòng Hai", "Phòng Mới"])
def scene(outbox: Outbox, actor: Actor, request: pytest.FixtureRequest) -> Scene:
    """Give it, with the list begun; others move to a unit that there is, and to one that is founded."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        other = Founding("department", "Sở Tài chính", parent_id=house.province.id, code="H36.06", valid_from=LONG_AGO)
        second = Founding("unit", "Phòng Hai", parent_id=house.department.id, valid_from=LONG_AGO)
        beside, _ = found_agency(session, actor, [other, second])
        ids = {"department": house.department.id, "unit": house.unit.id, "other": beside.id}
        before = plain_list([CHANGED, *MOVED], unit="Phòng Tổ chức").sheets()
        applied(session, actor, planned_for(session, actor, house.department.id, before))
    listed = ListFile().add(HEADER)
    for number, each in enumerate([replace(CHANGED, title="Trưởng phòng"), *MOVED, *NEWCOMERS], start=1):
        unit = request.param if each in MOVED else "Phòng Tổ chức"
        listed.add([number, each.name, each.born, each.title, unit, each.personal_id])
    with outbox.transaction() as session:
        begun = planned_for(session, actor, ids["department"], listed.sheets())
        start(session, actor, begun, has_read=True)
        list_id = begun.id
    return Scene(outbox, actor, ids, list_id)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("hold", [Scene.hold_mailbox, Scene.hold_addresses])
def test_agency_changes_in_the_middle_of_a_batch(
    scene: Scene, others: Others, act: Act, hold: Callable[[Scene, Session], None]
) -> None:
    """Whoever changes the agency while a list has people in hand, or newcomers, waits for the batch; both end."""
    with scene.outbox.transaction() as session:
        hold(scene, session)
        others.start(scene.apply)
        others.start(lambda: scene.begin(act))

    assert others.ended() == []
    assert (scene.left_behind(), scene.unsettled()) == (0, 0)


@pytest.mark.parametrize("act", ACTS)
def test_list_is_applied_in_the_middle_of_a_change(scene: Scene, others: Others, act: Act) -> None:
    """A list that comes to its turn while the agency changes waits for that; both end."""
    with scene.outbox.transaction() as session:
        mark(session, scene.actor, "account", [scene.account(session, CHANGED.name)])
        others.start(lambda: scene.begin(act))
        others.start(scene.apply)

    assert others.ended() == []
    assert (scene.left_behind(), scene.unsettled()) == (0, 0)


def test_accounts_are_marked_in_the_middle_of_a_batch(scene: Scene, others: Others) -> None:
    """Whoever marks accounts in their order, and a list that moves some before it changes another one, end both."""
    with scene.outbox.transaction() as session:
        mark(session, scene.actor, "account", [scene.account(session, CHANGED.name)])
        others.start(scene.apply)
        mark(session, scene.actor, "account", [scene.account(session, each.name) for each in MOVED])

    assert others.ended() == []
    assert scene.unsettled() == 0


def test_list_of_an_agency_that_has_ended_says_so(scene: Scene) -> None:
    """Of a list whose agency ended after it was begun nothing is done, and each row says why."""
    scene.begin(merge)

    scene.apply()

    with scene.outbox.transaction() as session:
        staff_list = session.get_one(StaffList, scene.list_id)
        failures = [row.failure for row in rows_of(session, staff_list).values()]
        name = session.get_one(Agency, scene.ids["department"]).name
    closed = WrongState(subject=name, state="closed")
    assert [(each or {}).get("fields") for each in failures] == [closed.fields] * len(failures)

"""Plans of how agencies end: what is refused, what waits for its day, what is called off, what fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.agencies import Agency, Succession
from directory.base import Actor
from directory.domains import Domain
from directory.errors import (
    AgencyNotEmpty,
    BadValue,
    DirectoryError,
    EndBegun,
    EndPlanned,
    NotAllowed,
    NotFound,
    WrongState,
)
from directory.lifecycle import (
    RoleOpening,
    open_role_mailbox,
)
from directory.reorganisation import Hand, Plan, call_off, carry_out_next, failed_endings, reorganise, try_again
from directory.reorganisation.tables import Ending, Reorganisation
from tests.book import House, acting, give, hire
from tests.directory.reorganisation.agencies import MERGER, on, posts


def test_future_merger_waits_for_its_day(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """What is planned for a day to come changes nothing before, and is carried out by itself on that day."""
    (account,) = hire(session, operator, house.department, "Nguyễn Văn An")
    day = operator.today + timedelta(days=30)
    reorganise(session, operator, [Plan([house.department.id], day, [heir.id])])

    carry_out_next(session, operator)
    before = house.department.valid_to
    carry_out_next(session, on(operator, 30))

    assert before is None
    assert house.department.valid_to == day
    assert posts(session, account)[-1] == (heir.id, day, None)


def test_closing_refuses_to_leave_anybody_behind(session: Session, operator: Actor, house: House) -> None:
    """An agency in whose place nobody goes on cannot end while somebody works there."""
    hire(session, operator, house.unit, "Nguyễn Văn An")

    with pytest.raises(AgencyNotEmpty) as refused:
        reorganise(session, operator, [Plan([house.unit.id], MERGER)])

    assert (refused.value.fields["officials"], refused.value.fields["units"]) == (1, 0)


def test_empty_agency_closes(session: Session, operator: Actor, house: House) -> None:
    """An agency with nobody and nothing in it ends on the day."""
    reorganise(session, operator, [Plan([house.unit.id], MERGER)])

    assert house.unit.valid_to == MERGER


def test_failure_on_the_day_waits_for_a_person(session: Session, operator: Actor, house: House) -> None:
    """What cannot be carried out on its day says why, stops nothing else, and can be tried again."""
    (plan,) = reorganise(session, operator, [Plan([house.unit.id], operator.today + timedelta(days=1))])
    (account,) = hire(session, operator, house.unit, "Nguyễn Văn An")
    carry_out_next(session, on(operator, 1))
    failure = plan.failure
    session.execute(
        text("UPDATE appointments SET valid_to = valid_from WHERE official_id = :id"), {"id": account.official_id}
    )

    try_again(session, replace(operator, now=operator.now + timedelta(days=1)), [plan.public_id])

    assert failure is not None
    assert failure["fields"]["officials"] == "1"
    assert (plan.failure, house.unit.valid_to) == (None, operator.today + timedelta(days=1))


def test_failure_is_told_to_who_may_decide(session: Session, operator: Actor, house: House) -> None:
    """An agency that could not end on its day is named to operators over it, and to nobody else."""
    (staff,) = hire(session, operator, house.unit, "Nguyễn Văn An")
    give(session, staff, "agency_it", house.province)
    reorganise(session, operator, [Plan([house.unit.id], operator.today + timedelta(days=1))])
    carry_out_next(session, on(operator, 1))

    told = [[each.id for each in failed_endings(session, who)] for who in (operator, acting(operator, staff))]

    assert told == [[house.unit.id], []]


def test_called_off_plan_is_forgotten(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A plan that is called off before its day leaves nothing, and the agency can be planned for anew."""
    (plan,) = reorganise(session, operator, [Plan([house.unit.id], operator.today + timedelta(days=1), [heir.id])])

    call_off(session, operator, [plan.public_id])

    left = [session.scalar(select(func.count()).select_from(table)) for table in (Reorganisation, Ending, Succession)]
    assert left == [0, 0, 0]


def test_what_is_done_cannot_be_called_off(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """Once its day has come a reorganisation cannot be called off."""
    (plan,) = reorganise(session, operator, [Plan([house.unit.id], MERGER, [heir.id])])

    with pytest.raises(EndBegun):
        call_off(session, operator, [plan.public_id])


def test_agency_ends_once(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """An agency whose end is planned cannot end in another plan too."""
    day = operator.today + timedelta(days=1)
    reorganise(session, operator, [Plan([house.unit.id], day, [heir.id])])

    with pytest.raises(EndPlanned):
        reorganise(session, operator, [Plan([house.unit.id], day, [heir.id])])


def test_postgresql_lets_an_agency_end_once(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A second end of an agency is refused by PostgreSQL itself."""
    day = operator.today + timedelta(days=1)
    reorganise(session, operator, [Plan([house.unit.id], day, [heir.id])])

    with pytest.raises(IntegrityError):
        session.execute(text("INSERT INTO endings SELECT agency_id, reorganisation_id FROM endings"))


@pytest.mark.parametrize(
    ("endings", "successors", "error"),
    [
        (["unit"], ["unit"], BadValue),
        (["elsewhere"], ["department"], NotAllowed),
        (["unit"], ["elsewhere"], NotAllowed),
        ([], ["department"], NotFound),
        (["province"], ["department"], BadValue),
    ],
)
def test_unfit_plan_is_refused(
    session: Session,
    operator: Actor,
    house: House,
    endings: list[str],
    successors: list[str],
    error: type[DirectoryError],
) -> None:
    """Nobody merges an agency into itself, draws one in from elsewhere, or leaves the top without an agency."""
    ids = [[getattr(house, name).id for name in names] for names in (endings, successors)]

    with pytest.raises(error):
        reorganise(session, operator, [Plan(ids[0], MERGER, ids[1])])


def test_heir_must_be_open(session: Session, operator: Actor, house: House, heir: Agency) -> None:
    """A closed agency takes nothing over."""
    reorganise(session, operator, [Plan([heir.id], MERGER)])

    with pytest.raises(WrongState):
        reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id])])


@pytest.mark.parametrize("thing", ["unit_id", "mailbox_id", "domain_id"])
def test_things_of_others_are_not_handed(
    session: Session, operator: Actor, house: House, heir: Agency, thing: str
) -> None:
    """A plan that names a thing of an agency that does not end is refused, whatever its number."""
    (mailbox,) = open_role_mailbox(
        session, operator, [RoleOpening(house.province.id, "Văn thư", "vt.tinh@tinh.gov.vn")]
    )
    theirs = session.scalars(select(Domain.id).where(Domain.agency_id == house.elsewhere.id)).one()
    ids = {"unit_id": house.elsewhere.id, "mailbox_id": mailbox.id, "domain_id": theirs}
    hand = Hand(heir.id, **{thing: ids[thing]})

    with pytest.raises(NotFound):
        reorganise(session, operator, [Plan([house.department.id], MERGER, [heir.id], [hand])])

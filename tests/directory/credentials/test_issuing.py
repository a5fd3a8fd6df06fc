"""Who gets a slip, and from whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.credentials import issue_activation_codes
from directory.errors import NotAllowed, NotFound, WrongState
from directory.grants import Grant
from tests.book import LONG_AGO, House, hire
from tests.credentials import Enrolled
from tests.directory.credentials.slips import slip, use


def test_enrolled_official_gets_no_slip(session: Session, officer: Actor, binh: Enrolled) -> None:
    """A slip would be a way round the second factor of someone who has one."""
    with pytest.raises(WrongState):
        issue_activation_codes(session, officer, [binh.id])


def test_official_without_second_factor_gets_another_slip(session: Session, officer: Actor, newcomer: Account) -> None:
    """Whoever set a password but lost the phone before enrolling can be given a new slip."""
    use(session, officer, slip(session, officer, newcomer))

    assert use(session, officer, slip(session, officer, newcomer)) is newcomer


@pytest.mark.parametrize("role", ["hr", "head", "auditor"])
def test_other_roles_issue_no_slips(
    session: Session, house: House, binh: Enrolled, newcomer: Account, role: str
) -> None:
    """Slips are in the hands of agency IT and the operator."""
    session.add(Grant(account_id=binh.id, role=role, agency_id=house.department.id, valid_from=LONG_AGO))
    session.flush()

    with pytest.raises(NotAllowed):
        issue_activation_codes(session, binh.actor, [newcomer.id])


def test_slips_stay_inside_the_own_agencies(session: Session, actor: Actor, house: House, officer: Actor) -> None:
    """One account outside refuses the whole batch."""
    inside, outside = (
        hire(session, actor, agency, name, state="pending")[0].id
        for agency, name in ((house.unit, "Lý Văn Tài"), (house.elsewhere, "Mai Thị Hoa"))
    )

    with pytest.raises(NotAllowed):
        issue_activation_codes(session, officer, [inside, outside])


@pytest.mark.parametrize("role", ["agency_it", "operator"])
def test_nobody_gives_a_slip_to_an_equal(
    session: Session, house: House, officer: Actor, newcomer: Account, role: str
) -> None:
    """Someone of the same or a higher rank over the same agency is out of reach, from tomorrow's role on."""
    tomorrow = officer.today + timedelta(days=1)
    session.add(Grant(account_id=newcomer.id, role=role, agency_id=house.department.id, valid_from=tomorrow))
    session.flush()

    with pytest.raises(NotAllowed):
        issue_activation_codes(session, officer, [newcomer.id])


def test_slip_for_a_lower_rank_is_issued(session: Session, house: House, officer: Actor, newcomer: Account) -> None:
    """Someone of a lower rank over the same agency can be given a slip."""
    session.add(Grant(account_id=newcomer.id, role="hr", agency_id=house.department.id, valid_from=LONG_AGO))
    session.flush()

    assert slip(session, officer, newcomer)


def test_rank_over_another_agency_protects(session: Session, house: House, officer: Actor, newcomer: Account) -> None:
    """A role over an agency outside the officer's own is out of reach, however low."""
    session.add(Grant(account_id=newcomer.id, role="hr", agency_id=house.elsewhere.id, valid_from=LONG_AGO))
    session.flush()

    with pytest.raises(NotAllowed):
        issue_activation_codes(session, officer, [newcomer.id])


def test_unknown_account_refuses_the_batch(session: Session, officer: Actor, newcomer: Account) -> None:
    """A number that is nobody's is refused like one out of reach."""
    with pytest.raises(NotFound):
        issue_activation_codes(session, officer, [newcomer.id, 10**12])

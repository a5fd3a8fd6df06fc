"""Two who change the same policy: the later one is told what holds now, and writes nothing over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.errors import PolicyChanged
from directory.lifecycle import Setting, Withdrawal, set_policy, withdraw_policy
from directory.policies import effective
from provisioning.outbox import Outbox
from tests.book import House, found_house


def test_later_one_hears_what_holds_now(session: Session, actor: Actor, house: House) -> None:
    """What was set meanwhile stands in the error, and stays."""
    seen = effective(session, house.department, "use_days").mark
    set_policy(session, actor, [Setting(house.department.id, "use_days", 40, seen)])

    with pytest.raises(PolicyChanged) as refusal:
        set_policy(session, actor, [Setting(house.department.id, "use_days", 50, seen)])

    assert refusal.value.fields["value"] == effective(session, house.department, "use_days").value == 40


def test_change_above_counts_too(session: Session, actor: Actor, house: House) -> None:
    """Whoever sets a policy that was inherited hears that the agency above changed it."""
    seen = effective(session, house.department, "use_days").mark
    set_policy(session, actor, [Setting(house.province.id, "use_days", 40)])

    with pytest.raises(PolicyChanged):
        set_policy(session, actor, [Setting(house.department.id, "use_days", 50, seen)])


def test_changed_policy_is_not_withdrawn_unseen(session: Session, actor: Actor, house: House) -> None:
    """A withdrawal of a value that is another meanwhile is refused as well."""
    set_policy(session, actor, [Setting(house.department.id, "use_days", 40)])
    seen = effective(session, house.department, "use_days").mark
    set_policy(session, actor, [Setting(house.department.id, "use_days", 50)])

    with pytest.raises(PolicyChanged):
        withdraw_policy(session, actor, [Withdrawal(house.department.id, "use_days", seen)])


@pytest.mark.parametrize(("name", "values"), [("use_days", (40, 50, 60, 70)), ("session_hours", (4, 5, 6, 7))])
def test_of_several_at_once_one_sets_it(outbox: Outbox, actor: Actor, name: str, values: tuple[int, ...]) -> None:
    """Of four transactions that saw the same value exactly one sets its own."""
    with outbox.transaction() as session:
        department = found_house(session, actor).department
        agency_id, seen = department.id, effective(session, department, name).mark
    together = Barrier(len(values))

    def run(value: int) -> bool:
        try:
            with outbox.transaction() as session:
                session.execute(select(1))
                together.wait()
                set_policy(session, actor, [Setting(agency_id, name, value, seen)])
        except PolicyChanged:
            return False
        return True

    with ThreadPoolExecutor(len(values)) as pool:
        done = list(pool.map(run, values))

    assert done.count(True) == 1

"""Set the policies of agencies, and withdraw them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.orm import Session

from directory.agencies import Agency
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotFound, PolicyChanged
from directory.grants import Action, may
from directory.lifecycle.policy_values import check_value, refuse_looser
from directory.lifecycle.rollouts import begin_rollout
from directory.policies import HOLDABLE, Effective, Policy, effective


@dataclass(frozen=True)
class Setting:
    """A policy of one agency, which those below inherit."""

    agency_id: int
    name: str
    value: Any
    seen: str | None = None
    """The mark of what held when somebody opened it (`Effective.mark`); None: whatever holds is replaced."""
    is_held: bool = False
    """Agencies below may only be as strict or stricter; of those that are less strict this takes the place."""


@dataclass(frozen=True)
class Withdrawal:
    """A policy that an agency no longer sets itself: what holds above holds there again."""

    agency_id: int
    name: str
    seen: str | None = None
    """As in `Setting`."""


def set_policy(session: Session, actor: Actor, settings: Sequence[Setting]) -> None:
    """Set policies; what exists already follows by a rollout, the rest from the next use on. Errors carry `row`."""
    if not settings:
        return
    may(session, actor, Action.AGENCY, *{each.agency_id for each in settings})
    agencies = _locked(session, {each.agency_id for each in settings})
    for row, each in enumerate(settings):
        try:
            check_value(each.name, each.value)
            if each.is_held and each.name not in HOLDABLE:
                raise BadValue(field=each.name, reason="not a policy that can be held")
        except BadValue as error:
            raise BadValue(row=row, **error.fields) from error
        agency = agencies[each.agency_id]
        before = _as_seen(session, row, agency, each)
        refuse_looser(session, agency, each.name, each.value, row)
        statement = insert_unless(Policy).values(
            agency_id=each.agency_id, name=each.name, value={"value": each.value}, is_held=each.is_held
        )
        session.scalars(
            statement.on_conflict_do_update(
                index_elements=["agency_id", "name"],
                set_={"value": statement.excluded.value, "is_held": statement.excluded.is_held},
            ).returning(Policy),
            execution_options={"populate_existing": True},
        ).all()
        detail = {"name": each.name, "before": before.value, "after": each.value}
        if each.is_held:
            detail["held"] = True
        record(session, actor, "policy.set", f"agency:{agency.public_id}", agency.id, **detail)
        begin_rollout(session, actor, agency, each.name, each.value)
    session.flush()


def withdraw_policy(session: Session, actor: Actor, withdrawals: Sequence[Withdrawal]) -> None:
    """Let agencies inherit policies again that they set themselves. Errors carry `row`."""
    if not withdrawals:
        return
    may(session, actor, Action.AGENCY, *{each.agency_id for each in withdrawals})
    agencies = _locked(session, {each.agency_id for each in withdrawals})
    for row, each in enumerate(withdrawals):
        agency = agencies[each.agency_id]
        _as_seen(session, row, agency, each)
        withdrawn = session.scalar(
            delete(Policy)
            .where(Policy.agency_id == each.agency_id, Policy.name == each.name)
            .returning(Policy.value)
            .execution_options(synchronize_session="fetch")
        )
        if withdrawn is None:
            raise NotFound(row=row)
        after = effective(session, agency, each.name)
        detail = {"name": each.name, "before": withdrawn["value"], "after": after.value}
        record(session, actor, "policy.withdrawn", f"agency:{agency.public_id}", agency.id, **detail)
        begin_rollout(session, actor, agency, each.name, after.value)
    session.flush()


def _locked(session: Session, agency_ids: Collection[int]) -> dict[int, Agency]:
    """Lock agencies, so that of two who change the policies of one the second sees what the first did."""
    rows = session.scalars(
        select(Agency).where(Agency.id.in_(agency_ids)).order_by(Agency.id).with_for_update(key_share=True)
    )
    return {agency.id: agency for agency in rows}


def _as_seen(session: Session, row: int, agency: Agency, asked: Setting | Withdrawal) -> Effective:
    """Give what holds; raise `PolicyChanged` if that is not what whoever asks has seen."""
    now = effective(session, agency, asked.name)
    if asked.seen is not None and asked.seen != now.mark:
        raise PolicyChanged(row=row, value=now.value)
    return now

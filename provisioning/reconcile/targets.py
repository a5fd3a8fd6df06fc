"""The targets as an operator sees them: how each is, and maintenance, during which nothing is written to one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import false, func, or_, select, text, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from directory import audit
from directory.agencies import Agency
from directory.base import Actor, any_of
from directory.domains import Domain
from directory.due import Due, wake
from directory.errors import BadValue, DirectoryError, NotAllowed, NotFound
from directory.grants import Action, roots_for, scope
from directory.targets import DEFAULT
from provisioning.reconcile.claims import fading_rate
from provisioning.reconcile.tables import EntryStatus, Scan, TargetStatus

_LONGEST_REASON = 300
PATIENCE = timedelta(minutes=1)
"""Within this time a worker that lives has done a round for a target where something waits."""
_IN_HAND = Due.claimed_until > func.now()
"""A worker has taken it that may still be alive."""


# The first of each target that a worker would take, by the index by which workers take it.
_LEFT = text(
    "SELECT name, first.since FROM unnest(CAST(:names AS text[])) AS name"
    " LEFT JOIN target_status USING (name)"
    " CROSS JOIN LATERAL (SELECT since FROM due WHERE due.target = name"
    "   AND (claimed_until IS NULL OR claimed_until < now()) AND (not_before IS NULL OR not_before < now() - :patience)"
    "  ORDER BY urgent DESC, since LIMIT 1) AS first"
    " WHERE first.since < now() - :patience AND COALESCE(ok_at < now() - :patience, true)"
)


class NotKeptStill(DirectoryError):
    """Entries are linked only while nothing is written to the LDAP server {target}: else an account gets an entry of
    its own meanwhile. Begin its maintenance first (congvu target pause {target}), and end it afterwards.
    """


class BeingWritten(DirectoryError):
    """The entry of the account {number} is being written at this moment. Try again in a minute."""


@dataclass(frozen=True)
class Maintenance:
    """A target to which nothing is to be written from now on, and by when it is expected back, if anybody knows."""

    target: str
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Load:
    """What waits for a target and what fails there."""

    due: int = 0
    urgent: int = 0
    oldest: datetime | None = None
    being_written: int = 0
    """Taken by a worker and not yet recorded."""
    retrying: int = 0
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """How many fail for each reason, an English message id."""


@dataclass(frozen=True)
class TargetHealth:
    """How one target is. `load` is for those who look after all of it."""

    name: str
    is_known: bool
    """Whether the settings say where it is; one that they leave out is written by nobody."""
    status: TargetStatus | None
    """None: nothing was ever written."""
    rate: float
    scans: Mapping[str, Scan]
    load: Load | None
    may_hold: bool
    left_since: datetime | None = None
    """Something waits since then although it could be written, and no worker has written anything for a while."""

    @property
    def state(self) -> str:
        """`unknown`, `maintenance`, `failing`, `left` by all workers, `working`, or `new`: nothing was ever written to
        it.
        """
        if not self.is_known:
            return "unknown"
        if self.status is not None and self.status.maintenance_since is not None:
            return "maintenance"
        if self.status is not None and self.status.failing_since is not None:
            return "failing"
        if self.left_since is not None:
            return "left"
        return "new" if self.status is None or self.status.ok_at is None else "working"


def healths(session: Session, actor: Actor, known: Collection[str], *, is_counted: bool = True) -> list[TargetHealth]:
    """Tell how the targets are that somebody's agencies depend on: the default one first.

    `known` are those that the settings describe. Figures are told to whoever looks after all domains of a target, and
    counted only if wanted: millions may wait.
    """
    if not actor.is_system and session.scalar(roots_for(actor, Action.PROVISIONING).limit(1)) is None:
        raise NotAllowed
    names = sorted(_concerning(session, actor, known), key=lambda name: (name != DEFAULT, name))
    statuses = {each.name: each for each in session.scalars(select(TargetStatus).where(TargetStatus.name.in_(names)))}
    rates = dict(session.execute(select(TargetStatus.name, fading_rate()).where(TargetStatus.name.in_(names))).all())
    scans = session.scalars(select(Scan).where(Scan.target.in_(names))).all()
    looked_after = _looked_after(session, actor, names)
    loads = _loads(session, looked_after) if is_counted else {}
    left: dict[str, datetime] = dict(session.execute(_LEFT, {"names": names, "patience": PATIENCE}).all())
    return [
        TargetHealth(
            name,
            name in known,
            statuses.get(name),
            rates.get(name, 0.0),
            {scan.kind: scan for scan in scans if scan.target == name},
            loads.get(name, Load()) if is_counted and name in looked_after else None,
            name in looked_after,
            left.get(name),
        )
        for name in names
    ]


def begin_maintenance(session: Session, actor: Actor, wishes: Sequence[Maintenance]) -> None:
    """Have nothing written to targets from now on, disables neither; said again, the later word holds.

    What a worker has in hand is finished within seconds (`Load.being_written`). Nothing ends by itself.
    """
    _may_hold(session, actor, [each.target for each in wishes])
    for each in wishes:
        if each.until is not None and each.until <= actor.now:
            raise BadValue(field="until", reason="this has passed already")
        if len(each.reason or "") > _LONGEST_REASON:
            raise BadValue(field="reason", reason="longer than it may be")
        values = {"maintenance_until": each.until, "maintenance_reason": each.reason}
        since = func.coalesce(TargetStatus.maintenance_since, actor.now)
        session.execute(
            insert(TargetStatus)
            .values(name=each.target, maintenance_since=actor.now, **values)
            .on_conflict_do_update(index_elements=[TargetStatus.name], set_={"maintenance_since": since, **values})
        )
        until = each.until.isoformat() if each.until else None
        audit.record(session, actor, "target.held", f"target:{each.target}", until=until, reason=each.reason)


def end_maintenance(session: Session, actor: Actor, names: Sequence[str]) -> list[str]:
    """Have targets written to again, at once; give those that were in maintenance."""
    _may_hold(session, actor, names)
    calm = {"maintenance_since": None, "maintenance_until": None, "maintenance_reason": None, "paused_until": None}
    ended = session.scalars(
        update(TargetStatus)
        .where(TargetStatus.name.in_(names), TargetStatus.maintenance_since.is_not(None))
        .values(**calm)
        .returning(TargetStatus.name)
    ).all()
    for name in ended:
        audit.record(session, actor, "target.resumed", f"target:{name}")
        wake(session, name)
    return list(ended)


def being_written(session: Session, name: str) -> int:
    """Count what workers have in hand for a target: in maintenance, none is left after seconds."""
    return session.scalar(select(func.count()).select_from(Due).where(Due.target == name, _IN_HAND)) or 0


def unheld(session: Session, names: Collection[str]) -> set[str]:
    """Give those of the targets that are not in maintenance; of the others none ends before the transaction does."""
    held = select(TargetStatus.name).where(TargetStatus.name.in_(names), TargetStatus.maintenance_since.is_not(None))
    return set(names) - set(session.scalars(held.with_for_update(read=True)))


def need_stillness(session: Session, names: Collection[str], accounts: Mapping[int, str]) -> None:
    """Raise while a worker may give one of the accounts (number by id) an entry of its own in these targets."""
    if moving := unheld(session, names):
        raise NotKeptStill(target=min(moving))
    in_hand = select(Due.subject_id).where(Due.subject == "account", any_of(Due.subject_id, list(accounts)), _IN_HAND)
    for account_id in session.scalars(in_hand.limit(1)):
        raise BeingWritten(number=accounts[account_id])


def _may_hold(session: Session, actor: Actor, names: Collection[str]) -> None:
    """Raise unless the actor looks after every domain of each of these targets; the shell looks after all."""
    unknown = set(names) - _concerning(session, actor, names if actor.is_system else ())
    if unknown:
        raise NotFound
    if set(names) - _looked_after(session, actor, names):
        raise NotAllowed


def _looked_after(session: Session, actor: Actor, names: Collection[str]) -> set[str]:
    """Give those of the targets all of whose domains are of agencies that the actor operates."""
    if actor.is_system:
        return set(names)
    of_others = select(Domain.target).join(Agency, Agency.id == Domain.agency_id).where(~scope(actor, Action.AGENCY))
    mine = select(Domain.target).where(Domain.target.in_(names), Domain.target.not_in(of_others)).distinct()
    return set(session.scalars(mine))


def _concerning(session: Session, actor: Actor, known: Collection[str]) -> set[str]:
    """Give the targets with domains of agencies that the actor looks after, or of those above them."""
    if actor.is_system:
        return {DEFAULT, *known, *session.scalars(union(select(Domain.target), select(Due.target)))}
    roots = session.scalars(roots_for(actor, Action.PROVISIONING)).all()
    near = [or_(Agency.path.op("<@")(root), Agency.path.op("@>")(root)) for root in roots]
    named = select(Domain.target).join(Agency, Agency.id == Domain.agency_id).where(or_(false(), *near))
    return set(session.scalars(named.distinct()))


def _loads(session: Session, names: Collection[str]) -> dict[str, Load]:
    """Count what waits and fails in targets, in two statements."""
    figures = (func.count(), func.count().filter(Due.urgent), func.min(Due.since), func.count().filter(_IN_HAND))
    waiting = session.execute(select(Due.target, *figures).where(Due.target.in_(names)).group_by(Due.target))
    found = {target: Load(due, urgent, oldest, in_hand) for target, due, urgent, oldest, in_hand in waiting}
    of = (EntryStatus.target, EntryStatus.state, EntryStatus.reason)
    open_ = select(*of, func.count()).where(EntryStatus.state != "ok", EntryStatus.target.in_(names)).group_by(*of)
    for target, state, reason, count in session.execute(open_):
        before = found.get(target, Load())
        found[target] = replace(
            before,
            retrying=before.retrying + (count if state == "retry" else 0),
            refused=before.refused + (count if state == "refused" else 0),
            reasons={**before.reasons, reason or "": before.reasons.get(reason or "", 0) + count},
        )
    return found

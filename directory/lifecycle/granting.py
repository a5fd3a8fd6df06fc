"""Grant roles and withdraw them: only below one's own, never to oneself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, aliased

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, NotAllowed, NotFound, WrongState
from directory.grants import RANK, ROLES, Action, Grant, in_force, may
from directory.lifecycle.enlistment import refuse_closed


@dataclass(frozen=True)
class Granting:
    """A role for an account over an agency and everything below it."""

    account_id: int
    role: str
    agency_id: int
    valid_from: date | None = None
    valid_to: date | None = None


def grant(session: Session, actor: Actor, grantings: Sequence[Granting]) -> list[Grant]:
    """Grant roles for the days on which the accounts have them not yet; one had already stays. Errors carry `row`.

    The actor must look after both the agency and the official, and must have a higher role over that agency.
    """
    if not grantings:
        return []
    _check(actor, grantings)
    ids = {each.account_id for each in grantings}
    # Two who give the same role at once do it one after the other, and none gives one to who has just left.
    locked = select(Account).where(Account.id.in_(ids)).order_by(Account.id).with_for_update(key_share=True)
    accounts = {each.id: each for each in session.scalars(locked)}
    posts = posts_of(session, [account.official_id for account in accounts.values()], actor.today)
    if len(accounts) < len(ids) or len(posts) < len(accounts):
        raise NotFound
    may(session, actor, Action.GRANT, *{each.agency_id for each in grantings}, *{p.agency_id for p in posts.values()})
    _only_below(session, actor, {(each.role, each.agency_id) for each in grantings})
    refuse_closed(session, actor, {each.agency_id for each in grantings})
    if actor.account_id in ids:
        raise NotAllowed
    began = Grant.valid_to.is_(None) | (Grant.valid_to > Grant.valid_from)
    standing = session.scalars(select(Grant).where(Grant.account_id.in_(ids), began).order_by(Grant.valid_from))
    had: dict[tuple[int, str, int], list[Grant]] = defaultdict(list)
    for role in standing:
        had[role.account_id, role.role, role.agency_id].append(role)
    granted: list[Grant] = []
    for row, each in enumerate(grantings):
        account = accounts[each.account_id]
        if account.state == "disabled":
            raise WrongState(row=row, subject=account.number, state=account.state)
        key = (each.account_id, each.role, each.agency_id)
        since = each.valid_from or actor.today
        new = [_granted(session, actor, account, each, days) for days in _free_days(since, each.valid_to, had[key])]
        had[key] = sorted([*had[key], *new], key=lambda role: role.valid_from)
        granted.append(next(role for role in had[key] if role.valid_to is None or role.valid_to > since))
    session.flush()
    return granted


def withdraw(session: Session, actor: Actor, grant_ids: Sequence[int]) -> None:
    """Withdraw roles from today on; what they allowed is refused from the next request on."""
    ids = set(grant_ids)
    grants = {each.id: each for each in session.scalars(select(Grant).where(Grant.id.in_(ids)))}
    if len(grants) < len(ids):
        raise NotFound
    may(session, actor, Action.GRANT, *{each.agency_id for each in grants.values()})
    _only_below(session, actor, {(each.role, each.agency_id) for each in grants.values()})
    withdrawn = session.scalars(
        update(Grant)
        .where(Grant.id.in_(ids), (Grant.valid_to.is_(None)) | (Grant.valid_to > actor.today))
        .values(valid_to=actor.today)
        .returning(Grant.id)
    ).all()
    for each in grants.values():
        if each.id not in withdrawn:
            raise WrongState(subject=each.role, state="withdrawn")
        subject = f"account:{session.get_one(Account, each.account_id).number}"
        record(session, actor, "grant.withdrawn", subject, each.agency_id, role=each.role)
    session.flush()


def _check(actor: Actor, grantings: Sequence[Granting]) -> None:
    """Raise `BadValue` for a role that there is not, or one that ends before it begins."""
    for row, each in enumerate(grantings):
        if each.role not in ROLES:
            raise BadValue(row=row, field="role", reason="not a role")
        if each.valid_to is not None and each.valid_to <= (each.valid_from or actor.today):
            raise BadValue(row=row, field="valid_to", reason="not after the day on which it begins")


Days = tuple[date, date | None]


def _free_days(since: date, until: date | None, line: Sequence[Grant]) -> list[Days]:
    """Give the days of a wish on which somebody has a role not yet, of those of the same role in their order."""
    free: list[Days] = []
    for role in line:
        if until is not None and role.valid_from >= until:
            break
        if role.valid_from > since:
            free.append((since, role.valid_from))
        if role.valid_to is None:
            return free
        since = max(since, role.valid_to)
    return [*free, (since, until)] if until is None or since < until else free


def _granted(session: Session, actor: Actor, account: Account, granting: Granting, days: Days) -> Grant:
    """Write one role and tell the audit."""
    since, until = days
    new = Grant(
        account_id=account.id, role=granting.role, agency_id=granting.agency_id, valid_from=since, valid_to=until
    )
    session.add(new)
    detail = {"role": new.role, "since": since.isoformat()}
    record(session, actor, "grant.given", f"account:{account.number}", new.agency_id, **detail)
    return new


def _only_below(session: Session, actor: Actor, roles: set[tuple[str, int]]) -> None:
    """Raise `NotAllowed` unless the actor has a higher role than each of these over its agency."""
    if actor.is_system:
        return
    above = aliased(Agency)
    rows = session.execute(
        select(Agency.id, func.max(case(RANK, value=Grant.role)))
        .join(above, Agency.path.op("<@")(above.path))
        .join(Grant, Grant.agency_id == above.id)
        .where(Agency.id.in_({agency_id for _, agency_id in roles}))
        .where(Grant.account_id == actor.account_id, in_force(actor.today))
        .group_by(Agency.id)
    )
    highest: dict[int, int] = dict(rows.all())
    if any(RANK[role] >= highest.get(agency_id, 0) for role, agency_id in roles):
        raise NotAllowed

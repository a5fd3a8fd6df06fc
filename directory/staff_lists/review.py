"""What pages and programs show of lists: the lists of somebody's agencies, their counts, their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.base import Actor
from directory.errors import NotFound
from directory.grants import Action, scope
from directory.mailboxes import Mailbox
from directory.officials import SEALED, Official
from directory.staff_lists.sealing import Planned, opened
from directory.staff_lists.tables import KINDS, StaffList, StaffListRow

PAGE = 50
_SHOWN_DIGITS = 3


@dataclass(frozen=True)
class Count:
    """How many rows come to one kind of outcome, how many of them are done, and how many failed."""

    rows: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True)
class ReviewRow:
    """One row as it is shown: personal numbers and dates masked."""

    number: int
    kind: str
    name: str
    unit: str
    changes: Sequence[tuple[str, str | None, str | None]]
    reasons: Sequence[Mapping[str, Any]]
    written: Mapping[str, str]
    """What stands in the file in the fields that a question is about."""
    is_done: bool
    failure: Mapping[str, Any] | None
    official: str | None = None
    """Public id of the official it is about."""
    account: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Review:
    """A page of rows, and the row number after which the next page begins (None: there is none)."""

    rows: Sequence[ReviewRow] = field(default=())
    after: int | None = None


def lists(session: Session, actor: Actor, before: int | None = None, limit: int = PAGE) -> Sequence[StaffList]:
    """Give the lists of the agencies for which the actor imports, the latest first."""
    return session.scalars(
        _mine(actor)
        .where(StaffList.id < before if before is not None else StaffList.id.is_not(None))
        .order_by(StaffList.id.desc())
        .limit(limit)
    ).all()


def list_by_public_id(session: Session, actor: Actor, public: str) -> StaffList:
    """Find one of these lists, or raise `NotFound`."""
    found = session.scalar(_mine(actor).where(StaffList.public_id == public))
    if found is None:
        raise NotFound
    return found


def _mine(actor: Actor) -> Select[StaffList]:
    return (
        select(StaffList)
        .join(Agency, Agency.id == StaffList.agency_id)
        .where(scope(actor, Action.IMPORT))
        .options(joinedload(StaffList.agency))
    )


def counts(session: Session, staff_list: StaffList) -> dict[str, Count]:
    """Give the counts of a list by kind, kinds without rows included."""
    found = session.execute(
        select(
            StaffListRow.kind,
            func.count(),
            func.count(StaffListRow.applied_at),
            func.count().filter(StaffListRow.failure.is_not(None)),
        )
        .where(StaffListRow.list_id == staff_list.id)
        .group_by(StaffListRow.kind)
    )
    by_kind = {kind: Count(rows, done, failed) for kind, rows, done, failed in found}
    return {kind: by_kind.get(kind, Count()) for kind in KINDS}


def review(
    session: Session, staff_list: StaffList, *, kind: str | None = None, after: int = 0, limit: int = PAGE
) -> Review:
    """Give a page of the rows of a list, in the order of the file; `kind` may be `failed` too."""
    wanted = select(StaffListRow).where(StaffListRow.list_id == staff_list.id, StaffListRow.row > after)
    if kind == "failed":
        wanted = wanted.where(StaffListRow.failure.is_not(None))
    elif kind is not None:
        wanted = wanted.where(StaffListRow.kind == kind)
    found = session.scalars(wanted.order_by(StaffListRow.row).limit(limit + 1)).all()
    rows = found[:limit]
    planned = [opened(session, staff_list, row) for row in rows]
    names = _agency_names(session, staff_list, planned)
    people = _people(session, [row.official_id for row in rows if row.official_id is not None])
    shown = [
        _shown(row, plan, names, people.get(row.official_id or 0)) for row, plan in zip(rows, planned, strict=True)
    ]
    return Review(shown, rows[-1].row if len(found) > limit else None)


def _agency_names(session: Session, staff_list: StaffList, planned: Sequence[Planned]) -> dict[int, str]:
    """Give the names of the agencies that these rows speak of."""
    wanted = {each for plan in planned for each in (plan.from_agency, plan.to_agency) if each is not None}
    wanted.add(staff_list.agency_id)
    return dict(session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(wanted))).all())


def _people(session: Session, official_ids: Sequence[int]) -> dict[int, tuple[str, str | None, str | None]]:
    """Give public id, account number and primary address of officials."""
    found = session.execute(
        select(Official.id, Official.public_id, Account.number, Address.address)
        .outerjoin(Account, Account.official_id == Official.id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary"))
        .where(Official.id.in_(official_ids))
    )
    return {id_: (public, number, address) for id_, public, number, address in found}


def _shown(
    row: StaffListRow, plan: Planned, names: Mapping[int, str], person: tuple[str, str | None, str | None] | None
) -> ReviewRow:
    record = plan.row.record
    asked = {reason["about"] for reason in row.reasons if reason.get("level") == "question"}
    changes = [(name, masked(name, before), masked(name, after)) for name, (before, after) in plan.changes.items()]
    if row.kind == "move":
        goal = plan.new_unit or names.get(plan.to_agency or 0)
        changes.insert(0, ("unit", names.get(plan.from_agency or 0), goal))
    if plan.opens_account:
        changes.append(("account", None, "+"))
    public, number, address = person or (None, None, None)
    return ReviewRow(
        number=row.row,
        kind=row.kind,
        name=record.full_name or plan.row.written.get("full_name", ""),
        unit=plan.new_unit or names.get(plan.to_agency or 0) or record.unit or "",
        changes=changes,
        reasons=row.reasons,
        written={name: text for name, text in plan.row.written.items() if name in asked or _is_of(name, asked)},
        is_done=row.applied_at is not None,
        failure=row.failure,
        official=public,
        account=number,
        address=address,
    )


def _is_of(column: str, asked: set[str]) -> bool:
    """Say whether a column holds what a question calls by another name."""
    others = {"address": ("official_mail", "mail"), "birth_date": ("male", "female"), "full_name": ("family_middle",)}
    return any(column in others.get(each, ()) for each in asked)


def masked(name: str, value: str | None) -> str | None:
    """Hide all of a sealed field but its end, enough to tell which of two is meant."""
    if value is None or name not in SEALED:
        return value
    if name == "birth_date":
        return f"••/••/{value[:4]}"
    if name == "personal_mail":
        local, _, domain = value.partition("@")
        return f"{local[:1]}•••@{domain}"
    return "•" * max(0, len(value) - _SHOWN_DIGITS) + value[-_SHOWN_DIGITS:]

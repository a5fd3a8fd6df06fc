"""What pages and programs show of lists: the lists of somebody's agencies, their counts, their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Select, Text, case, collate, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql import ColumnElement

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.base import VIETNAMESE, Actor
from directory.errors import NotFound
from directory.grants import Action, scope
from directory.mailboxes import Mailbox
from directory.naming import split_name
from directory.officials import SEALED, Official
from directory.staff_lists.fixing import made_of
from directory.staff_lists.reasons import urgent_first
from directory.staff_lists.rows import OF_THE_COLUMNS
from directory.staff_lists.sealing import Planned, opened
from directory.staff_lists.tables import BEYOND, DEEDS, KINDS, QUESTIONS, StaffList, StaffListFile, StaffListRow

PAGE = 50
FILTERS = (*KINDS, "person", "warned", "left_out", "failed")
"""What rows may be looked for: those that come to one thing, those that need a person, those with a warning, …"""
SORTS = ("row", "kind", "name")
SORTED_BY_NAME = 20_000
"""Names are sealed: to sort by them all rows are opened; longer lists stay in the order of the file."""
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
    """What stands in the file, or was put in its place, in the fields that a question is about."""
    is_done: bool
    failure: Mapping[str, Any] | None
    official: str | None = None
    """Public id of the official it is about."""
    account: str | None = None
    address: str | None = None
    left_out: bool = False
    is_fixed: bool = False
    is_confirmed: bool = False
    """Of a leaver."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody must look at it before anything is done."""
        return self.kind in QUESTIONS and not self.left_out

    @property
    def asks_of_list(self) -> bool:
        """Whether that is answered for all rows at once, with the columns of the list."""
        return self.needs_person and any(reason["message"] in OF_THE_COLUMNS for reason in self.reasons)

    @property
    def is_of_file(self) -> bool:
        """Whether it stands in the file at all."""
        return self.number < BEYOND


@dataclass(frozen=True)
class Review:
    """A page of rows, and where the next page begins (None: there is none)."""

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
    """Give the counts of a list by kind, and of the rows left out; after a purge those that were kept."""
    if staff_list.counts is not None:
        return {kind: Count(*staff_list.counts.get(kind, (0, 0, 0))) for kind in (*KINDS, "left_out")}
    found = session.execute(
        select(
            case((StaffListRow.left_out, "left_out"), else_=StaffListRow.kind),
            func.count(),
            func.count(StaffListRow.applied_at),
            func.count().filter(StaffListRow.failure.is_not(None)),
        )
        .where(StaffListRow.list_id == staff_list.id)
        .group_by(text("1"))
    )
    by_kind = {kind: Count(rows, done, failed) for kind, rows, done, failed in found}
    return {kind: by_kind.get(kind, Count()) for kind in (*KINDS, "left_out")}


def questions(found: Mapping[str, Count]) -> int:
    """Add up the rows that need a person."""
    return sum(found[kind].rows for kind in QUESTIONS)


def to_do(session: Session, staff_list: StaffList) -> Count:
    """Add up the rows that apply does something about: left out ones and leavers that nobody confirmed are not."""
    if staff_list.counts is not None:
        return Count(*map(sum, zip(*(staff_list.counts.get(kind, (0, 0, 0)) for kind in DEEDS), strict=True)))
    is_deed = StaffListRow.kind.in_(DEEDS) & ~StaffListRow.left_out
    is_meant = (StaffListRow.kind != "leave") | StaffListRow.confirmed_at.is_not(None)
    found = session.execute(
        select(
            func.count(), func.count(StaffListRow.applied_at), func.count().filter(StaffListRow.failure.is_not(None))
        ).where(StaffListRow.list_id == staff_list.id, is_deed, is_meant)
    ).one()
    return Count(*found)


def rows_read(session: Session, staff_list: StaffList) -> int:
    """Give how many rows of a file have been read, while it is being read."""
    return session.scalar(select(StaffListFile.rows_read).where(StaffListFile.list_id == staff_list.id)) or 0


def review(
    session: Session,
    staff_list: StaffList,
    *,
    kind: str | None = None,
    sort: str = "row",
    after: int = 0,
    limit: int = PAGE,
) -> Review:
    """Give a page of the rows of a list; `kind` is one of FILTERS, `sort` one of SORTS."""
    wanted = select(StaffListRow).where(StaffListRow.list_id == staff_list.id, *_filter(kind))
    rows, following = _page(session, staff_list, wanted, sort, after, limit)
    planned = [opened(session, staff_list, row) for row in rows]
    names = _agency_names(session, staff_list, planned)
    people = _people(session, [row.official_id for row in rows if row.official_id is not None])
    shown = [
        _shown(row, plan, names, people.get(row.official_id or 0)) for row, plan in zip(rows, planned, strict=True)
    ]
    return Review(shown, following)


def _filter(kind: str | None) -> Sequence[ColumnElement[bool]]:
    """Give the conditions of one of FILTERS."""
    if kind is None:
        return ()
    if kind == "failed":
        return (StaffListRow.failure.is_not(None),)
    if kind == "left_out":
        return (StaffListRow.left_out.is_(True),)
    if kind == "warned":
        return (~StaffListRow.left_out, StaffListRow.reasons.contains([{"level": "warning"}]))
    kinds = QUESTIONS if kind == "person" else (kind,)
    return (~StaffListRow.left_out, StaffListRow.kind.in_(kinds))


def _page(
    session: Session, staff_list: StaffList, wanted: Select[StaffListRow], sort: str, after: int, limit: int
) -> tuple[Sequence[StaffListRow], int | None]:
    """Give the rows of a page, and where the next begins: after a row number, or after so many rows."""
    if sort == "row" or (sort == "name" and _is_long(session, wanted)):
        some = wanted.where(StaffListRow.row > after).order_by(StaffListRow.row).limit(limit + 1)
        found = session.scalars(some).all()
        return found[:limit], found[limit - 1].row if len(found) > limit else None
    if sort == "kind":
        order = case({kind: place for place, kind in enumerate((*QUESTIONS, *KINDS))}, value=StaffListRow.kind)
        some = wanted.order_by(order, StaffListRow.row).offset(after).limit(limit + 1)
        found = session.scalars(some).all()
    else:
        by_number = {row.row: row for row in session.scalars(wanted)}
        names = {row.row: _name_of(opened(session, staff_list, row)) for row in by_number.values()}
        found = [by_number[number] for number in _in_order(session, names, after, limit + 1)]
    return found[:limit], after + limit if len(found) > limit else None


def _in_order(session: Session, names: Mapping[int, str], after: int, limit: int) -> Sequence[int]:
    """Sort rows by given name, then family and middle name, as PostgreSQL sorts Vietnamese."""
    parts = [split_name(name) for name in names.values()]
    columns = [[part.given for part in parts], [part.family for part in parts], [part.middle for part in parts]]
    texts = [literal(column, ARRAY(Text)) for column in columns]
    numbers = literal(list(names), ARRAY(BigInteger))
    named = func.unnest(numbers, *texts).table_valued("row", "given", "family", "middle")
    order = [collate(column, VIETNAMESE) for column in (named.c.given, named.c.family, named.c.middle)]
    return session.scalars(select(named.c.row).order_by(*order, named.c.row).offset(after).limit(limit)).all()


def _is_long(session: Session, wanted: Select[StaffListRow]) -> bool:
    """Say whether there are too many rows to open them all."""
    some = wanted.with_only_columns(StaffListRow.row).limit(SORTED_BY_NAME + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) > SORTED_BY_NAME


def _name_of(plan: Planned) -> str:
    return plan.row.record.full_name or plan.row.written.get("full_name", "")


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
    reasons = urgent_first(row.reasons)
    asked = {reason["about"] for reason in reasons if reason["level"] == "question"}
    changes = [(name, masked(name, before), masked(name, after)) for name, (before, after) in plan.changes.items()]
    if row.kind in ("move", "rehire"):
        goal = plan.new_unit or names.get(plan.to_agency or 0) or names.get(plan.from_agency or 0)
        changes.insert(0, ("unit", names.get(plan.from_agency or 0), goal))
    if plan.opens_account:
        changes.append(("account", None, "+"))
    public, number, address = person or (None, None, None)
    return ReviewRow(
        number=row.row,
        kind=row.kind,
        name=_name_of(plan),
        unit=plan.new_unit or names.get(plan.to_agency or 0) or plan.row.record.unit or "",
        changes=changes,
        reasons=reasons,
        written={name: text for name, text in plan.texts.items() if made_of(name) & asked},
        left_out=row.left_out,
        is_fixed=row.fixed,
        is_confirmed=row.confirmed_at is not None,
        is_done=row.applied_at is not None,
        failure=row.failure,
        official=public,
        account=number,
        address=address,
    )


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

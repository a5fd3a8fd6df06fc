"""Do the deeds of a batch through the verbs of lifecycle, so that an import can do nothing a form cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory.appointments import posts_of
from directory.base import Actor
from directory.errors import DirectoryError, NotAllowed, Stale
from directory.lifecycle import (
    Change,
    Founding,
    Leaving,
    Newcomer,
    Opening,
    Rehiring,
    Transfer,
    appoint_many,
    change,
    found_agency,
    leave,
    open_accounts,
    rehire,
    transfer,
)
from directory.source_keys import remember
from directory.staff_lists.correlation import Decision
from directory.staff_lists.matching import Place
from directory.staff_lists.reasons import Reason, conflict
from directory.staff_lists.rows import Record
from directory.staff_lists.units import key_of_unit

Result = TypeVar("Result")


@dataclass
class Deed:
    """One row to do: what it says, what it comes to, and whose record it turned out to be."""

    row: int
    record: Record
    decision: Decision
    official_id: int | None = None
    founded_id: int | None = None


class _Failed(Exception):
    """One deed of several was refused; the others are tried again without it."""

    def __init__(self, deed: Deed | None, reason: Reason) -> None:
        super().__init__(reason.message)
        self.deed = deed
        self.reason = reason


def do(session: Session, actor: Actor, place: Place, deeds: Sequence[Deed]) -> Iterator[tuple[Deed, Reason | None]]:
    """Do deeds together; give each with None, or with the reason why it alone was not done."""
    waiting = list(deeds)
    while waiting:
        try:
            with session.begin_nested():
                _together(session, actor, place, waiting)
        except _Failed as failed:
            if failed.deed is None and len(waiting) > 1:
                half = len(waiting) // 2
                yield from do(session, actor, place, waiting[:half])
                yield from do(session, actor, place, waiting[half:])
                return
            culprit = failed.deed or waiting[0]
            waiting.remove(culprit)
            yield culprit, failed.reason
        else:
            yield from ((deed, None) for deed in waiting)
            return


def _together(session: Session, actor: Actor, place: Place, deeds: Sequence[Deed]) -> None:
    """Do every deed, or raise `_Failed` with the one that was refused."""
    for deed in deeds:
        deed.official_id, deed.founded_id = deed.decision.official_id, None
    _found_units(session, actor, place, deeds)
    _create(session, actor, place, [deed for deed in deeds if deed.decision.kind == "create"])
    _rehire(session, actor, place, [deed for deed in deeds if deed.decision.kind == "rehire"])
    _move(session, actor, [deed for deed in deeds if deed.decision.kind == "move"])
    _change(session, actor, deeds)
    _open(session, actor, [deed for deed in deeds if deed.decision.opens_account])
    _leave(session, actor, [deed for deed in deeds if deed.decision.kind == "leave"])
    _remember(session, place, deeds)


def _found_units(session: Session, actor: Actor, place: Place, deeds: Sequence[Deed]) -> None:
    """Found the new units of these deeds, once each."""
    wanted: dict[str, list[Deed]] = {}
    for deed in deeds:
        if deed.decision.target.new_unit:
            wanted.setdefault(key_of_unit(deed.decision.target.new_unit), []).append(deed)
    first = [group[0] for group in wanted.values()]
    foundings = [Founding("unit", deed.decision.target.new_unit or "", parent_id=place.agency.id) for deed in first]
    agencies = _tried(first, lambda: found_agency(session, actor, foundings))
    for group, agency in zip(wanted.values(), agencies, strict=True):
        for deed in group:
            deed.founded_id = agency.id


def _create(session: Session, actor: Actor, place: Place, deeds: Sequence[Deed]) -> None:
    """Appoint those whom the directory does not know."""
    newcomers = [_newcomer(place, deed) for deed in deeds]
    accounts = _tried(deeds, lambda: appoint_many(session, actor, newcomers))
    for deed, account in zip(deeds, accounts, strict=True):
        deed.official_id = account.official_id


def _newcomer(place: Place, deed: Deed) -> Newcomer:
    """Translate a record into the verb's request."""
    said = deed.record
    return Newcomer(
        agency_id=deed.founded_id or deed.decision.target.agency_id or place.agency.id,
        full_name=said.full_name or "",
        title=said.title or "",
        rank=said.rank,
        category=said.category or "civil_servant",
        sex=said.sex,
        birth_date=said.birth_date,
        personal_id=said.personal_id,
        phone=said.phone,
        personal_mail=said.personal_mail,
        staff_number=said.staff_number,
        work_phone=said.work_phone,
        extension=said.extension,
        address=said.address,
    )


def _rehire(session: Session, actor: Actor, place: Place, deeds: Sequence[Deed]) -> None:
    """Bring those back who had left, to the account that they had."""
    requests = [
        Rehiring(
            official_id=deed.decision.official_id or 0,
            agency_id=deed.founded_id or deed.decision.target.agency_id or deed.decision.from_agency or place.agency.id,
            title=deed.record.title or "",
            rank=deed.record.rank,
            address=None if deed.decision.opens_account else deed.record.address,
        )
        for deed in deeds
    ]
    _tried(deeds, lambda: rehire(session, actor, requests), is_personal=True)


def _leave(session: Session, actor: Actor, deeds: Sequence[Deed]) -> None:
    """Let those go whom somebody has confirmed."""
    requests = [Leaving(deed.decision.official_id or 0) for deed in deeds]
    _tried(deeds, lambda: leave(session, actor, requests), is_personal=True)


def _remember(session: Session, place: Place, deeds: Sequence[Deed]) -> None:
    """Note under which record the HR system knows these officials."""
    if place.source:
        known = [(deed.record.source_record, deed.official_id) for deed in deeds]
        remember(session, place.source, [(record, id_) for record, id_ in known if record and id_ is not None])


def _move(session: Session, actor: Actor, deeds: Sequence[Deed]) -> None:
    """Transfer those who go to another unit; title and rank go along unless the list has others."""
    posts = posts_of(session, [deed.decision.official_id or 0 for deed in deeds], actor.today)
    transfers = [
        Transfer(
            official_id=post.official_id,
            agency_id=deed.founded_id or deed.decision.target.agency_id or post.agency_id,
            title=deed.record.title or post.title,
            rank=deed.record.rank or post.rank,
        )
        for deed in deeds
        for post in (posts[deed.decision.official_id or 0],)
    ]
    _tried(deeds, lambda: transfer(session, actor, transfers), is_personal=True)


def _change(session: Session, actor: Actor, deeds: Sequence[Deed]) -> None:
    """Change the fields that differ; title and rank of those who moved went along and are as they should be."""
    changing: list[tuple[Deed, Change]] = []
    for deed in deeds:
        if deed.decision.changes and deed.decision.official_id is not None:
            fields = {name: getattr(deed.record, name) for name in deed.decision.changes}
            changing.append((deed, Change(deed.decision.official_id, fields)))
    requests = [request for _, request in changing]
    _tried([deed for deed, _ in changing], lambda: change(session, actor, requests), is_personal=True)


def _open(session: Session, actor: Actor, deeds: Sequence[Deed]) -> None:
    """Open the accounts of officials who are on the books without one."""
    openings = [Opening(deed.decision.official_id or 0, deed.record.address) for deed in deeds]
    _tried(deeds, lambda: open_accounts(session, actor, openings))


def _tried(
    deeds: Sequence[Deed], verb: Callable[[], Sequence[Result]], *, is_personal: bool = False
) -> Sequence[Result]:
    """Call a verb for some deeds; what it refuses is told by its own words, of one deed where it says which.

    `is_personal`: a missing right is about one person, such as a superior or whoever applies the list, not about all.
    """
    if not deeds:
        return ()
    try:
        return verb()
    except NotAllowed as refusal:
        if not is_personal:
            raise
        raise _Failed(None, conflict(refusal.message_id)) from refusal
    except IntegrityError as error:  # somebody else was quicker, between our look and our write
        raise _Failed(None, conflict(Stale().message_id)) from error
    except DirectoryError as refusal:
        row = refusal.fields.get("row")
        # The failure is kept in clear beside the sealed row: it names nobody.
        told = {name: "…" if name == "name" else str(value) for name, value in refusal.fields.items() if name != "row"}
        raise _Failed(deeds[row] if isinstance(row, int) else None, conflict(refusal.message_id, **told)) from refusal

"""Correlate: who of the directory a row is about, and what it comes to. Pure: values in, a decision out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Literal, Protocol

from directory.addresses import LOCAL, LOCAL_LIMIT
from directory.naming import is_reserved
from directory.staff_lists.readings import is_same_name, key_of
from directory.staff_lists.reasons import N_, Reason, ambiguity, conflict, question, warning
from directory.staff_lists.rows import UNIT_FROM_ABOVE, ListRow, Record
from directory.staff_lists.units import NOWHERE, Target

Kind = Literal["create", "change", "move", "rehire", "leave", "unchanged", "ambiguous", "conflict", "error"]

_NO_IDENTITY = N_("A name alone does not say who it is. Add the personal ID number, or the full birth date.")
_TWO_PEOPLE = N_("The numbers in this row belong to two different officials. Correct one of them.")
_OTHER_NAME = N_("The directory has this personal ID number or staff number under another name. Correct the row.")
_OTHER_ID = N_("The directory has another personal ID number for this official. Find out which one is right.")
_HOMONYM = N_("Someone of this name and birth date, with another personal ID number, is here already. The same person?")
_SEVERAL = N_("Several officials here have this name and birth date. Say which one is meant.")
_SAME_NUMBER = N_("Several officials here have this staff number. Say which one is meant.")
_ELSEWHERE = N_("This official belongs to an agency outside this list's. Ask the operator for a transfer.")
_CAME_BACK = N_("Someone of this name and birth date has left this agency. Is it the same person, who comes back?")
_NO_DOMAIN = N_("The agency has no active mail domain, so no account can be opened. Ask the operator to add one.")
_OTHER_DOMAIN = N_(
    "The official address is not in a mail domain of this agency ({domain}). Correct it or leave it out."
)
_ADDRESS_TAKEN = N_("The official address belongs to someone else, or did until lately. Correct it or leave it out.")
_ADDRESS_RESERVED = N_("The official address is kept for a role or for the service. Correct it or leave it out.")
_ADDRESS_SPELLING = N_("An official address has only letters a to z, digits, dots, - and _ before the @. Correct it.")
_MOVED_BY_ROWS_ABOVE = N_("The row itself names no unit: the move comes from the rows above. Check that it is meant.")
_ADDRESS_DIFFERS = N_("The official address in the list is not this official's; a list does not change addresses.")

COMPARED = (
    "full_name",
    "birth_date",
    "sex",
    "category",
    "personal_id",
    "phone",
    "personal_mail",
    "staff_number",
    "work_phone",
    "extension",
    "title",
    "rank",
)


_compared = attrgetter(*COMPARED)


class Fields(Protocol):
    """What the directory says of somebody; a sealed field is opened when it is asked for."""

    @property
    def full_name(self) -> str | None: ...  # noqa: D102 - as in Record
    @property
    def birth_date(self) -> date | None: ...  # noqa: D102 - as in Record
    @property
    def personal_id(self) -> str | None: ...  # noqa: D102 - as in Record


@dataclass(slots=True)  # to make a frozen one takes three times as long, and a list makes one for each of its rows
class Known:
    """An official as the directory has them today."""

    official_id: int
    record: Fields
    agency_id: int | None
    """Where the primary post is, or was, if it lies in the subtree of the list's agency."""
    has_left: bool = False
    has_account: bool = True
    addresses: frozenset[str] = frozenset()


@dataclass(slots=True)  # not frozen, as above
class Matches:
    """Who in the directory has a row's identifiers."""

    by_source: Known | None = None
    by_personal_id: Known | None = None
    by_staff_number: Sequence[Known] = ()
    by_name_and_birth: Sequence[Known] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom a person said an ambiguous row means: one of the candidates, or nobody of them."""

    official_id: int | None = None
    """None: somebody new."""


@dataclass(frozen=True)
class Mail:
    """What may become of addresses: the domains of the agency, and those of the list's addresses that are taken."""

    domains: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()


@dataclass(slots=True)  # not frozen, as above
class Decision:
    """What a row comes to: for whom, which fields change from what to what, and where they go."""

    kind: Kind
    official_id: int | None = None
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    from_agency: int | None = None
    target: Target = NOWHERE
    reasons: tuple[Reason, ...] = ()
    opens_account: bool = False
    candidates: tuple[int, ...] = ()


@dataclass(slots=True)  # not frozen, as above
class _Who:
    """Who a row is about, or why that is not sure and who may be meant."""

    known: Known | None = None
    doubt: Reason | None = None
    candidates: tuple[int, ...] = ()


def decide(row: ListRow, matches: Matches, target: Target, mail: Mail, choice: Choice | None = None) -> Decision:
    """Say what a row comes to; `choice` is what a person said of an ambiguous one."""
    reasons = [*row.reasons, *target.reasons]
    who = _who(row.record, matches, choice)
    known = who.known
    if known is not None and known.agency_id is None:
        # Of a stranger to these agencies nothing is told, not even the name.
        return _result("unchanged", [*reasons, conflict(_ELSEWHERE)])
    if who.doubt is not None:
        reasons.append(who.doubt)
    if known is None:
        reasons.extend(_about_new_address(row.record.address, mail) if who.doubt is None else ())
        return _result("create", reasons, target=target, candidates=who.candidates)
    moves = target.new_unit is not None or (target.agency_id is not None and target.agency_id != known.agency_id)
    if not known.has_account:
        reasons.extend(_about_new_address(row.record.address, mail))
    elif row.record.address and row.record.address not in known.addresses:
        reasons.append(warning(_ADDRESS_DIFFERS, "address"))
    if moves and any(reason.message == UNIT_FROM_ABOVE for reason in row.reasons):
        reasons.append(warning(_MOVED_BY_ROWS_ABOVE, "unit"))
    changes = changes_of(known.record, row.record)
    is_change = bool(changes) or not known.has_account
    kind: Kind = "rehire" if known.has_left else "move" if moves else "change" if is_change else "unchanged"
    return _result(
        kind,
        reasons,
        official_id=known.official_id,
        changes=changes,
        from_agency=known.agency_id if moves or known.has_left else None,
        target=target,
        opens_account=not known.has_account,
        candidates=who.candidates,
    )


def _result(kind: Kind, reasons: Sequence[Reason], **more: object) -> Decision:
    """Let a question hold the row up, whatever it would have come to."""
    if not reasons:
        return Decision(kind, **more)  # type: ignore[arg-type]  # a table of fields
    doubts = {reason.doubt for reason in reasons if reason.level == "question"}
    # What cannot be read comes first: with it corrected the other questions may be gone.
    worst: Kind | None = next((each for each in ("error", "conflict", "ambiguous") if each in doubts), None)
    return Decision(worst or kind, reasons=tuple(reasons), **more)  # type: ignore[arg-type]  # a table of fields


def _who(record: Record, matches: Matches, choice: Choice | None) -> _Who:
    """Find who a row is about: the HR system's key and the personal ID number go first, then the staff number."""
    first = matches.by_source or matches.by_personal_id
    if first is not None:
        for other in (matches.by_personal_id, *matches.by_staff_number):
            if other is not None and other.official_id != first.official_id:
                return _Who(first, conflict(_TWO_PEOPLE, "staff_number"))
        return _Who(first, _under_this_name(first, record) or _with_this_id(first, record))
    numbered = matches.by_staff_number
    if len(numbered) == 1:
        return _Who(numbered[0], _under_this_name(numbered[0], record) or _with_this_id(numbered[0], record))
    if numbered:
        return _chosen(numbered, ambiguity(_SAME_NUMBER, "staff_number"), choice)
    return _by_name(record, matches.by_name_and_birth, choice)


def _by_name(record: Record, namesakes: Sequence[Known], choice: Choice | None) -> _Who:
    """Find who has the name and the birth date, if only one here has and nothing speaks against it."""
    if len(namesakes) > 1:
        return _chosen(namesakes, ambiguity(_SEVERAL, "full_name"), choice)
    if namesakes:
        (one,) = namesakes
        if _with_this_id(one, record) is not None:
            return _chosen(namesakes, ambiguity(_HOMONYM, "personal_id"), choice)
        if one.has_left or choice == Choice():
            return _chosen(namesakes, ambiguity(_CAME_BACK, "full_name"), choice)
        return _Who(one)
    is_told = record.personal_id or record.staff_number or record.source_record
    if is_told or (record.full_name and record.birth_date):
        return _Who()
    return _Who(doubt=question(_NO_IDENTITY, "personal_id"))


def _chosen(among: Sequence[Known], doubt: Reason, choice: Choice | None) -> _Who:
    """Take whom a person chose, as long as that one is still among those who may be meant."""
    candidates = tuple(each.official_id for each in among)
    if choice is not None and choice.official_id is None:
        return _Who(candidates=candidates)
    known = next((each for each in among if choice is not None and each.official_id == choice.official_id), None)
    return _Who(known, None if known else doubt, candidates)


def _under_this_name(known: Known, record: Record) -> Reason | None:
    theirs = known.record.full_name or ""
    if record.full_name is None or theirs == record.full_name or key_of(theirs) == key_of(record.full_name):
        return None
    return conflict(_OTHER_NAME, "full_name")


def _with_this_id(known: Known, record: Record) -> Reason | None:
    if record.personal_id is None:
        return None
    theirs = known.record.personal_id
    return conflict(_OTHER_ID, "personal_id") if theirs and record.personal_id != theirs else None


def _about_new_address(address: str | None, mail: Mail) -> list[Reason]:
    """Check the address that a new account is to have; without one the naming pattern proposes it."""
    if not mail.domains:
        return [conflict(_NO_DOMAIN)]
    if address is None:
        return []
    local, _, domain = address.partition("@")
    if domain not in mail.domains:
        return [question(_OTHER_DOMAIN, "address", domain=domain)]
    if not LOCAL.match(local) or len(local) > LOCAL_LIMIT:
        return [question(_ADDRESS_SPELLING, "address")]
    if is_reserved(local):
        return [question(_ADDRESS_RESERVED, "address")]
    return [conflict(_ADDRESS_TAKEN, "address")] if address in mail.taken else []


def changes_of(before: Fields, after: Record) -> dict[str, tuple[str | None, str | None]]:
    """Give the fields in which a list differs from the directory. An empty cell is no wish to clear a field."""
    changes: dict[str, tuple[str | None, str | None]] = {}
    for name, new in zip(COMPARED, _compared(after), strict=True):
        if new is not None and new != (old := getattr(before, name)) and not _is_same(name, old, new):
            changes[name] = (_text(old), _text(new))
    return changes


def _is_same(name: str, before: str | date | None, after: str | date) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        if name == "full_name":
            # A list typed without marks takes none away.
            return is_same_name(before, after) or (after.isascii() and key_of(before) == key_of(after))
        return before.casefold() == after.casefold()
    return before == after


def _text(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value or None

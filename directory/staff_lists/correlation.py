"""Correlate: who of the directory a row is about, and what it comes to. Pure: values in, a decision out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from directory.addresses import LOCAL, LOCAL_LIMIT
from directory.naming import is_reserved
from directory.staff_lists.readings import is_same_name, key_of
from directory.staff_lists.reasons import N_, Reason, question, warning
from directory.staff_lists.rows import ListRow, Record
from directory.staff_lists.units import NOWHERE, Target

Kind = Literal["create", "change", "move", "unchanged", "person"]

_NO_IDENTITY = N_("A name alone does not say who it is. Add the personal ID number, or the full birth date.")
_TWO_PEOPLE = N_("The personal ID number and the staff number belong to two different officials. Correct one of them.")
_OTHER_NAME = N_("The directory has this personal ID number or staff number under another name. Correct the row.")
_OTHER_ID = N_("The directory has another personal ID number for this official. Find out which one is right.")
_HOMONYM = N_("Someone of this name and birth date, with another personal ID number, is here already. The same person?")
_SEVERAL = N_("Several officials here have this name and birth date. Add the personal ID number.")
_SAME_NUMBER = N_("Several officials here have this staff number. Add the personal ID number.")
_ELSEWHERE = N_("This official belongs to an agency outside this list's. Ask the operator for a transfer.")
_LEFT = N_("This official has left. Someone must decide by hand whether they come back.")
_NO_DOMAIN = N_("The agency has no active mail domain, so no account can be opened. Ask the operator to add one.")
_OTHER_DOMAIN = N_(
    "The official address is not in a mail domain of this agency ({domain}). Correct it or leave it out."
)
_ADDRESS_TAKEN = N_("The official address belongs to someone else, or did until lately. Correct it or leave it out.")
_ADDRESS_RESERVED = N_("The official address is kept for a role or for the service. Correct it or leave it out.")
_ADDRESS_SPELLING = N_("An official address has only letters a to z, digits, dots, - and _ before the @. Correct it.")
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
    "title",
    "rank",
)


@dataclass(frozen=True)
class Known:
    """An official as the directory has them today."""

    official_id: int
    record: Record
    agency_id: int | None
    """Where the primary post is, if it lies in the subtree of the list's agency."""
    has_left: bool = False
    has_account: bool = True
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Matches:
    """Who in the directory has a row's identifiers."""

    by_personal_id: Known | None = None
    by_staff_number: Sequence[Known] = ()
    by_name_and_birth: Sequence[Known] = ()


@dataclass(frozen=True)
class Mail:
    """What may become of addresses: the domains of the agency, and those of the list's addresses that are taken."""

    domains: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Decision:
    """What a row comes to: for whom, which fields change from what to what, and where they go."""

    kind: Kind
    official_id: int | None = None
    changes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    from_agency: int | None = None
    target: Target = NOWHERE
    reasons: tuple[Reason, ...] = ()
    opens_account: bool = False


def decide(row: ListRow, matches: Matches, target: Target, mail: Mail) -> Decision:
    """Say what a row comes to."""
    reasons = [*row.reasons, *target.reasons]
    known, doubt = _who(row.record, matches)
    if known is not None and known.agency_id is None:
        # Of a stranger to these agencies nothing is told, not even the name.
        return _result("person", [*reasons, question(_ELSEWHERE)])
    if known is not None and known.has_left:
        return _result("person", [*reasons, question(_LEFT)], official_id=known.official_id)
    if doubt is not None:
        reasons.append(doubt)
    if known is None:
        reasons.extend(_about_new_address(row.record.address, mail) if doubt is None else ())
        return _result("create", reasons, target=target)
    changes = changes_of(known.record, row.record)
    moves = target.new_unit is not None or (target.agency_id is not None and target.agency_id != known.agency_id)
    if not known.has_account:
        reasons.extend(_about_new_address(row.record.address, mail))
    elif row.record.address and row.record.address not in known.addresses:
        reasons.append(warning(_ADDRESS_DIFFERS, "address"))
    is_change = bool(changes) or not known.has_account
    kind: Kind = "move" if moves else "change" if is_change else "unchanged"
    return _result(
        kind,
        reasons,
        official_id=known.official_id,
        changes=changes,
        from_agency=known.agency_id if moves else None,
        target=target,
        opens_account=not known.has_account,
    )


def _result(kind: Kind, reasons: Sequence[Reason], **more: object) -> Decision:
    """Let a question hold the row up, whatever it would have come to."""
    is_held_up = any(reason.level == "question" for reason in reasons)
    return Decision("person" if is_held_up else kind, reasons=tuple(reasons), **more)  # type: ignore[arg-type]


def _who(record: Record, matches: Matches) -> tuple[Known | None, Reason | None]:
    """Find who a row is about; the personal ID number goes first, then the staff number, then name and birth date."""
    by_id, by_number = matches.by_personal_id, matches.by_staff_number
    if by_id is not None:
        if any(each.official_id != by_id.official_id for each in by_number):
            return by_id, question(_TWO_PEOPLE, "staff_number")
        return by_id, _under_this_name(by_id, record)
    if len(by_number) > 1:
        return None, question(_SAME_NUMBER, "staff_number")
    if by_number:
        return by_number[0], _under_this_name(by_number[0], record) or _with_this_id(by_number[0], record, _OTHER_ID)
    return _by_name(record, matches.by_name_and_birth)


def _by_name(record: Record, namesakes: Sequence[Known]) -> tuple[Known | None, Reason | None]:
    """Find who has the name and the birth date, if only one here has."""
    if len(namesakes) > 1:
        return None, question(_SEVERAL, "full_name")
    if namesakes:
        return namesakes[0], _with_this_id(namesakes[0], record, _HOMONYM)
    is_told = record.personal_id or record.staff_number or (record.full_name and record.birth_date)
    return None, None if is_told else question(_NO_IDENTITY, "personal_id")


def _under_this_name(known: Known, record: Record) -> Reason | None:
    if record.full_name is None or key_of(known.record.full_name or "") == key_of(record.full_name):
        return None
    return question(_OTHER_NAME, "full_name")


def _with_this_id(known: Known, record: Record, message: str) -> Reason | None:
    theirs = known.record.personal_id
    return question(message, "personal_id") if theirs and record.personal_id not in (None, theirs) else None


def _about_new_address(address: str | None, mail: Mail) -> list[Reason]:
    """Check the address that a new account is to have; without one the naming pattern proposes it."""
    if not mail.domains:
        return [question(_NO_DOMAIN)]
    if address is None:
        return []
    local, _, domain = address.partition("@")
    if domain not in mail.domains:
        return [question(_OTHER_DOMAIN, "address", domain=domain)]
    if not LOCAL.match(local) or len(local) > LOCAL_LIMIT:
        return [question(_ADDRESS_SPELLING, "address")]
    if is_reserved(local):
        return [question(_ADDRESS_RESERVED, "address")]
    return [question(_ADDRESS_TAKEN, "address")] if address in mail.taken else []


def changes_of(before: Record, after: Record) -> dict[str, tuple[str | None, str | None]]:
    """Give the fields in which a list differs from the directory. An empty cell is no wish to clear a field."""
    return {
        name: (_text(getattr(before, name)), _text(getattr(after, name)))
        for name in COMPARED
        if getattr(after, name) is not None and not _is_same(name, getattr(before, name), getattr(after, name))
    }


def _is_same(name: str, before: str | date | None, after: str | date) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        if name == "full_name":
            # A list typed without marks takes none away.
            return is_same_name(before, after) or (after.isascii() and key_of(before) == key_of(after))
        return before.casefold() == after.casefold()
    return before == after


def _text(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value or None

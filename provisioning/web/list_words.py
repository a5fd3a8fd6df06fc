"""Staff lists in words, the same for pages, programs and outcome files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from directory.staff_lists.hints import AS_WRITTEN, MONTH_FIRST, SWAPPED
from directory.staff_lists.review import ReviewRow, review
from directory.staff_lists.tables import StaffList
from provisioning.languages import N_, translate
from provisioning.sheets.writer import write_csv, write_xlsx
from provisioning.web.language import gettext, language
from provisioning.web.words import LABELS, word

KINDS = {
    "create": N_("New"),
    "change": N_("Changed"),
    "move": N_("Moved"),
    "rehire": N_("Comes back"),
    "leave": N_("Missing in the list"),
    "left": N_("Has left"),
    "unchanged": N_("Unchanged"),
    "ambiguous": N_("Who is meant?"),
    "conflict": N_("Contradiction"),
    "error": N_("Cannot be read"),
    "person": N_("Needs a person"),
    "warned": N_("With a warning"),
    "left_out": N_("Left out"),
    "failed": N_("Not done"),
}
SORTS: dict[str, str] = {
    "row": N_("As in the file"),
    "kind": N_("By outcome, questions first"),
    "name": N_("By given name"),
}
MODES: dict[str, str] = {
    "additions": N_("Additions and changes: who is not in the list stays as they are"),
    "full": N_("Full list of the unit: who is missing in it is proposed as a leaver"),
}
ENCODINGS = {
    "": N_("Find out"),
    "Unicode": N_("Unicode: the letters are right"),
    "TCVN3": N_("TCVN3 (.Vn fonts)"),
    "VNI": N_("VNI (VNI- fonts)"),
}
DATE_ORDERS = {
    "": N_("The day first; ask where that seems wrong"),
    AS_WRITTEN: N_("The day first, as they are written"),
    MONTH_FIRST: N_("The month first, as they are written"),
    SWAPPED: N_("Day and month exchanged by the spreadsheet"),
}
CONFIDENCES = {"certain": N_("certain"), "likely": N_("likely"), "unsure": N_("please check")}
COLOURS = {
    "create": "green",
    "change": "blue",
    "move": "blue",
    "rehire": "green",
    "leave": "amber",
    "unchanged": "grey",
    "ambiguous": "amber",
    "conflict": "amber",
    "error": "amber",
    "person": "amber",
    "warned": "amber",
    "left_out": "grey",
    "failed": "red",
}
STATES = {
    "reading": N_("Being read"),
    "unread": N_("Could not be read"),
    "planned": N_("Plan to be reviewed"),
    "applying": N_("Being applied"),
    "applied": N_("Applied"),
    "cancelled": N_("Put aside"),
    "refused": N_("Stopped: whoever started it no longer has the right"),
}
STATE_COLOURS = {
    "reading": "amber",
    "unread": "red",
    "planned": "blue",
    "applying": "amber",
    "applied": "green",
    "cancelled": "grey",
    "refused": "red",
}
FIELDS = {
    "number": N_("No."),
    "full_name": N_("Full name"),
    "family_middle": N_("Family and middle names"),
    "given": N_("Given name"),
    "birth_date": N_("Birth date"),
    "male": N_("Birth date or mark: male"),
    "female": N_("Birth date or mark: female"),
    "sex": N_("Sex"),
    "category": N_("Category"),
    "personal_id": N_("Personal ID number"),
    "phone": N_("Phone"),
    "work_phone": N_("Telephone at work"),
    "extension": N_("Extension"),
    "mail": N_("E-mail"),
    "personal_mail": N_("Personal e-mail"),
    "official_mail": N_("Official e-mail"),
    "address": N_("Official e-mail"),
    "staff_number": N_("Staff number"),
    "title": N_("Title"),
    "rank": N_("Rank"),
    "unit": N_("Unit"),
    "source_record": N_("Record number of the HR system"),
    "account": N_("Account"),
    "": N_("Not read"),
}
HEADINGS = (
    N_("Row"),
    N_("Full name"),
    N_("Unit"),
    N_("Outcome"),
    N_("What changes"),
    N_("Remarks"),
    N_("Account"),
    N_("Official e-mail"),
)
_OPENS_ACCOUNT = N_("an account is opened")
_STAYS = N_("Not confirmed as a leaver: stays.")
_NOTHING = "–"
_CHUNK = 1_000


def told(reason: Mapping[str, Any]) -> str:
    """Say a reason in the language of this request."""
    return translate(reason["message"], language(), **reason["fields"])


def field_name(name: str) -> str:
    """Say what a field is called."""
    return gettext(FIELDS[name]) if name in FIELDS else name


def value_of(name: str, value: str | None) -> str:
    """Say a value of a field."""
    if name == "account" and value:
        return gettext(_OPENS_ACCOUNT)
    return word(name, value) if name in ("sex", "category") and value in LABELS[name] else value or _NOTHING


def outcome_of(row: ReviewRow) -> str:
    """Say what a row comes to; one that failed has not come to it, and only who was let go has left."""
    kind = "failed" if row.failure else "left_out" if row.left_out else row.kind
    if kind == "leave" and row.is_done:
        kind = "left"
    return gettext(KINDS[kind])


def state_of(row: ReviewRow) -> str:
    """Say for programs how far a row is."""
    if row.failure:
        return "failed"
    return "done" if row.is_done else "left_out" if row.left_out else "waiting"


def changes_of(row: ReviewRow) -> list[str]:
    """Say what changes, field by field, from what to what."""
    return [f"{field_name(name)}: {value_of(name, old)} → {value_of(name, new)}" for name, old, new in row.changes]


def remarks_of(row: ReviewRow) -> list[str]:
    """Say everything there is to say about a row, why it was not done first."""
    stays = [gettext(_STAYS)] if row.kind == "leave" and not row.is_confirmed else []
    return stays + [told(reason) for reason in ([row.failure] if row.failure else []) + list(row.reasons)]


def outcome_file(session: Session, staff_list: StaffList, kind: str) -> bytes:
    """Write the outcome of a list, a line a row, to be sent back to the unit."""
    headings = [gettext(heading) for heading in HEADINGS]
    rows = _lines(session, staff_list)
    return write_csv(headings, rows) if kind == "csv" else write_xlsx(gettext(N_("Outcome")), headings, rows)


def _lines(session: Session, staff_list: StaffList) -> Iterator[Sequence[str | int | None]]:
    after: int | None = 0
    while after is not None:
        page = review(session, staff_list, after=after, limit=_CHUNK)
        for row in page.rows:
            changes, remarks = "\n".join(changes_of(row)), "\n".join(remarks_of(row))
            yield (
                row.number if row.is_of_file else None,
                row.name,
                row.unit,
                outcome_of(row),
                changes,
                remarks,
                row.account,
                row.address,
            )
        after = page.after

"""Fix: read a row again with cells that a person corrected, and take a doubt about it away that a person answered;
what stood there is kept beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from directory.staff_lists.reasons import question, repair
from directory.staff_lists.repetitions import ABOUT_OTHERS
from directory.staff_lists.rows import ListRow, RowReader
from directory.staff_lists.walk import DOUBTFUL, PERSON, PersonRow

_MAKES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("full_name", "family_middle", "given"), frozenset({"full_name"})),
    **dict.fromkeys(("birth_date", "male", "female"), frozenset({"birth_date", "sex"})),
    **dict.fromkeys(("mail", "official_mail", "personal_mail"), frozenset({"address", "personal_mail"})),
    **dict.fromkeys(("work_phone", "extension"), frozenset({"work_phone", "extension"})),
    "rank": frozenset({"rank", "category"}),
}
"""What of a record is made of a column; of any other column, the field of its name."""
_COMPARED = frozenset({"personal_id", "birth_date", "sex"})
"""A remark about one of these may come from comparing it with the others."""


def made_of(column: str) -> frozenset[str]:
    """Give what of a record is made of a column."""
    return _MAKES.get(column) or frozenset({column})


def fixed(row: ListRow, fixes: Mapping[str, str], today: date) -> ListRow:
    """Read the corrected cells of a row; an empty one says nothing. The rest stays as it was read."""
    if not fixes:
        return row
    said = {name: text for name, text in {**row.written, **fixes}.items() if text}
    cells = {name: [text] for name, text in said.items()}
    (again,) = RowReader([PersonRow(row.number, row.record.unit)], cells).read(today)
    touched = frozenset().union(*map(made_of, fixes))
    concerned = touched | _COMPARED if touched & _COMPARED else touched
    return replace(
        row,
        record=replace(row.record, **{name: getattr(again.record, name) for name in touched}),
        reasons=(
            *(each for each in row.reasons if each.about not in concerned and each.message not in ABOUT_OTHERS),
            *(each for each in again.reasons if each.about in concerned),
        ),
    )


def with_person_said(row: ListRow, *, is_person: bool) -> ListRow:
    """Give a row with the answer in the place of the question whether it is about a person, or the other way round."""
    asked, answered = question(DOUBTFUL), repair(PERSON)
    before, after = (asked, answered) if is_person else (answered, asked)
    if before not in row.reasons:
        return row
    return replace(row, reasons=tuple(after if each == before else each for each in row.reasons))

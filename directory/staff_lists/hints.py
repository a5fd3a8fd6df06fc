"""What a person says of a list beyond the file (hints), and what was understood of it (guess): two sides of one page.

Both are plain data. Hints can be kept and given again with the next list of the same shape; a guess holds example
values of people, so it is shown and never kept in clear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, TypeVar

from directory.staff_lists.reasons import Reason
from directory.staff_lists.refusals import BadHints

Encoding = Literal["Unicode", "TCVN3", "VNI"]
Confidence = Literal["certain", "likely", "unsure"]
"""certain: the heading says so, or a person did; likely: the contents bear it out; unsure: a person must say."""

ENCODINGS: tuple[Encoding, ...] = ("Unicode", "TCVN3", "VNI")
FIELDS = (
    "number",
    "staff_number",
    "source_record",
    "full_name",
    "family_middle",
    "given",
    "birth_date",
    "male",
    "female",
    "sex",
    "personal_id",
    "phone",
    "work_phone",
    "extension",
    "official_mail",
    "personal_mail",
    "mail",
    "title",
    "rank",
    "category",
    "unit",
)
"""What a column may be; anything else is not read."""
IGNORED = ""
"""In place of a field: the column is not read."""
AS_WRITTEN = "dates_as_written"
MONTH_FIRST = "month_first"
SWAPPED = "dates_swapped"
REPAIRS = frozenset({AS_WRITTEN, MONTH_FIRST, SWAPPED})
"""How the birth dates of a whole list are read once a person has said so: the day first and real dates as they are;
typed dates with the month first; real dates whose day and month a spreadsheet has exchanged."""
NO_HEADER = 0

_LETTERS = re.compile(r"[A-Z]{1,2}")
_COLUMNS = 256
_ROWS = 200_000
_TEXT_LIMIT = 100
_PARTS = frozenset({"sheet", "header", "columns", "encodings", "repairs"})
Text = TypeVar("Text", bound=str)


@dataclass(frozen=True)
class Hints:
    """What a person says of a list. Nothing said means: find it out."""

    sheet: str | None = None
    header: int | None = None
    """The last row of the header as the file numbers it; 0: there is none."""
    columns: Mapping[int, str] = field(default_factory=dict)
    """Columns (from 0) whose field is said; the others are found out, unless `header` is 0 and this is not empty."""
    encodings: Mapping[int, Encoding] = field(default_factory=dict)
    """In what the texts of a column (from 0) are typed; to say it is to confirm the conversion."""
    repairs: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """Give the hints as they are kept, columns by their letters."""
        return {
            "sheet": self.sheet,
            "header": self.header,
            "columns": {letters_of(index): said for index, said in sorted(self.columns.items())},
            "encodings": {letters_of(index): said for index, said in sorted(self.encodings.items())},
            "repairs": sorted(self.repairs),
        }

    @classmethod
    def from_json(cls, said: object) -> Hints:
        """Read hints from outside; a `BadHints` names the first thing that is not one."""
        if not isinstance(said, dict):
            raise BadHints(about="hints")
        sheet, header, repairs = said.get("sheet"), said.get("header"), said.get("repairs") or []
        wrong = {
            **dict.fromkeys(map(str, said.keys() - _PARTS), True),
            "sheet": not (sheet is None or (isinstance(sheet, str) and len(sheet) <= _TEXT_LIMIT)),
            "header": not (header is None or (type(header) is int and 0 <= header <= _ROWS)),
            "repairs": not (isinstance(repairs, list) and all(isinstance(each, str) for each in repairs))
            or not REPAIRS.issuperset(repairs)
            or (AS_WRITTEN in repairs and len(repairs) > 1),
        }
        for about, is_wrong in wrong.items():
            if is_wrong:
                raise BadHints(about=about[:_TEXT_LIMIT])
        columns = _by_column(said, "columns", (*FIELDS, IGNORED))
        fields = [each for each in columns.values() if each != IGNORED]
        if len(set(fields)) < len(fields):
            raise BadHints(about="columns")
        return cls(sheet or None, header, columns, _by_column(said, "encodings", ENCODINGS), frozenset(repairs))


def _by_column(said: Mapping[Any, Any], name: str, allowed: Sequence[Text]) -> dict[int, Text]:
    """Read what is said of columns, which are named by their letters."""
    given = said.get(name) or {}
    if not isinstance(given, dict):
        raise BadHints(about=name)
    found: dict[int, Text] = {}
    for letters, value in given.items():
        is_column = isinstance(letters, str) and _LETTERS.fullmatch(letters) and index_of(letters) < _COLUMNS
        if not is_column or not isinstance(value, str) or value not in allowed:
            raise BadHints(about=f"{name}, {str(letters)[:3]}")
        found[index_of(letters)] = allowed[allowed.index(value)]
    return found


@dataclass(frozen=True)
class Conversion:
    """Texts of a column that are not Unicode: in what they are typed, how many, how sure that is, and examples."""

    encoding: Encoding
    cells: int
    is_confirmed: bool
    """By its font, by a person, or because only headings are concerned; otherwise its rows wait for a person."""
    examples: Sequence[tuple[str, str]]
    """Before and after."""


@dataclass(frozen=True)
class ColumnGuess:
    """One column of the sheet as it was understood; `field` is `IGNORED` for one that is not read."""

    index: int
    heading: str
    field: str
    confidence: Confidence
    examples: Sequence[str] = ()
    conversion: Conversion | None = None

    @property
    def letters(self) -> str:
        """The column as spreadsheets call it."""
        return letters_of(self.index)


@dataclass(frozen=True)
class SheetGuess:
    """One sheet of the file, and how many rows about people it has; 0: no table."""

    name: str
    people: int


@dataclass(frozen=True)
class Guess:
    """What was understood of a list as a whole."""

    sheets: Sequence[SheetGuess]
    sheet: str
    header: int
    """The last row of the header as the file numbers it; 0: there is none."""
    columns: Sequence[ColumnGuess]
    questions: Sequence[Reason] = ()
    """What a person must say of the whole list before any of its rows goes on; each of those rows says so too."""

    @property
    def shape(self) -> str:
        """Name the shape of the list: the same for lists with the same headings in the same columns."""
        said = [f"{column.index}:{' '.join(column.heading.lower().split())}" for column in self.columns]
        return sha256("\n".join([str(bool(self.header)), *said]).encode()).hexdigest()


def letters_of(index: int) -> str:
    """Give the letters of a column counted from 0: A, Z, AA."""
    before, last = divmod(index, 26)
    return (letters_of(before - 1) if before else "") + chr(ord("A") + last)


def index_of(letters: str) -> int:
    """Give the place of a column, from 0, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1

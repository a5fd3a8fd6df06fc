"""The table of a sheet: its rows of people, told from groups, headers of later pages, totals and signatures."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from directory.naming import fold
from directory.staff_lists.cells import Cell, Sheet, text_of
from directory.staff_lists.contents import guess_columns
from directory.staff_lists.conversions import Converted
from directory.staff_lists.grid import Grid, grid_of
from directory.staff_lists.header import Column, Header, find_header, header_at
from directory.staff_lists.headings import MARKS, NAMES, meaning, normal
from directory.staff_lists.hints import IGNORED, NO_HEADER, Hints

_DETAILS = frozenset(
    {
        "personal_id",
        "birth_date",
        *MARKS,
        "phone",
        "staff_number",
        "official_mail",
        "personal_mail",
        "mail",
        "rank",
        "source_record",
    }
)
"""What only a person has; a title may stand under a signature too."""
_WHOLE = re.compile(r"\(?\d{1,6}\)?[.)]?")
_TOO_MANY = 1_000_000
_ORDINAL = re.compile(r"\(?[IVXLC]+[.)/]?\)?|\(?[A-Z][.)/]?\)?")
_ORDERED = re.compile(r"\W*([IVXLC]+|[A-Z])\s*[.)/:-]\s*\w")
_COLUMN_NUMBER = re.compile(r"\(?(\d{1,2}|[A-Z])\)?")
_FEWEST = 2
_NOTHING: Mapping[str, Converted] = {}
_UNIT = re.compile(
    r"(\W*([ivxlc]+|[a-z]|\d+)[.)/-]\s*)?(phong|ban|so|chi cuc|trung tam|van phong|thanh tra|khoi|khoa|to|doi|hat|tram"
    r"|uy ban|ubnd|hdnd|hoi dong|lanh dao|chi nhanh|vien|truong|cuc|vu|tong cuc|hoi|doan|dang uy|bo phan|cong ty"
    r"|benh vien|don vi|xa|phuong|dac khu|mat tran|lien doan|nha|bo)\b"
)
_TOTAL = re.compile(r"(tổng( cộng| số)?|cộng)\b(?! (tác|hòa|hoà|sản|đồng))|tong (cong|so)\b")
_CLOSING = re.compile(
    r"(nguoi (lap|tong hop|ke khai|duyet)|thu truong|xac nhan|ke toan truong|noi nhan|ghi chu|an dinh|bang chu"
    r"|danh sach (nay |tren )?(co|gom)|\(?ky,? (va )?(ghi|dong)|t/?m[. ]|k/?t[. ]|t/?l[. ]"
    r"|.*\bngay [\d.… ]+thang [\d.… ]+nam)"
)


@dataclass(slots=True)
class PersonRow:
    """One row about a person: its number in the file, and the group row it stands under."""

    number: int
    group: str | None = None
    converted: Mapping[str, Converted] = field(default_factory=dict)
    """Its cells that were typed with an old font, by field."""
    other_header: int | None = None
    """The row of a later header with other columns under which it stands."""


@dataclass(frozen=True)
class Table:
    """What a sheet says of people."""

    sheet: str
    columns: Sequence[Column]
    rows: Sequence[PersonRow]
    cells: Mapping[str, Sequence[Cell]]
    """The cells of these rows by field; an empty cell is the empty text."""
    left_out: Sequence[int]
    """Rows with text below the header that are not about a person: totals, signatures, notes."""
    header: int
    """The last row of the header as the file numbers it; 0: there is none."""
    headings: Mapping[int, str]
    """What stands above each column (from 0), those that are not read included."""
    grid: Grid


def find_table(sheet: Sheet, hints: Hints | None = None) -> Table | None:
    """Give the table of a sheet, or None if neither a header nor the contents say where people are."""
    hints = hints or Hints()
    grid = grid_of(sheet, hints.encodings)
    header = find_header(grid) if hints.header is None else header_at(grid, hints.header - 1) if hints.header else None
    is_headed = header is not None
    header = header or guess_columns(grid) or Header([], 0)
    columns = _with_what_is_said(header, hints, len(grid.rows[0]) if grid.rows else 0)
    if not {column.field for column in columns} & NAMES:
        return None
    walk = _Walk(grid, columns, header.below)
    rows = list(walk.people())
    last = header.below if is_headed else NO_HEADER
    cells = dict(zip(walk.columns, zip(*walk.picked, strict=True), strict=False))  # of no rows there are no columns
    return Table(sheet.name, columns, rows, cells, walk.left_out, last, header.headings, grid)


def _with_what_is_said(header: Header, hints: Hints, width: int) -> list[Column]:
    """Give the columns with those whose field a person has said in their places."""
    fields = set(hints.columns.values())
    found = [each for each in header.columns if each.index not in hints.columns and each.field not in fields]
    said = [
        Column(field, index, header.headings.get(index, ""))
        for index, field in hints.columns.items()
        if field != IGNORED and index < width
    ]
    return [*said, *found]


class _Walk:
    """Goes down the rows below the header, remembering the group it is in and whether the footer has begun."""

    def __init__(self, grid: Grid, columns: Sequence[Column], below: int) -> None:
        self.grid = grid
        self.columns = {column.field: column.index for column in columns}
        self.headings = {column.index: normal(column.heading) for column in columns if column.heading}
        self.below = below
        self.picked: list[tuple[Cell, ...]] = []
        """The cells of the rows about people, in the order of the columns."""
        self.left_out: list[int] = []
        self.group: str | None = None
        self.other_header: int | None = None
        self.is_closed = False
        self.is_signed = False

    def people(self) -> Iterator[PersonRow]:
        """Give the rows about people."""
        is_plain = self._plainness()
        for row, cells in enumerate(map(_picking(self.columns.values()), self.grid.rows[self.below :]), self.below):
            picked = self._with_merged_unit(row, cells) if self.grid.merged else cells
            if not is_plain(picked) and not self._is_person_at(row, self._by_field(picked)):
                continue
            self.is_closed = self.is_signed = False
            converted = self.grid.converted.get(row)
            by_field = (
                {field: converted[index] for field, index in self.columns.items() if index in converted}
                if converted
                else _NOTHING
            )
            self.picked.append(picked)
            yield PersonRow(row + 1, self.group, by_field, self.other_header)

    def _plainness(self) -> Callable[[tuple[Cell, ...]], bool]:
        """Give what tells most rows at a look: numbered, named and with what only people have, they are no header
        and no total. The others need a closer one.
        """
        places = {field: place for place, field in enumerate(self.columns)}
        name_at, number_at = places.get("full_name", places.get("given")), places.get("number")
        details = _picking([place for field, place in places.items() if field in _DETAILS])
        if name_at is None or number_at is None:
            return lambda _: False

        def is_plain(cells: tuple[Cell, ...]) -> bool:
            number, name = cells[number_at], cells[name_at]
            return (
                type(number) is float
                and 0 <= number < _TOO_MANY
                and type(name) is str
                and name.replace(" ", "").isalpha()
                and any(details(cells))
            )

        return is_plain

    def _is_person_at(self, row: int, cells: Mapping[str, Cell]) -> bool:
        """Say whether a row is about a person; if not, take from it what it says of those below."""
        if "number" in self.columns and self._is_certain(cells):
            return True
        texts = self.grid.texts(row)
        if not texts or self._is_header_again(row, texts):
            return False
        if self._is_certain(cells) or self._is_person(cells, texts):
            return True
        if _closes(texts):
            self.is_closed = True
            self.is_signed = self.is_signed or _signs(texts)
            self.left_out.append(row + 1)
        elif self._may_be_group(texts) and (group := _group(cells, texts)):
            self.group = group
        elif len(texts) > 1 or not _WHOLE.fullmatch(texts[0]):
            self.left_out.append(row + 1)
        return False

    def _may_be_group(self, texts: Sequence[str]) -> bool:
        """Say whether a group may begin here: anywhere in the list, and below a total if it is plainly one.

        Units often end with `Cộng: 6 người`. Missed there, the next unit's people would stand in the one before.
        """
        if not self.is_closed or any(_ORDINAL.fullmatch(text) or _ORDERED.match(text) for text in texts):
            return True
        return not self.is_signed and any(_UNIT.match(fold(text)) for text in texts)

    def _by_field(self, cells: tuple[Cell, ...]) -> dict[str, Cell]:
        """Give the cells of a row that are not empty by their fields."""
        return {field: cell for field, cell in zip(self.columns, cells, strict=True) if cell != ""}

    def _with_merged_unit(self, row: int, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Give the row's cells; a unit written once over merged rows is that of each of them."""
        unit = self.columns.get("unit")
        if unit is None or (row, unit) not in self.grid.merged:
            return cells
        through = self.grid.text_through(row, unit)
        return tuple(through if field == "unit" else cell for field, cell in zip(self.columns, cells, strict=True))

    def _is_header_again(self, row: int, texts: Sequence[str]) -> bool:
        """Say whether a later page begins here with the header, or the columns are only numbered."""
        if len(texts) > _FEWEST and all(map(_COLUMN_NUMBER.fullmatch, texts)):
            return len(set(texts)) == len(texts)
        if all(meaning(text) in {*MARKS, "given", "family_middle"} for text in texts):
            return True
        said = [(normal(self.grid.text(row, index)), heading) for index, heading in self.headings.items()]
        said = [(text, heading) for text, heading in said if text]
        if len(said) >= _FEWEST and all(text in heading for text, heading in said):
            self.other_header = None
            return True
        fields = {meaning(text) for text in texts} - {None}
        if len(fields) > _FEWEST and fields & NAMES:
            self.other_header = row + 1
            return True
        return False

    def _is_certain(self, cells: Mapping[str, Cell]) -> bool:
        """Say whether the row is beyond doubt about a person: numbered, named, and with what only people have."""
        name = text_of(cells.get("full_name") or cells.get("given", ""))
        return (
            (name.replace(" ", "").isalpha() or any(map(str.isalpha, name)))
            and not _DETAILS.isdisjoint(cells)
            and ("number" not in self.columns or _is_number(cells))
        )

    def _is_person(self, cells: Mapping[str, Cell], texts: Sequence[str]) -> bool:
        """Say whether a row of which that is not sure is about a person all the same; below a footer it is not."""
        if self.is_closed or _closes(texts):
            return False
        is_named, is_numbered = bool(cells.keys() & NAMES), _is_number(cells)
        if cells.keys() & _DETAILS or (is_named and "title" in cells):
            return is_named or is_numbered
        is_unit = _UNIT.match(fold(text_of(cells.get("full_name", "")))) is not None
        return is_named and (is_numbered or "number" not in self.columns) and not is_unit


def _picking(places: Collection[int]) -> Callable[[Sequence[Cell]], tuple[Cell, ...]]:
    """Give what picks the cells in these places out of a row."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)


def _is_number(cells: Mapping[str, Cell]) -> bool:
    """Say whether the row has a number, be it 150.00000000000003."""
    number = cells.get("number", "")
    if isinstance(number, float):
        return 0 <= number < _TOO_MANY
    return _WHOLE.fullmatch(text_of(number).split(".")[0]) is not None


def _closes(texts: Sequence[str]) -> bool:
    """Say whether a row is a total or the beginning of the signatures."""
    return _signs(texts) or any(_TOTAL.match(text.lower()) for text in texts)


def _signs(texts: Sequence[str]) -> bool:
    """Say whether the signatures and notes begin in a row."""
    return any(_CLOSING.match(fold(text)) for text in texts)


def _group(cells: Mapping[str, Cell], texts: Sequence[str]) -> str | None:
    """Give the unit that a group row names: one text, with or without a Roman numeral before it."""
    words = [text for text in texts if not _ORDINAL.fullmatch(text) and not _WHOLE.fullmatch(text)]
    if len(words) != 1 or cells.keys() & _DETAILS:
        return None
    text = re.sub(r"^\W*([IVXLC]+|[A-Z]|\d+)\s*[.)/:-]\s*", "", words[0])
    text = re.sub(r"\s*[:(–-]\s*\(?\d+\s*(người|cán bộ|công chức|đ/c|đồng chí)?\W*$", "", text, flags=re.IGNORECASE)
    return text.strip(" :.-–") or None

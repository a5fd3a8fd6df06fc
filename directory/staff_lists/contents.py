"""What a column holds, told by its contents: for lists without a header, and to doubt a heading that misleads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from directory.naming import fold
from directory.staff_lists.cells import Cell, text_of
from directory.staff_lists.grid import Grid
from directory.staff_lists.header import Column, Header
from directory.staff_lists.headings import normal
from directory.staff_lists.hints import Confidence
from directory.staff_lists.identifiers import read_mail, read_personal_id, read_phone

_FAMILIES = frozenset(
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly dinh trinh doan dao mai luong luu lam ha"
    " thai phung ta truong to cao chau chu dam dong giang giap hua kieu kim la lai lo lu luc ma mac nghiem nong ong"
    " phi quach tang than thach tong trieu tran tu uong vi vien van vuong sung hang vang thao ban bach be cam can cu"
    " diep doi du dau dieu duong ha hau hoa khong khuat khuong lieu linh lang mua lau y h a ro quang tong cam deo"
    "".split()
)
_WORDS = range(2, 7)
_DATE = re.compile(r"\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*(19|20)?\d\d(\s.*)?|(19[3-9]|20[01])\d")
_SERIALS = range(11_000, 43_000)
"""Days from 1930 to 2017 as spreadsheets number them."""
_YEARS = range(1930, 2018)
_RANK = re.compile(r"\d{2}[.]\d{3}[a-z]?|v\.\d\d\.\d\d(\.\d\d)?", re.IGNORECASE)
_TITLE = re.compile(
    r"(chuyen vien|can su|nhan vien|truong|pho|giam doc|chu tich|chanh|thanh tra vien|ke toan|van thu|lai xe|cong chuc"
    r"|vien chuc|bi thu|uy vien|giao vien|bac si|y si|dieu duong|ky su|ho tro|chi huy|quyen|dai bieu)\b.*"
)
_UNIT = re.compile(
    r"(phong|ban|so|chi cuc|trung tam|van phong|thanh tra|khoa|to|doi|vu|cuc|ubnd|uy ban|xa|phuong|truong|vien)\b.*"
)
_SAMPLE = 200
_LIKELY = 0.9
_FITTING = 0.6


def _is_number(cell: Cell) -> bool:
    return re.fullmatch(r"\d{1,5}[.)]?", text_of(cell).partition(".")[0]) is not None


def _is_birth_date(cell: Cell) -> bool:
    if isinstance(cell, int | float):
        return cell in _YEARS or (float(cell).is_integer() and int(cell) in _SERIALS)
    return isinstance(cell, date) or _DATE.fullmatch(cell) is not None


def _is_phone(cell: Cell) -> bool:
    return read_phone(cell).value is not None


def _is_name(cell: Cell) -> bool:
    words = fold(text_of(cell)).split()
    return len(words) in _WORDS and words[0] in _FAMILIES and all(map(str.isalpha, words))


def begins_with_family(text: str) -> bool:
    """Say whether the first word of a text is one of the usual families."""
    return fold(text).partition(" ")[0] in _FAMILIES


FORMS: dict[str, Callable[[Cell], bool]] = {
    "phone": _is_phone,
    "personal_id": lambda cell: read_personal_id(cell).value is not None and not _is_phone(cell),
    "mail": lambda cell: read_mail(cell, "mail").value is not None,
    "birth_date": _is_birth_date,
    "sex": lambda cell: normal(text_of(cell)) in {"nam", "nu"},
    "rank": lambda cell: _RANK.fullmatch(text_of(cell)) is not None,
    "title": lambda cell: _TITLE.fullmatch(fold(text_of(cell))) is not None,
    "unit": lambda cell: _UNIT.fullmatch(fold(text_of(cell))) is not None,
    "full_name": _is_name,
}
"""The fields that have a form of their own, the plainest first."""


def guess_columns(grid: Grid) -> Header | None:
    """Give the columns of a list without a header, by what stands in them, or None if nothing looks like people."""
    columns = [[row[index] for row in grid.rows[:_SAMPLE]] for index in range(len(grid.rows[0]) if grid.rows else 0)]
    found: dict[str, int] = {}
    for field, fits in FORMS.items():
        shares = {index: _share(cells, fits) for index, cells in enumerate(columns) if index not in found.values()}
        best = max(shares, key=lambda index: shares[index], default=None)
        if best is not None and shares[best] >= _FITTING:
            found[field] = best
    if "full_name" not in found or len(found) == 1:
        return None
    if 0 not in found.values() and _share(columns[0], _is_number) >= _FITTING:
        found["number"] = 0
    return Header([Column(field, index, "") for field, index in found.items()], _first_person(grid, found))


def _first_person(grid: Grid, found: dict[str, int]) -> int:
    """Give the row (from 0) where people begin, or the one above it if that names their unit."""
    others = [field for field in found if field in FORMS and field != "full_name"]
    for number, row in enumerate(grid.rows):
        if _is_name(row[found["full_name"]]) and any(FORMS[field](row[found[field]]) for field in others):
            above = grid.texts(number - 1) if number else []
            is_unit = len(above) in (1, 2) and _UNIT.fullmatch(fold(above[-1])) is not None
            return number - 1 if is_unit else number
    return 0


def confidence_in(field: str, cells: Sequence[Cell], *, is_headed: bool) -> Confidence:
    """Say how sure it is that these cells are of a field; a heading is believed unless the cells contradict it."""
    fits = _is_number if field == "number" else FORMS.get(field)
    if fits is None or field in ("title", "unit", "full_name", "rank"):  # open sets: what does not fit may be right
        return "certain" if is_headed else "unsure" if fits is None else "likely"
    share = _share(cells[:_SAMPLE], fits)
    if is_headed:
        return "certain" if share >= _FITTING else "likely" if share > 0 else "unsure"
    return "likely" if share >= _LIKELY else "unsure"


def _share(cells: Iterable[Cell], fits: Callable[[Cell], bool]) -> float:
    """Give which part of the cells that are not empty fit."""
    said = [cell for cell in cells if cell != ""]
    return sum(map(fits, said)) / len(said) if said else 0.0

"""Write a staff list as offices really send them, for trying the import on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

from directory.naming import candidates, split_name
from provisioning.sample.names import Made, people
from provisioning.sample.places import Place, places, provinces

_SEED = 20260105
_FIRST_SERIAL = 500_001
"""The serials of the loaded sample stay below, so nobody stands in both."""
MOST_ROWS = 5_000
MOST_SERIES = 99
_HEADINGS = ("STT", "Họ và tên", "Ngày sinh", "Chức vụ", "Đơn vị", "Số CCCD", "Địa chỉ thư công vụ")
_WIDTHS = (6, 28, 13, 22, 30, 16, 40)
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def write_staff_list(path: Path, code: str, rows: int, series: int = 0) -> None:
    """Write a list of made-up people, none of whom is in the loaded sample or in the list of another series.

    `KeyError`: the sample has no such agency.
    """
    top, place = _place(code)
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Danh sách")
        bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1})
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        first = _write_head(sheet, bold, top, place)
        last = _write_people(sheet, bold, first, _made(top, place, rows, series), place)
        _write_foot(sheet, last, rows)


def _place(code: str) -> tuple[Place, Place]:
    """Find an agency of the sample by its code, with the agency at its root."""
    for top in places():
        for place in (top, *top.below):
            if place.code == code:
                return top, place
    raise KeyError(code)


def _made(top: Place, place: Place, rows: int, series: int) -> Iterator[tuple[Made, str, str]]:
    """Make up people, each with a personal ID and, every thirtieth, the official address they have in mind."""
    known = provinces()
    digits = f"0{known[top.code].statistical_code}" if top.code in known else "001"
    random = Random(f"{_SEED} {place.code} {series}")  # noqa: S311 - the same list everywhere, not a secret
    for number, made in enumerate(islice(people(random, _FIRST_SERIAL + series * MOST_ROWS), rows)):
        # With the year of birth behind it, no pattern gives the same: it is free in the agency's domain.
        local = next(candidates(split_name(made.full_name), ["{given}.{family}{middle}"])).local
        behind = f"{made.birth_date:%Y}{made.serial - _FIRST_SERIAL}"
        address = f"{local}{behind}@{place.domain or top.domain}" if number % 30 == 0 else ""
        yield made, made.personal_id(digits), address


def _write_head(sheet: Any, bold: Any, top: Place, place: Place) -> int:  # noqa: ANN401 - xlsxwriter has no types
    """Write the titles and a header over two rows; give the first row of people."""
    sheet.merge_range("A1:C1", top.name.upper(), bold)
    sheet.merge_range("D1:G1", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold)
    sheet.merge_range("A2:C2", place.name.upper(), bold)
    sheet.merge_range("D2:G2", "Độc lập - Tự do - Hạnh phúc", bold)
    sheet.merge_range("A4:G4", "DANH SÁCH CÁN BỘ, CÔNG CHỨC, VIÊN CHỨC ĐỀ NGHỊ CẤP THƯ ĐIỆN TỬ CÔNG VỤ", bold)
    sheet.merge_range("A5:G5", "(Kèm theo Công văn số        ngày      tháng      năm 2026)", bold)
    for column, heading in enumerate(_HEADINGS):
        if heading not in {"Chức vụ", "Đơn vị"}:
            sheet.merge_range(6, column, 7, column, heading, bold)
    sheet.merge_range("D7:E7", "Vị trí công tác", bold)
    sheet.write_string("D8", "Chức vụ", bold)
    sheet.write_string("E8", "Đơn vị", bold)
    return 8


def _write_people(sheet: Any, bold: Any, row: int, made: Iterator[tuple[Made, str, str]], place: Place) -> int:  # noqa: ANN401 - as above
    """Write the people in groups, one for each unit; give the row after the last."""
    units = [unit.name for unit in place.below if unit.kind == "unit"] or [place.name]
    rows = list(made)
    size = -(-len(rows) // len(units))
    for number, (person, personal_id, address) in enumerate(rows):
        if number % size == 0:
            sheet.write_string(row, 0, _NUMERALS[number // size], bold)
            sheet.merge_range(row, 1, row, 6, units[number // size], bold)
            row += 1
        sheet.write_number(row, 0, number + 1)
        sheet.write_string(row, 1, _typed(number, person.full_name))
        _write_birth_date(sheet, row, number, person)
        sheet.write_string(row, 3, person.title)
        sheet.write_string(row, 4, units[number // size])
        sheet.write_number(row, 5, int(personal_id))  # as a number: its zeros in front are lost
        if address:
            sheet.write_string(row, 6, address)
        row += 1
    return row


def _typed(number: int, name: str) -> str:
    """Give a name as somebody types it: now and then in capitals, decomposed, or with spaces too many."""
    if number % 37 == 5:  # noqa: PLR2004 - now and then
        return name.upper()
    if number % 41 == 7:  # noqa: PLR2004 - now and then
        return unicodedata.normalize("NFD", name)
    if number % 43 == 9:  # noqa: PLR2004 - now and then
        return f" {name.replace(' ', '  ')} "
    return name


def _write_birth_date(sheet: Any, row: int, number: int, person: Made) -> None:  # noqa: ANN401 - as above
    """Write a birth date: mostly as text, every third time as a date, now and then only the year."""
    born = person.birth_date
    if number % 25 == 3:  # noqa: PLR2004 - now and then
        sheet.write_number(row, 2, born.year)
    elif number % 3 == 0:
        sheet.write_datetime(row, 2, datetime.combine(born, time()))
    else:
        sheet.write_string(row, 2, f"{born:%d/%m/%Y}")


def _write_foot(sheet: Any, row: int, rows: int) -> None:  # noqa: ANN401 - as above
    """Write the total and the places for signatures."""
    sheet.write_string(row, 1, f"Tổng cộng: {rows} người")
    sheet.write_string(row + 2, 1, "NGƯỜI LẬP BIỂU")
    sheet.write_string(row + 2, 4, "THỦ TRƯỞNG CƠ QUAN")
    sheet.write_string(row + 3, 1, "(Ký, ghi rõ họ tên)")
    sheet.write_string(row + 3, 4, "(Ký tên, đóng dấu)")

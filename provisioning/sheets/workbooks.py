"""Workbooks (.xlsx, .xls, .ods) through calamine, with the file's own row numbers."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from provisioning.sheets.fonts import Formats, Typed
from provisioning.sheets.limits import Limits
from provisioning.sheets.refusals import (
    Damaged,
    Encrypted,
    FarCell,
    HasMacros,
    NotASheet,
    TooManyRows,
    WordDocument,
)

_OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")
_OLD_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_WORD = "WordDocument".encode("utf-16-le")
_OLD_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_GLOBALS = re.compile(rb"\x09\x08[\x08\x10]\0\0[\x05\x06]\x05\0")
"""The record that begins the workbook's own part of the stream."""
_FILEPASS = 0x002F
_FIRST_RECORDS = 4


class Table(NamedTuple):
    """One visible sheet: its name, rows, merged ranges (row, column, last row, last column; from 0), and what formats
    say of its cells: old fonts, and which are struck through (row, column).
    """

    name: str
    rows: Iterator[list[object]]
    merged: Sequence[Sequence[int]] = ()
    typed: Sequence[Typed] = ()
    struck: Sequence[tuple[int, int]] = ()


def check_old(content: bytes) -> None:
    """Refuse what an OLE file (.xls) may be besides a plain workbook."""
    if _OLD_ENCRYPTED in content:
        raise Encrypted
    if _OLD_WORD in content:
        raise WordDocument
    if not any(each in content for each in _OLD_STREAMS):
        raise NotASheet
    if _OLD_MACROS in content:
        raise HasMacros
    if _has_password(content):
        raise Encrypted


def _has_password(content: bytes) -> bool:
    """Say whether FILEPASS is among the first records of the workbook; calamine only says that it is no workbook."""
    begin = _GLOBALS.search(content)
    position = begin.start() if begin else len(content)
    for _ in range(_FIRST_RECORDS):
        kind, length = struct.unpack_from("<HH", content.ljust(position + 4, b"\0"), position)
        if kind == _FILEPASS:
            return True
        position += 4 + length
    return False


def tables(content: bytes, limits: Limits, formats: Mapping[str, Formats] | None = None) -> Iterator[Table]:
    """Give the visible sheets that have anything in them, with what formats say of their cells."""
    try:
        yield from _tables(load_workbook(io.BytesIO(content)), limits, formats or {})
    except PasswordError as error:
        raise Encrypted from error
    except CalamineError as error:
        if "assword" in str(error):
            raise Encrypted from error
        raise Damaged from error
    except BaseException as error:
        # calamine is written in Rust: where it stumbles, a panic comes out, which is no Exception and has no module.
        if type(error).__name__ == "PanicException":
            raise Damaged from error
        raise


def _tables(workbook: CalamineWorkbook, limits: Limits, formats: Mapping[str, Formats]) -> Iterator[Table]:
    if any(each.typ in (SheetTypeEnum.MacroSheet, SheetTypeEnum.Vba) for each in workbook.sheets_metadata):
        raise HasMacros
    for each in workbook.sheets_metadata:
        if each.typ is not SheetTypeEnum.WorkSheet or each.visible is not SheetVisibleEnum.Visible:
            continue
        sheet = workbook.get_sheet_by_name(each.name)
        if sheet.end is None:
            continue
        if sheet.end[0] >= limits.rows:
            raise TooManyRows(limit=limits.rows)
        if sheet.end[1] >= limits.columns:
            raise FarCell(cell=f"{sheet.end[0] + 1}:{sheet.end[1] + 1}")
        merged = [[*first, *last] for first, last in sheet.merged_cell_ranges or []]
        yield Table(each.name, _rows(sheet), merged, *formats.get(each.name, ()))


def _rows(sheet: CalamineSheet) -> Iterator[list[object]]:
    """Give the rows from the sheet's first on: calamine pads them downwards, the columns are padded here."""
    before: list[object] = [""] * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield [*before, *row]

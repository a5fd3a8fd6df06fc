"""Which cells of an .xlsx are formatted with a font from before Unicode, `.Vn…` (TCVN3) or `VNI-…`, or struck through.

calamine gives no fonts, so the parts that know them are parsed as well, only if one of them has such a format.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from typing import NamedTuple

from provisioning.sheets.limits import MIB
from provisioning.sheets.markup import Attributes, Cells, Font, Run, Strings, Styles, parse

Typed = list[int | str | bool | None]
"""Column, first and last row (from 0), font, is it of capitals, first and last letter: `cells.Typed` as JSON."""
_NAMES = (b'".Vn', b'".VN', b'".vn', b'"VNI-', b'"Vni-', b'"vni-', b"'.Vn", b"'VNI-")
_STYLES, _STRINGS, _BOOK = "xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRUCK = re.compile(rb"<(?:\w+:)?strike\b(?![^>]*val=[\"'](?:0|false)[\"'])")
_LARGEST_FOR_STRIKES = 16 * MIB
"""Of a larger sheet (half a million cells) nobody waits for what is struck through; an old font must be known."""
_MOST = 100_000
"""Runs of cells that are told of a sheet; a sheet with more is left to its letters."""


class Formats(NamedTuple):
    """The cells of a sheet whose formats say something."""

    typed: list[Typed]
    """Those with fonts from before Unicode."""
    struck: list[tuple[int, int]]
    """Those whose whole text is struck through, by row and column."""


def has_telling_formats(name: str, piece: bytes) -> bool:
    """Say whether this piece of a member of the package names a font from before Unicode, or strikes through."""
    if name == _STYLES or b"rFont" in piece:
        return _STRUCK.search(piece) is not None or any(each in piece for each in _NAMES)
    return False


def formats(content: bytes) -> dict[str, Formats]:
    """Give, by sheet, the cells that have such formats."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = set(package.namelist())
        styles = Styles()
        strings = Strings()
        for member, reader in ((_STYLES, styles), (_STRINGS, strings)):
            if member in names:
                parse(package, member, reader)
        runs = [run for each in strings.runs.values() for run in each]
        strikes = bool(styles.of_struck_cells()) or any(run.is_struck for run in runs)
        has_fonts = not strikes or any(styles.of_cells()) or any(run.font for run in runs)
        return {
            sheet: _sheet(package, member, styles, strings.runs)
            for sheet, member in _sheets(package, names).items()
            if member in names and (has_fonts or package.getinfo(member).file_size <= _LARGEST_FOR_STRIKES)
        }


def _sheets(package: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Give the members of the sheets by their names."""
    if not {_BOOK, _RELATIONS} <= names:
        return {}
    book, relations = Attributes("sheet"), Attributes("Relationship")
    parse(package, _BOOK, book)
    parse(package, _RELATIONS, relations)
    targets = {each.get("Id"): each.get("Target", "") for each in relations.found}
    return {
        each.get("name", ""): posixpath.normpath(posixpath.join("/xl", targets[each["id"]]))[1:]
        for each in book.found
        if each.get("id") in targets
    }


def _sheet(package: zipfile.ZipFile, member: str, styles: Styles, strings: dict[int, list[Run]]) -> Formats:
    """Give the cells of a sheet that have such formats, those below each other in one old font together."""
    told: list[Typed] = []
    struck: list[tuple[int, int]] = []
    last: dict[int, Typed] = {}
    fonts, striking = styles.of_cells(), styles.of_struck_cells()

    def tell(row: int, column: int, style: int, runs: list[Run]) -> None:
        is_striking = style in striking
        own = [run.is_struck or (is_striking and not run.has_font) for run in runs if run.text.strip()]
        if all(own) if own else is_striking:
            struck.append((row, column))
        parts = _parts(runs, fonts[style] if style < len(fonts) else None)
        font, before = parts[0][0], last.pop(column, None)
        if len(parts) > 1:
            told.extend([column, row, row, *part, begin, end] for part, begin, end in parts if part is not None)
        elif font is not None:
            if before is None or before[3:5] != [*font]:
                before = [column, row, row, *font, 0, None]
                told.append(before)
            before[2] = row
            last[column] = before

    parse(package, member, Cells(strings, tell))
    return Formats(told if len(told) <= _MOST else [], struck if len(struck) <= _MOST else [])


def _parts(runs: list[Run], of_cell: Font | None) -> list[tuple[Font | None, int, int | None]]:
    """Give the fonts of a text by its parts; letters that are the same in every font do not count."""
    fonts = [run.font if run.has_font else of_cell for run in runs]
    telling = {font for run, font in zip(runs, fonts, strict=True) if not run.text.isascii()}
    if len(telling) < 2:  # noqa: PLR2004 - the whole text in one font
        return [(next(iter(telling), of_cell), 0, None)]
    found: list[tuple[Font | None, int, int | None]] = []
    begin = 0
    for run, font in zip(runs, fonts, strict=True):
        found.append((font, begin, begin + len(run.text)))
        begin += len(run.text)
    return found

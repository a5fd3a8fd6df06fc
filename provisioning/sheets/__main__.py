"""The child: a file on standard input, one JSON document a line on standard output, limits as arguments.

`{"sheet": …, "merged": …}` opens a sheet, `[…]` is a row, `{"end": true}` says that nothing is missing;
`{"refused": …}` says why the file is not read. Nothing of what the file holds runs or reaches a disk.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import TextIO

from provisioning.sheets import delimited, packages, workbooks
from provisioning.sheets.limits import MIB, Limits
from provisioning.sheets.refusals import EmptyFile, FileRefused, NotASheet, TooHeavy, TooManyRows

_ZIP = b"PK"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")


def main() -> None:
    """Read one file and write its sheets, or one refusal."""
    limits = Limits.parse(sys.argv[1:])
    limits.impose()
    try:
        write(sys.stdin.buffer.read(), limits, sys.stdout)
        last: dict[str, object] = {"end": True}
    except FileRefused as refusal:
        last = {"refused": type(refusal).__name__, "fields": refusal.fields}
    except MemoryError:
        last = {"refused": TooHeavy.__name__, "fields": {}}
    sys.stdout.write(json.dumps(last) + "\n")


def write(content: bytes, limits: Limits, out: TextIO) -> None:
    """Write every sheet of a file, row by row, within the limits."""
    rows = written = 0
    for table in read(content, limits):
        out.write(json.dumps({"sheet": table.name, "merged": table.merged}, ensure_ascii=False) + "\n")
        for row in table.rows:
            rows += 1
            if rows > limits.rows:
                raise TooManyRows(limit=limits.rows)
            line = json.dumps(_plain(row, limits.cell_characters), ensure_ascii=False, allow_nan=False)
            written += len(line)
            if written > limits.output_mib * MIB:
                raise TooHeavy
            out.write(line + "\n")


def read(content: bytes, limits: Limits) -> Iterator[workbooks.Table]:
    """Give the tables of a file, whose kind its bytes say and not its name."""
    if not content.strip():
        raise EmptyFile
    if content.startswith(_NOT_TEXT):
        raise NotASheet
    if content.startswith(_ZIP):
        packages.check(content, limits)
        yield from workbooks.tables(content, limits)
    elif content.startswith(_OLE):
        workbooks.check_old(content)
        yield from workbooks.tables(content, limits)
    else:
        yield workbooks.Table("", [], (list[object](record) for record in delimited.records(content)))


def _plain(row: list[object], characters: int) -> list[object]:
    """Give a row as JSON can carry it, without the empty cells at its end; a date is `{"d": …}`."""
    cells = [_cell(value, characters) for value in row]
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def _cell(value: object, characters: int) -> object:
    plain: object = ""
    if isinstance(value, str):
        plain = value[:characters]
    elif isinstance(value, bool):
        plain = str(value).upper()
    elif isinstance(value, int | float):
        plain = value if isfinite(value) else ""
    elif isinstance(value, date):
        plain = {"d": (value.date() if isinstance(value, datetime) else value).isoformat()}
    elif isinstance(value, time | timedelta):
        plain = str(value)
    return plain


if __name__ == "__main__":
    main()

"""The child: its arguments are the descriptor of a file and limits; standard output gets one JSON document a line.

It waits until standard input ends: the file is there then.

`{"sheet": …, "merged": …, "typed": …, "struck": …}` opens a sheet, `[…]` are some of its rows, `{"end": true}` says
that nothing is missing; `{"refused": …}` says why the file is not read. Nothing of it runs or reaches a disk.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from math import isfinite
from typing import BinaryIO

from provisioning.sheets import delimited, fonts, packages, workbooks
from provisioning.sheets.limits import MIB, Limits
from provisioning.sheets.refusals import EmptyFile, FileRefused, NotASheet, TooHeavy, TooManyRows

_ZIP = b"PK"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_NOT_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_TOGETHER = 500
"""Rows a line: the encoder is quick once it runs, and a line stays small."""


def main() -> None:
    """Read one file and write its sheets, or one refusal."""
    _, descriptor, *arguments = sys.argv
    limits = Limits.parse(arguments)
    limits.impose()
    sys.stdin.buffer.read()
    try:
        write(_content(int(descriptor)), limits, sys.stdout.buffer)
        last: dict[str, object] = {"end": True}
    except FileRefused as refusal:
        last = {"refused": type(refusal).__name__, "fields": refusal.fields}
    except MemoryError:
        last = {"refused": TooHeavy.__name__, "fields": {}}
    sys.stdout.buffer.write(json.dumps(last).encode() + b"\n")


def _content(descriptor: int) -> bytes:
    """Give the file from its beginning: who wrote it stands at its end."""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()


def write(content: bytes, limits: Limits, out: BinaryIO) -> None:
    """Write every sheet of a file, some rows at a time, within the limits."""
    rows = cells = written = 0
    for table in read(content, limits):
        opening = {"sheet": table.name, "merged": table.merged, "typed": table.typed, "struck": table.struck}
        out.write(json.dumps(opening).encode() + b"\n")
        while some := list(islice(table.rows, _TOGETHER)):
            for row in some:
                while row and row[-1] == "":
                    row.pop()
                cells += len(row)
            rows += len(some)
            if rows > limits.rows:
                raise TooManyRows(limit=limits.rows)
            line = _line(some)
            written += len(line)
            if written > limits.output_mib * MIB or cells > limits.cells:
                raise TooHeavy
            out.write(line)


def read(content: bytes, limits: Limits) -> Iterator[workbooks.Table]:
    """Give the tables of a file, whose kind its bytes say and not its name."""
    if not content.strip():
        raise EmptyFile
    if content.startswith(_NOT_TEXT):
        raise NotASheet
    if content.startswith(_ZIP):
        is_telling = packages.check(content, limits)
        yield from workbooks.tables(content, limits, fonts.formats(content) if is_telling else None)
    elif content.startswith(_OLE):
        workbooks.check_old(content)
        yield from workbooks.tables(content, limits)
    else:
        yield workbooks.Table("", (list[object](record) for record in delimited.records(content)))


def _line(rows: list[list[object]]) -> bytes:
    """Give rows as one line of JSON; a date is `{"d": …}`."""
    try:
        line = _ENCODER.encode(rows)
    except ValueError:  # a number that JSON does not know
        line = ""
    if not line or "true" in line or "false" in line:
        line = _ENCODER.encode([[_plain(value) for value in row] for row in rows])
    return line.encode() + b"\n"


def _plain(value: object) -> object:
    """Give the two kinds of values that would come out as something else."""
    if isinstance(value, bool):
        return str(value).upper()
    return "" if isinstance(value, float) and not isfinite(value) else value


def _written(value: object) -> object:
    """Give what JSON has no form for: dates, times, lengths of time."""
    if isinstance(value, date):
        return {"d": (value.date() if isinstance(value, datetime) else value).isoformat()}
    return str(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, default=_written)

if __name__ == "__main__":
    main()

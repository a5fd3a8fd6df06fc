"""Text files with a delimiter (.csv, as Excel and others save it): encoding, delimiter, records."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator

from provisioning.sheets.refusals import Damaged, NotASheet, OpenQuote, WebPage

DELIMITERS = ";,\t|"
_SAMPLE = 40
_FEWEST = 3
"""Columns of a list, if its first rows do not say."""
_VIETNAMESE = frozenset("àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ–—‘’“”…₫\u00a0•°")
_FOREIGN_SHARE = 0.2
_TELLING = 100_000
"""Bytes that are enough to tell an encoding by its letters."""
_WESTERN = {code: bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in range(0x80, 0xA0)}
"""What cp1252 has where Latin-1 has signs that cannot be seen; the five bytes it leaves out stay as they are."""
_CONTROLS = frozenset(map(chr, [*range(9), 11, *range(14, 32)]))


def records(content: bytes) -> Iterator[list[str]]:
    """Give the records of a delimited text; the n-th is row n as a spreadsheet shows it."""
    text = decode(content)
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<table", "<head")):
        raise WebPage
    if _CONTROLS & set(text):
        raise NotASheet
    delimiter = ""
    if text.lower().startswith("sep=") and "\n" in text:
        first, text = text.split("\n", 1)  # Excel obeys this line and shows no row for it
        delimiter = first.rstrip("\r")[4:5]
    try:
        yield from _whole_rows(io.StringIO(text, newline=""), delimiter or _delimiter(text))
    except csv.Error as error:
        raise Damaged from error


def _whole_rows(text: io.StringIO, delimiter: str) -> Iterator[list[str]]:
    """Give the records; a stray quotation mark takes the rows below into its cell, and whoever is in them is gone."""
    width = _FEWEST
    for row, record in enumerate(csv.reader(text, delimiter=delimiter), 1):
        for field in record:
            if "\n" not in field or delimiter not in field:
                continue
            has_a_row = field.count(delimiter) >= width - 1 and len(field) > 2 * width
            if has_a_row or len(record) > width:
                raise OpenQuote(row=row)
        width = max(width, len(record))
        yield record


def decode(content: bytes) -> str:
    """Decode UTF-8, UTF-16 or cp1258; text of the old fonts is left byte by byte, for whoever knows their letters."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    if content[1:200:2].count(0) > len(content[1:200:2]) // 2:
        return content.decode("utf-16-le", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    sample = unicodedata.normalize("NFC", content[:_TELLING].decode("cp1258", errors="replace"))
    letters = [letter for letter in sample.lower() if not letter.isascii()]
    foreign = sum(letter not in _VIETNAMESE for letter in letters)
    if foreign > _FOREIGN_SHARE * len(letters):
        return content.decode("latin-1").translate(_WESTERN)
    return unicodedata.normalize("NFC", content.decode("cp1258", errors="replace"))


def _delimiter(text: str) -> str:
    """Choose the delimiter that cuts the first lines into the most fields."""
    lines = text.splitlines()[: 4 * _SAMPLE]

    def fields(delimiter: str) -> int:
        found = [len(each) for each in csv.reader(lines, delimiter=delimiter)]
        return sum(sorted(found, reverse=True)[:_SAMPLE])

    return max(DELIMITERS, key=fields)

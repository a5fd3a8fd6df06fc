"""The zip inside .xlsx and .ods, looked through before anything parses it.

calamine allocates the whole rectangle from A1 to the last cell: 5 KB with something in A1 and XFD1048576 end
the process. So the far cell is looked for first, to be named; the memory limit stands behind the look.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from provisioning.sheets.fonts import has_telling_formats
from provisioning.sheets.limits import MIB, Limits
from provisioning.sheets.markup import column_number
from provisioning.sheets.refusals import (
    BinaryWorkbook,
    Damaged,
    Encrypted,
    FarCell,
    HasDtd,
    HasMacros,
    NotASheet,
    TooManyRows,
    UnpacksTooLarge,
    WordDocument,
)

_MEMBERS = 2_000
_OVERLAP = 256
_ENCRYPTED_MEMBER = 0x1
_RATIO_FROM = 4 * MIB  # small members compress as they like
_DTD = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
_FAR = re.compile(
    rb"""\br\s*=\s*["'](?=I[W-Z]\d|[J-Z][A-Z]\d|[A-Z]{3}|[A-Z]+\d{6})([A-Z]+)(\d+)["']([^>]*)>(?!</)""",
)
"""A cell beyond column IV or row 99,999 that is not written as empty (formatting alone does no harm)."""
_PERHAPS_FAR = re.compile(rb"""r\s*=\s*["'](?:[A-Z]{3}|[J-Z][A-Z]|I[W-Z]|[A-Z]+\d{5})\d""")
"""What every far cell matches; it costs a third of the exact search."""
_SHEET = re.compile(r"^xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
_MACRO_MEMBER = re.compile(r"(^|/)(vbaProject\.bin|macrosheets/.*|Basic/.*|Scripts/.*)$", re.IGNORECASE)


def check(content: bytes, limits: Limits) -> bool:
    """Refuse what must not be parsed; say whether formats of its cells are to be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _check(package, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise Damaged from error


def _check(package: zipfile.ZipFile, limits: Limits) -> bool:
    members = package.infolist()
    if len(members) > _MEMBERS:
        raise Damaged
    if any(each.flag_bits & _ENCRYPTED_MEMBER for each in members):
        raise Encrypted
    _check_kind(package, {each.filename for each in members})
    if any(_MACRO_MEMBER.search(each.filename) for each in members):
        raise HasMacros
    if sum(each.file_size for each in members) > limits.unpacked_mib * MIB:
        raise UnpacksTooLarge(limit=limits.unpacked_mib)
    unpacked = 0  # counted as well, for what a package says of itself may be wrong
    is_telling = False
    for member in members:
        size = 0
        for piece, start in _pieces(package, member):
            size += len(piece) - start
            unpacked += len(piece) - start
            too_dense = size > _RATIO_FROM and size > limits.ratio * max(1, member.compress_size)
            if too_dense or unpacked > limits.unpacked_mib * MIB:
                raise UnpacksTooLarge(limit=limits.unpacked_mib)
            _look(member.filename, piece, limits)
            is_telling = is_telling or has_telling_formats(member.filename, piece)
    return is_telling


def _check_kind(package: zipfile.ZipFile, names: set[str]) -> None:
    """Refuse what is neither an .xlsx nor an .ods, or carries macros or a password."""
    if "xl/workbook.xml" in names:
        if b"macroEnabled" in _head(package, "[Content_Types].xml", names):
            raise HasMacros
    elif "xl/workbook.bin" in names:
        raise BinaryWorkbook
    elif "word/document.xml" in names or b"opendocument.text" in _head(package, "mimetype", names):
        raise WordDocument
    elif b"opendocument.spreadsheet" in _head(package, "mimetype", names):
        if b"encryption-data" in _head(package, "META-INF/manifest.xml", names):
            raise Encrypted
    else:
        raise NotASheet


def _head(package: zipfile.ZipFile, name: str, names: set[str]) -> bytes:
    """Give the beginning of a small member, or nothing."""
    if name not in names:
        return b""
    with package.open(name) as member:
        return member.read(MIB)


def _pieces(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """Unpack a member a piece at a time; each begins with the end of the last, up to the position given."""
    before = b""
    with package.open(member) as unpacked:
        while piece := unpacked.read(MIB):
            yield before + piece, len(before)
            before = (before + piece)[-_OVERLAP:]


def _look(name: str, piece: bytes, limits: Limits) -> None:
    """Refuse a DTD and a cell outside the limits."""
    if name.lower().endswith((".xml", ".rels")) and b"!" in piece and _DTD.search(piece):
        raise HasDtd
    if not _SHEET.match(name) or not _PERHAPS_FAR.search(piece):
        return
    for far in _FAR.finditer(piece):
        letters, digits, rest = far.groups()
        if rest.rstrip().endswith(b"/"):
            continue
        if column_number(letters.decode()) > limits.columns or int(digits) > 10 * limits.rows:
            raise FarCell(cell=f"{letters.decode()}{digits.decode()}")
        if int(digits) > limits.rows:
            raise TooManyRows(limit=limits.rows)

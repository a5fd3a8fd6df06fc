"""Files that must not be opened are refused by name, within the child's own limits."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest

from provisioning.sheets import refusals
from provisioning.sheets.limits import Limits
from provisioning.sheets.reader import read
from tests.sheets.files import Rows, ods, raw_xlsx, xls, xlsx, zipped

pytestmark = pytest.mark.slow

ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'
MIB = 1024 * 1024
CORNER = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
OLE = bytes.fromhex("D0CF11E0A1B11AE1")
TOO_MANY = refusals.TooManyRows


def repeated_ods(rows: int, columns: int = 1) -> bytes:
    """Make a spreadsheet with one cell that is said to be repeated."""
    content = ods([["x"]])
    with zipfile.ZipFile(BytesIO(content)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    sheet = members["content.xml"]
    sheet = sheet.replace(b"<table:table-row>", f'<table:table-row table:number-rows-repeated="{rows}">'.encode())
    again = f'<table:table-cell table:number-columns-repeated="{columns}" '.encode()
    return zipped({**members, "content.xml": sheet.replace(b"<table:table-cell ", again)})


def shrunk(content: bytes) -> bytes:
    """Let a package say that its largest member unpacks to a hundred bytes."""
    size = struct.pack("<I", 50 * MIB)
    assert content.count(size) == 2
    return content.replace(size, struct.pack("<I", 100))


REFUSED = {
    "cells in opposite corners": (raw_xlsx(ONE + CORNER), refusals.FarCell),
    "corners in odd XML": (
        raw_xlsx(ONE + "<row r='1048576'><c s='1'\n r = 'XFD1048576' ><v>1</v></c></row>"),
        refusals.FarCell,
    ),
    "a row too far": (raw_xlsx(ONE + '<row r="200001"><c r="A200001"><v>1</v></c></row>'), refusals.TooManyRows),
    "a row too far that no cell names": (
        raw_xlsx(ONE + '<row r="1048576"><c><v>1</v></c></row>'),
        refusals.TooManyRows,
    ),
    "a bomb of one member": (raw_xlsx(ONE, more={"xl/media/x.bin": bytes(400 * MIB)}), refusals.UnpacksTooLarge),
    "a bomb of many members": (
        raw_xlsx(ONE, more={f"xl/{number}.bin": bytes(4 * MIB) for number in range(90)}),
        refusals.UnpacksTooLarge,
    ),
    "a DTD": (raw_xlsx(ONE, '<!DOCTYPE x [<!ENTITY a "b">]>'), refusals.HasDtd),
    "a DTD in UTF-16": (raw_xlsx(ONE, more={"xl/a.xml": "<!DOCTYPE x>".encode("utf-16")}), refusals.HasDtd),
    "macros": (raw_xlsx(ONE, more={"xl/vbaProject.bin": "x"}), refusals.HasMacros),
    "macros by type": (raw_xlsx(ONE, more={"[Content_Types].xml": "<Types>macroEnabled</Types>"}), refusals.HasMacros),
    "macro sheets": (raw_xlsx(ONE, more={"xl/macrosheets/sheet1.xml": "<x/>"}), refusals.HasMacros),
    "macros in .ods": (ods([["x"]], more={"Basic/Standard/a.xml": "<x/>"}), refusals.HasMacros),
    "a macro sheet in .xls": (xls([["x"]], is_macro_sheet=True), refusals.HasMacros),
    "macros in .xls": (OLE + bytes(512) + "Workbook_VBA_PROJECT".encode("utf-16-le"), refusals.HasMacros),
    "a password on .xlsx": (OLE + bytes(512) + "EncryptedPackage".encode("utf-16-le"), refusals.Encrypted),
    "a password on .xls": (xls([["x"]], is_encrypted=True), refusals.Encrypted),
    "a password on .ods": (ods([["x"]], "<manifest:encryption-data/>"), refusals.Encrypted),
    "a text document": (zipped({"word/document.xml": "x"}), refusals.WordDocument),
    "an old text document": (OLE + bytes(512) + "WordDocument".encode("utf-16-le"), refusals.WordDocument),
    "a web page called .xls": (b"<html><table><tr><td>x</td></tr></table></html>", refusals.WebPage),
    "a binary workbook": (zipped({"xl/workbook.bin": "x"}), refusals.BinaryWorkbook),
    "any zip": (zipped({"a.txt": "x"}), refusals.NotASheet),
    "a PDF": (b"%PDF-1.7\n", refusals.NotASheet),
    "bytes": (bytes(range(256)), refusals.NotASheet),
    "nothing": (b" \r\n", refusals.EmptyFile),
    "half a workbook": (xlsx(A=[["x"]])[:-200], refusals.Damaged),
    "a workbook of rubbish": (raw_xlsx("<row><c></row>"), refusals.Damaged),
    "200,001 rows": (raw_xlsx("".join(f"<row r='{row}'><c><v>1</v></c></row>" for row in range(1, 200_002))), TOO_MANY),
    "200,001 lines": (b"a;b\n" * 200_001, TOO_MANY),
    "a million rows in one of .ods": (repeated_ods(rows=1_048_576), TOO_MANY),
    "more cells than there are atoms in .ods": (repeated_ods(rows=2**31, columns=2**31), refusals.Damaged),
    "a bomb that says it is small": (shrunk(raw_xlsx(ONE, more={"xl/x.bin": bytes(50 * MIB)})), refusals.Damaged),
    "a DTD in the styles": (
        raw_xlsx(ONE, more={"xl/styles.xml": '<!DOCTYPE x SYSTEM "file:///etc/passwd"><styleSheet/>'}),
        refusals.HasDtd,
    ),
    "a macro elsewhere": (raw_xlsx(ONE, more={"xl/other/vbaProject.bin": "x"}), refusals.HasMacros),
    "signs that are no text": (b"STT;H\0 v\0 t\0n\n1;x", refusals.NotASheet),
    "one line without an end": (b"x" * 20 * MIB, refusals.Damaged),
    "a quotation mark that takes a row in": (
        b'STT;Name;Title\n1;"Le A;x\n2;"Le B";y\n3;Le C;z\n',
        refusals.OpenQuote,
    ),
    "a quotation mark that takes all rows in": (b'STT;Name;Title\n1;Le A;x\n2;Le B;"y\n3;Le C;z\n', refusals.OpenQuote),
    "nothing but quotes": (b'"' * 20 * MIB, refusals.Damaged),
    "nothing but separators": (b";" * 20 * MIB, refusals.TooHeavy),
    "letters of no language": (bytes(range(128, 256)) * 40_000, refusals.Damaged),
    "cells without a sheet": (
        zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}),
        refusals.Damaged,
    ),
    "half a compound file": (xls([["x"]])[:1800], refusals.Damaged),
}


@pytest.mark.parametrize(("content", "refusal"), REFUSED.values(), ids=REFUSED)
def test_refused_by_name(content: bytes, refusal: type[refusals.FileRefused]) -> None:
    """Each kind of file that must not be opened is refused by name, within two seconds of work and 300 MB."""
    with pytest.raises(refusal) as refused:
        read(content, Limits(cpu_seconds=2, memory_mib=300))

    assert type(refused.value) is refusal


def test_what_needs_too_much_memory_ends_the_child_only() -> None:
    """A sheet that is allocated beyond the limit kills the child, and the service says what to do."""
    corners = raw_xlsx(ONE + '<row r="200000"><c r="IV200000"><v>1</v></c></row>')

    with pytest.raises(refusals.TooHeavy):
        read(corners)


def test_a_dense_old_workbook_ends_the_child_only() -> None:
    """The whole rectangle of an .xls is bounded by memory too."""
    corners: Rows = [[1.0], *([[]] * 65_534), [*([""] * 255), 1.0]]

    with pytest.raises(refusals.TooHeavy):
        read(xls(corners), Limits(memory_mib=200))


def test_what_takes_too_long_is_ended() -> None:
    """The clock of the parent ends a child that is not ready in time."""
    many = xlsx(A=[[number] * 20 for number in range(20_000)])

    with pytest.raises(refusals.TooHeavy):
        read(many, Limits(wall_seconds=0))


def test_one_long_text_in_many_cells_is_not_let_out() -> None:
    """A text that is stored once and shown everywhere fills no more than the limit of what is written."""
    strings = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"x" * 1500}</t></si></sst>'
    )
    rows = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{column}{row}" t="s"><v>0</v></c>' for column in "ABCDEFGH") + "</row>"
        for row in range(1, 200)
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
        ' Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"'
        ' Target="sharedStrings.xml"/></Relationships>'
    )
    content = raw_xlsx(rows, more={"xl/sharedStrings.xml": strings, "xl/_rels/workbook.xml.rels": relations})

    with pytest.raises(refusals.TooHeavy):
        read(content, Limits(output_mib=2))


def test_what_the_child_stumbles_over_is_damaged() -> None:
    """A child that ends by itself before it is ready, here over a limit that is none, tells of no limit."""
    with pytest.raises(refusals.Damaged):
        read(b"a;b", Limits(memory_mib=2**64))


def test_two_sheets_share_the_limit_of_rows() -> None:
    """Rows are counted over all sheets."""
    rows = [["x"]] * 60

    with pytest.raises(refusals.TooManyRows):
        read(xlsx(A=rows, B=rows), Limits(rows=100))


def test_the_child_knows_nothing_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the service reaches the child."""
    monkeypatch.setenv("CONGVU_SECRETS_DIR", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")

    (sheet,) = read(b"a;b")

    assert list(sheet.rows[0]) == ["a", "b"]


def test_records_of_an_old_workbook_that_lie_about_their_length() -> None:
    """A record longer than the file is looked past, not followed."""
    lying = OLE + bytes(512) + "Workbook".encode("utf-16-le") + struct.pack("<HHHHI", 0x0809, 16, 0x0600, 5, 0)

    with pytest.raises(refusals.Damaged):
        read(lying + b"\xff" * 8)

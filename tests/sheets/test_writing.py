"""What is written for spreadsheet programs is never run by them."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest

from provisioning.sheets.writer import write_csv, write_xlsx

ACTIVE = ["=1+1", "+84", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "＋1", "－1", "＠x", "\n=1"]
HARMLESS = ["Nguyễn Văn An", "a=b", "annv@tinh.gov.vn", "01/01/1985", "'x"]


def back_from_csv(content: bytes) -> list[list[str]]:
    """Read what was written."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("text", ACTIVE, ids=repr)
def test_active_text_in_csv_gets_an_apostrophe(text: str) -> None:
    """A text that a program would run is one it shows."""
    assert back_from_csv(write_csv(["x"], [[text]]))[1] == ["'" + text]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_in_csv_stays(text: str) -> None:
    """A text that nobody would run is written as it is."""
    assert back_from_csv(write_csv(["x"], [[text]]))[1] == [text]


@pytest.mark.parametrize("text", [*ACTIVE[:5], "http://example.com", "{=1}"], ids=repr)
def test_text_in_a_workbook_is_text(text: str) -> None:
    """No text becomes a formula or a link."""
    content = write_xlsx("Kết quả", ["x"], [[text]])

    cell = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_rows_and_numbers() -> None:
    """Numbers stay numbers, missing values stay empty, and the header stays in sight."""
    content = write_xlsx("Kết quả", ["Dòng", "Ghi chú"], [[6, None], [7, "x\ny"]])

    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [["Dòng", "Ghi chú"], [6, None], [7, "x\ny"]]
    assert sheet.freeze_panes == "A2"


def test_a_workbook_holds_nothing_but_cells() -> None:
    """No macros and no links to anywhere are in the file."""
    content = write_xlsx("A", ["x"], [["=1"]])

    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [name for name in names if "vba" in name.lower() or "external" in name.lower()]

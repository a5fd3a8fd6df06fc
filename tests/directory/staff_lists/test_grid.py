"""A sheet is put in order: texts on one line and in one spelling, merged ranges known and never followed too far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.staff_lists.cells import Merged, Sheet
from directory.staff_lists.grid import grid_of
from directory.staff_lists.readings import plain


@pytest.mark.parametrize(
    "text", ["  Lê  An ", "Lê\nAn", "Lê\u00a0An", "'Lê An", "Le\u0302 An", "Lê\u200b An", '"Lê An"', "Lê\u3000An"]
)
def test_texts_have_one_spelling(text: str) -> None:
    """However a text is typed, it comes out on one line and without what cannot be seen."""
    assert grid_of(Sheet("A", [["x"], [text]])).rows == [("x",), ("Lê An",)]


@given(st.lists(st.text(max_size=12), max_size=6))
def test_whatever_is_typed_comes_out_plain(texts: list[str]) -> None:
    """To look at the whole column before working on it changes nothing."""
    column = [
        text.replace("\0", "") for text in texts if text.isascii() or not any("¡" <= each <= "þ" for each in text)
    ]

    rows = grid_of(Sheet("A", [[text] for text in column])).rows

    assert [row[0] for row in rows] == [plain(text) for text in column]


def test_rows_have_one_width() -> None:
    """Short rows are filled up."""
    assert grid_of(Sheet("A", [[], ["a", 1.0], ["b"]])).rows == [("", ""), ("a", 1.0), ("b", "")]


def test_endless_text_is_cut() -> None:
    """Of a text that no field can hold only the beginning is read."""
    assert grid_of(Sheet("A", [["x" * 30_000]])).rows == [("x" * 2_000,)]


def test_merged_cells_are_known() -> None:
    """In the rows of headers every cell of a range is known; further down those of its first column."""
    rows = [["x", "", "", ""]] * 60

    merged = grid_of(Sheet("A", rows, [Merged(0, 1, 0, 2), Merged(50, 0, 52, 1)])).merged

    assert merged == {(0, 2): (0, 1), (51, 0): (50, 0), (52, 0): (50, 0)}


def test_merged_ranges_that_cannot_be_are_not_followed() -> None:
    """Once ranges have more cells than the sheet, the file lies, and the rest of them is passed over."""
    merged = [*[Merged(0, 0, 1_048_575, 16_383)] * 2, Merged(0, 1, 1, 1)]

    followed = grid_of(Sheet("A", [["x"] * 2] * 2, merged)).merged

    assert followed == {(0, 1): (0, 0), (1, 0): (0, 0), (1, 1): (0, 0)}

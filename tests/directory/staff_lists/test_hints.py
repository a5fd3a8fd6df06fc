"""Hints come from outside: what is no hint is refused by name, and what is one comes back as it was kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.staff_lists.hints import ENCODINGS, FIELDS, IGNORED, MONTH_FIRST, Hints, index_of, letters_of
from directory.staff_lists.refusals import BadHints

SAID = {
    "sheet": "Danh sách",
    "header": 5,
    "columns": {"B": "full_name", "AA": ""},
    "encodings": {"B": "TCVN3"},
    "repairs": ["month_first"],
}


def test_hints_are_read() -> None:
    """Columns are named by their letters."""
    hints = Hints.from_json(SAID)

    assert hints == Hints("Danh sách", 5, {1: "full_name", 26: IGNORED}, {1: "TCVN3"}, frozenset({MONTH_FIRST}))


def test_hints_are_kept_as_they_were_said() -> None:
    """What is kept of hints is what they were read from."""
    assert Hints.from_json(SAID).as_json() == {**SAID, "columns": {"AA": "", "B": "full_name"}}


@pytest.mark.parametrize(
    ("said", "about"),
    [
        (["sheet"], "hints"),
        ({"role": "operator"}, "role"),
        ({"sheet": ["A"]}, "sheet"),
        ({"sheet": "x" * 101}, "sheet"),
        ({"header": True}, "header"),
        ({"header": -1}, "header"),
        ({"header": 5.0}, "header"),
        ({"header": "5"}, "header"),
        ({"columns": ["full_name"]}, "columns"),
        ({"columns": {"b": "full_name"}}, "columns, b"),
        ({"columns": {"ZZZ": "full_name"}}, "columns, ZZZ"),
        ({"columns": {"IW": "full_name"}}, "columns, IW"),
        ({"columns": {"B": "role"}}, "columns, B"),
        ({"columns": {"B": ["full_name"]}}, "columns, B"),
        ({"columns": {1: "full_name"}}, "columns, 1"),
        ({"columns": {"B": "full_name", "C": "full_name"}}, "columns"),
        ({"encodings": {"B": "tcvn3"}}, "encodings, B"),
        ({"repairs": "month_first"}, "repairs"),
        ({"repairs": ["everything"]}, "repairs"),
        ({"repairs": [["month_first"]]}, "repairs"),
    ],
)
def test_what_is_no_hint_is_refused(said: object, about: str) -> None:
    """The refusal names the first thing that is no hint."""
    with pytest.raises(BadHints) as refused:
        Hints.from_json(said)

    assert refused.value.fields == {"about": about}


@given(
    columns=st.dictionaries(st.integers(0, 255), st.sampled_from(FIELDS), max_size=6),
    encodings=st.dictionaries(st.integers(0, 255), st.sampled_from(ENCODINGS), max_size=6),
    header=st.none() | st.integers(0, 200_000),
)
def test_any_hints_come_back(columns: dict[int, str], encodings: dict[int, str], header: int | None) -> None:
    """Whatever hints are kept are read again as they were."""
    hints = Hints.from_json(
        {
            "header": header,
            "columns": {letters_of(index): said for said, index in {said: at for at, said in columns.items()}.items()},
            "encodings": {letters_of(index): said for index, said in encodings.items()},
        }
    )

    assert Hints.from_json(hints.as_json()) == hints


@given(st.integers(0, 10_000))
def test_letters_of_columns(index: int) -> None:
    """A column's letters say its place."""
    assert index_of(letters_of(index)) == index

"""Birth dates in every form; what is not sure is asked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.staff_lists.cells import Cell
from directory.staff_lists.dates import Order, order_of, read_birth_date
from directory.staff_lists.hints import AS_WRITTEN, MONTH_FIRST, SWAPPED

TODAY = date(2026, 11, 23)
READ = {
    "02/03/1985": date(1985, 3, 2),
    "2/3/1985": date(1985, 3, 2),
    "2.3.1985": date(1985, 3, 2),
    "02-03-1985": date(1985, 3, 2),
    "02 / 03 / 1985": date(1985, 3, 2),
    "'02/03/1985": date(1985, 3, 2),
    "15-7-79": date(1979, 7, 15),
    "01/01/05": date(2005, 1, 1),
    "1985-03-02": date(1985, 3, 2),
    "1985-03-02 00:00:00": date(1985, 3, 2),
    "02/03/1985 00:00:00": date(1985, 3, 2),
    "02031985": date(1985, 3, 2),
    "ngày 02 tháng 3 năm 1985": date(1985, 3, 2),
    "Ngày 2 tháng 03 năm 1985": date(1985, 3, 2),
    "31108": date(1985, 3, 2),
    31108.0: date(1985, 3, 2),
    date(1985, 3, 2): date(1985, 3, 2),
    "29/02/1988": date(1988, 2, 29),
}
YEAR_ONLY: list[Cell] = [1985.0, 1985, "1985", "00/00/1985", "0/0/1985", "03/1985", "--/--/1985", "…/…/1985", "00/1985"]
ASKED: list[Cell] = [
    "31/02/1985",
    "29/02/1985",
    "32/01/1985",
    "03/13/1985",
    "02/03/185",
    "02/03/19855",
    "sinh năm Ất Sửu",
    "02/03",
    "1/1/1900",
    "02/03/2026",
    "02/03/2020",
    "1",
    "x",
    200_000.0,
    -5.0,
    date(2024, 1, 1),
    date(1901, 1, 1),
]


@pytest.mark.parametrize(("cell", "birth"), READ.items(), ids=map(repr, READ))
def test_dates_that_are_read(cell: Cell, birth: date) -> None:
    """The day comes first, and a serial number of a spreadsheet is a day too."""
    assert read_birth_date(cell, TODAY).value == birth


@pytest.mark.parametrize("cell", YEAR_ONLY, ids=repr)
def test_a_year_alone_is_no_birth_date(cell: Cell) -> None:
    """A year without day and month is noted and holds nothing up."""
    reading = read_birth_date(cell, TODAY)

    assert (reading.value, [reason.level for reason in reading.reasons]) == (None, ["warning"])


@pytest.mark.parametrize("cell", ASKED, ids=repr)
def test_dates_that_are_asked(cell: Cell) -> None:
    """What is no date, or no possible age, is a question."""
    reading = read_birth_date(cell, TODAY)

    assert (reading.value, [reason.level for reason in reading.reasons][-1:]) == (None, ["question"])


def test_the_month_first_is_named() -> None:
    """A date whose month stands first is told so, though it could be turned round."""
    (reason,) = read_birth_date("03/13/1985", TODAY).reasons

    assert "month first" in reason.message


@given(
    birth=st.dates(TODAY - timedelta(days=99 * 365), TODAY - timedelta(days=16 * 365)),
    form=st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y-%m-%d", "%d%m%Y", "ngày %d tháng %m năm %Y"]),
)
def test_what_is_written_is_read_back(birth: date, form: str) -> None:
    """Any birth date of an adult comes back from any full form, without remarks."""
    reading = read_birth_date(birth.strftime(form), TODAY)

    assert (reading.value, list(reading.reasons)) == (birth, [])


@given(text=st.text(max_size=20))
def test_no_text_is_guessed_into_an_impossible_age(text: str) -> None:
    """Whatever is typed gives a date of a possible age, or none and a remark."""
    reading = read_birth_date(text, TODAY)

    assert (reading.value is None and reading.reasons) or (
        reading.value is not None and 15 * 365 < (TODAY - reading.value).days < 102 * 365
    )


def test_one_date_with_the_month_first_puts_the_others_in_doubt() -> None:
    """Where no date can only have the day first, the order of the whole list is asked."""
    order = order_of(["02/03/1985", "03/13/1985"], ())

    assert [reason.level for reason in read_birth_date("02/03/1985", TODAY, order).reasons] == ["question"]
    assert read_birth_date("03/03/1985", TODAY, order).value == date(1985, 3, 3)
    assert read_birth_date("ngày 02 tháng 3 năm 1985", TODAY, order).value == date(1985, 3, 2)


@pytest.mark.parametrize(
    "cells", [["02/03/1985", "13/03/1985", "03/13/1985"], ["02/03/1985"], ["03/03/1985", "03/13/1985"]]
)
def test_the_day_is_first_where_anything_says_so(cells: list[Cell]) -> None:
    """One date that can only have the day first settles the order, and so does that there is nothing to doubt."""
    assert order_of(cells, ()) == Order()


def test_real_dates_that_a_spreadsheet_exchanged() -> None:
    """Where dates after the 12th are text and the others real, the real ones were read with the month first."""
    real = [date(1985, month, day) for month, day in ((3, 2), (4, 11), (12, 1), (7, 8))]

    order = order_of(["13/03/1985", *real], ())

    assert [reason.level for reason in read_birth_date(real[0], TODAY, order).reasons] == ["question"]
    assert read_birth_date("13/03/1985", TODAY, order).value == date(1985, 3, 13)
    assert order_of(["13/03/1985", *real, date(1985, 3, 20)], ()) == Order()


@pytest.mark.parametrize(
    ("said", "cell", "birth"),
    [
        (MONTH_FIRST, "03/02/1985", date(1985, 3, 2)),
        (MONTH_FIRST, date(1985, 3, 2), date(1985, 3, 2)),
        (SWAPPED, date(1985, 2, 3), date(1985, 3, 2)),
        (SWAPPED, date(1985, 2, 13), date(1985, 2, 13)),
        (SWAPPED, "02/03/1985", date(1985, 3, 2)),
        (AS_WRITTEN, "02/03/1985", date(1985, 3, 2)),
    ],
)
def test_what_a_person_says_of_dates(said: str, cell: Cell, birth: date) -> None:
    """Once a person has said how the dates are written, they are read so."""
    assert read_birth_date(cell, TODAY, order_of(["03/13/1985"], {said})).value == birth

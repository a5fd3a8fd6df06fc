"""Birth dates in every form that lists have; none is guessed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from directory.naming import fold
from directory.staff_lists.cells import Cell
from directory.staff_lists.hints import MONTH_FIRST, SWAPPED
from directory.staff_lists.readings import Reading, plain
from directory.staff_lists.reasons import N_, Reason, question, repair, warning

YOUNGEST = 15
OLDEST = 100
_EPOCH = date(1899, 12, 30)
"""Day 0 of spreadsheets' serial numbers, as they count from March 1900 on."""
_SERIALS = range(1, 80_000)
_YEARS = range(1900, 2100)
_CENTURY = 100
_PARTS = re.compile(r"(\d{1,2})\s*[-/.,\s]\s*(\d{1,2})\s*[-/.,\s]\s*(\d{4}|\d{2})(?:\s+\d\d?:\d\d(:\d\d)?)?")
_USUAL = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
"""What of `_PARTS` nearly every list has, told sooner."""
_SPOKEN = re.compile(r"(?:sinh )?(?:ngay )?(\d{1,2}) ?(?:thang|/) ?(\d{1,2}) ?(?:nam|/) ?(\d{4})")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+[\d:.]+)?")
_CLOSE = re.compile(r"(\d{2})(\d{2})((?:19|20)\d{2})")
_YEAR = re.compile(r"(?:(?:\d{1,2}|[-_.…\s]{0,5})\s*[-/.]\s*){0,2}((?:19|20)\d{2})")
_MONTHS = 12
_FEW = 4

_UNREADABLE = N_("The birth date cannot be read. Write it as day/month/year, such as 02/03/1985.")
_MONTH_FIRST = N_("The birth date has the month first, or a wrong month. Write it as day/month/year.")
_IMPOSSIBLE_AGE = N_("With this birth date the person would be younger than {youngest} or older than {oldest}.")
_YEAR_ONLY = N_("Only the year of birth is given, so no birth date is recorded.")
MONTHS_FIRST = N_(
    "The birth dates of this list seem to have the month first: {count} can be read only so. Say on the page of the"
    " list how they are written."
)
EXCHANGED = N_(
    "A spreadsheet seems to have exchanged day and month in {count} birth dates of this list: none of them has a day"
    " after the 12th. Say on the page of the list how they are written."
)
_TWO_DIGITS = N_("The year of birth has two digits; it is read as a year from 1900 on in which the age is possible.")


@dataclass(frozen=True)
class Order:
    """How the dates of a list are to be read, and which of them only after a person has said so."""

    is_month_first: bool = False
    is_swapped: bool = False
    doubt: Reason | None = None
    """What to ask of the list: its typed dates may have the month first, or its real dates be exchanged."""
    of_real_dates: bool = False


AS_IT_SHOULD_BE = Order()


def order_of(cells: Iterable[Cell], said: Collection[str]) -> Order:
    """Find out whether the dates of a list can be read with the day first, as they should."""
    if said:
        return Order(is_month_first=MONTH_FIRST in said, is_swapped=SWAPPED in said)
    typed = Counter[str]()
    real: Counter[date] = Counter()
    for cell, count in Counter(cells).items():
        if isinstance(cell, date):
            real[cell] = count
        elif isinstance(cell, str) and (found := _USUAL.fullmatch(cell) or _PARTS.fullmatch(cell)):
            first, second = int(found[1]), int(found[2])
            kind = "day" if first > _MONTHS else "month" if second > _MONTHS else "either"
            typed["same" if first == second else kind] += count
    if typed["month"] and not typed["day"] and typed["either"]:
        return Order(doubt=question(MONTHS_FIRST, "birth_date", count=typed["month"]))
    # A spreadsheet that expects the month first turns 02/03 round and leaves 13/03 as text.
    if typed["day"] and real.total() >= _FEW and all(each.day <= _MONTHS for each in real):
        return Order(doubt=question(EXCHANGED, "birth_date", count=real.total()), of_real_dates=True)
    return Order()


def read_birth_date(cell: Cell, today: date, order: Order = AS_IT_SHOULD_BE) -> Reading[date]:
    """Read a birth date: a date, a serial number, or text with the day first."""
    if order.doubt is not None and isinstance(cell, date) == order.of_real_dates and not isinstance(cell, int | float):
        return Reading(None, [order.doubt]) if _is_doubtful(cell) else _read(cell, today)
    if order.is_swapped and isinstance(cell, date) and cell.day <= _MONTHS:
        return _of_possible_age(cell.replace(month=cell.day, day=cell.month), today)
    if order.is_month_first and isinstance(cell, str) and (found := _PARTS.fullmatch(cell)):
        return _from_parts(found[2], found[1], found[3], today)
    return _read(cell, today)


def _is_doubtful(cell: Cell) -> bool:
    """Say whether day and month of a date could be each other."""
    if isinstance(cell, date):
        return cell.day != cell.month
    found = _PARTS.fullmatch(str(cell))
    return found is not None and found[1].zfill(2) != found[2].zfill(2) and max(int(found[1]), int(found[2])) <= _MONTHS


def _read(cell: Cell, today: date) -> Reading[date]:
    if type(cell) is str and (found := _USUAL.fullmatch(cell)):
        return _from_parts(found[1], found[2], found[3], today)
    if isinstance(cell, date):
        return _of_possible_age(cell, today)
    if isinstance(cell, int | float):
        return _from_number(float(cell), today)
    return _from_text(plain(cell), today)


def _from_text(text: str, today: date) -> Reading[date]:
    """Read a date that was typed."""
    if found := _PARTS.fullmatch(text):  # what follows is of other forms
        return _from_parts(found[1], found[2], found[3], today)
    if text.isdigit() and len(text) in (4, 5):
        return _from_number(float(text), today)
    if found := _ISO.fullmatch(text):
        return _from_parts(found[3], found[2], found[1], today)
    found = _SPOKEN.fullmatch(fold(text).replace(",", "")) or _CLOSE.fullmatch(text)
    if found:
        return _from_parts(found[1], found[2], found[3], today)
    if _YEAR.fullmatch(text):
        return Reading(None, [warning(_YEAR_ONLY, "birth_date")])
    return _unreadable()


def _unreadable(message: str = _UNREADABLE) -> Reading[date]:
    return Reading(None, [question(message, "birth_date")])


def _from_number(number: float, today: date) -> Reading[date]:
    """Read a year, or the serial number of a day."""
    if number in _YEARS:
        return Reading(None, [warning(_YEAR_ONLY, "birth_date")])
    if int(number) not in _SERIALS:
        return _unreadable()
    return _of_possible_age(_EPOCH + timedelta(days=int(number)), today)


def _from_parts(day: str, month: str, year: str, today: date) -> Reading[date]:
    """Put a date together; a year of two digits is of the century that gives a possible age."""
    said: list[Reason] = []
    full_year = int(year)
    if len(year) == len("85"):
        full_year += 1900 if full_year + 2000 > today.year - YOUNGEST else 2000
        said.append(repair(_TWO_DIGITS, "birth_date"))
    if int(day) == 0 and full_year in _YEARS:
        return Reading(None, [warning(_YEAR_ONLY, "birth_date")])
    if int(month) > _MONTHS >= int(day):
        return _unreadable(_MONTH_FIRST)
    try:
        found = date(full_year, int(month), int(day))
    except ValueError:
        return _unreadable()
    reading = _of_possible_age(found, today)
    return Reading(reading.value, [*said, *reading.reasons]) if said else reading


def _of_possible_age(birth: date, today: date) -> Reading[date]:
    age = today.year - birth.year  # or one less, if this year's birthday is to come
    if YOUNGEST < age <= OLDEST:
        return Reading(birth)
    age -= (today.month, today.day) < (birth.month, birth.day)
    if not YOUNGEST <= age <= OLDEST:
        reason = question(_IMPOSSIBLE_AGE, "birth_date", youngest=YOUNGEST, oldest=OLDEST)
        return Reading(None, [reason])
    return Reading(birth)

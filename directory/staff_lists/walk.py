"""Walk: down the rows below a header, each told apart: a person, a unit, a later header, a total, a signature.

No row with text is lost: what is not given as a person is noted under what it was taken for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from directory.staff_lists.cells import Cell, text_of
from directory.staff_lists.conversions import Converted
from directory.staff_lists.grid import Grid
from directory.staff_lists.header import Column
from directory.staff_lists.headings import MARKS, NAMES, meaning, normal
from directory.staff_lists.lines import (
    DETAILS,
    TOO_MANY,
    closes,
    group_in,
    has_letters,
    is_like_a_name,
    is_numbered,
    is_ordered,
    is_plainly_group,
    is_proved,
    is_total,
    is_unit,
    is_whole,
    may_be_name,
    name_in,
    number_columns,
    number_in,
    picking,
    signs,
)
from directory.staff_lists.reasons import N_

DOUBTFUL = N_(
    "It is not sure that this row is about a person. If it is, say so on the page of the row; if it is not, leave the"
    " row out."
)
PERSON = N_("Somebody has said that this row is about a person.")
STRUCK = N_("The name is struck through in the file. If this person has left, leave the row out.")
LEFT = N_("The row says that this person has left or is about to. If that is so, leave the row out.")
_FEWEST = 2
_NOTHING: Mapping[str, Converted] = {}


@dataclass(slots=True)
class PersonRow:
    """One row about a person: its number in the file, and the group row it stands under."""

    number: int
    group: str | None = None
    converted: Mapping[str, Converted] = field(default_factory=dict)
    """Its cells that were typed with an old font, by field."""
    other_header: int | None = None
    """The row of a later header with other columns under which it stands."""
    is_doubtful: bool = False
    """Whether it is about a person at all, a person must say."""
    says_left: bool = False
    """A note or a title in the row says that the person is retired, or somewhere else."""
    is_struck: bool = False
    """The name is struck through."""

    @property
    def is_remarkable(self) -> bool:
        """Whether there is anything to be said of the row as a whole."""
        return bool(self.converted or self.other_header or self.is_doubtful or self.says_left or self.is_struck)


@dataclass(slots=True)
class Passed:
    """The rows with text that are not given as people, by what they were taken for."""

    headers: list[int] = field(default_factory=list)
    """The header again, or the numbers of columns."""
    units: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Numbered in advance, with nothing else."""
    left_out: list[int] = field(default_factory=list)
    """Totals, notes, signatures."""


About = Literal["person", "doubtful", ""]
"""What a row is about: a person, perhaps a person, or something else."""


class Walk:
    """Goes down the rows below the header, remembering the group it is in and whether the footer has begun."""

    def __init__(self, grid: Grid, columns: Sequence[Column], below: int) -> None:
        self.grid = grid
        self.columns = {column.field: column.index for column in columns}
        self.headings = {column.index: normal(column.heading) for column in columns if column.heading}
        self.below = below
        self.has_numbers = "number" in self.columns
        self.picked: list[tuple[Cell, ...]] = []
        """The cells of the rows about people, in the order of the columns."""
        self.passed = Passed()
        self.group: str | None = None
        self.other_header: int | None = None
        self.is_closed = False
        self.is_signed = False

    def people(self) -> Iterator[PersonRow]:
        """Give the rows about people."""
        is_plain = self._plainness()
        for row, cells in enumerate(map(picking(self.columns.values()), self.grid.rows[self.below :]), self.below):
            picked = self._with_merged_unit(row, cells) if self.grid.merged else cells
            about = "person" if is_plain(picked) else self._about(row, self._by_field(picked))
            if not about:
                continue
            if about == "person":
                self.is_closed = self.is_signed = False
            converted = self.grid.converted.get(row)
            by_field = (
                {field: converted[index] for field, index in self.columns.items() if index in converted}
                if converted
                else _NOTHING
            )
            self.picked.append(picked)
            yield PersonRow(row + 1, self.group, by_field, self.other_header, about == "doubtful")

    def _plainness(self) -> Callable[[tuple[Cell, ...]], bool]:
        """Give what tells most rows at a look: numbered, named and with what only people have, they are no header
        and no total. The others need a closer one.
        """
        places = {field: place for place, field in enumerate(self.columns)}
        name_at, number_at = places.get("full_name", places.get("given")), places.get("number")
        details = picking([place for field, place in places.items() if field in DETAILS])
        if name_at is None or number_at is None:
            return lambda _: False

        def is_plain(cells: tuple[Cell, ...]) -> bool:
            number, name = cells[number_at], cells[name_at]
            return (
                type(number) is float
                and 0 <= number < TOO_MANY
                and type(name) is str
                and name.replace(" ", "").isalpha()
                and any(details(cells))
            )

        return is_plain

    def _about(self, row: int, cells: Mapping[str, Cell]) -> About:
        """Say what a row is about; if not a person, take from it what it says of those below."""
        if self.has_numbers and self._is_certain(cells):
            return "person"
        texts = self.grid.texts(row)
        if not texts:
            return ""
        if self._is_header_again(row, texts):
            self.is_closed = self.is_signed = False
            self.passed.headers.append(row + 1)
            return ""
        if self._is_certain(cells) or self._lacks_its_name(cells):
            return "person"
        found: About = ""
        if name := name_in(cells):
            is_of_list = self._numbered if self.has_numbers and is_numbered(cells) else self._unnumbered
            found = is_of_list(cells, texts, name)
        if not found:
            self._pass(row, cells, texts)
        return found

    def _is_certain(self, cells: Mapping[str, Cell]) -> bool:
        """Say whether the row is beyond doubt about a person: named, with what only people have, and numbered, or
        with something that nobody writes under a list.
        """
        name = name_in(cells)
        if not has_letters(name) or DETAILS.isdisjoint(cells) or is_total(name):
            return False
        if self.has_numbers and is_numbered(cells):
            return True
        return is_proved(cells) or not (self.has_numbers or self.is_closed or closes(name))

    def _lacks_its_name(self, cells: Mapping[str, Cell]) -> bool:
        """Say whether a row without a name is about a person: a formula may have lost it."""
        if name_in(cells):
            return False
        if is_proved(cells):
            return is_numbered(cells) or len(DETAILS & cells.keys()) > 1
        said = cells.keys() & {*DETAILS, "title", "category"}
        return is_numbered(cells) and not self.is_closed and any(not is_unit(text_of(cells[each])) for each in said)

    def _numbered(self, cells: Mapping[str, Cell], texts: Sequence[str], name: str) -> About:
        """Say what a row with a number and a name, and nothing that only people have, is about."""
        is_alone = len(texts) <= _FEWEST
        if is_total(name) or (is_alone and is_unit(name)) or (signs(name) and not may_be_name(name)):
            return ""
        if not self.is_closed:
            return "person"
        goes_on, is_written_as_name = not self.is_signed and self._goes_on(cells), may_be_name(name)
        if goes_on and is_written_as_name:
            return "person"
        return "doubtful" if goes_on or is_written_as_name else ""

    def _goes_on(self, cells: Mapping[str, Cell]) -> bool:
        """Say whether a row counts on from the last person, so that only a subtotal stood between them."""
        last = number_in(self._by_field(self.picked[-1])) if self.picked else None
        return last is not None and number_in(cells) == last + 1

    def _unnumbered(self, cells: Mapping[str, Cell], texts: Sequence[str], name: str) -> About:
        """Say what a row with a name and without a number is about."""
        said = cells.keys() - {"number", "family_middle", *NAMES}
        is_written_as_name = may_be_name(name)
        if is_total(name) or (any(map(closes, texts)) and (self.has_numbers or closes(name) or not is_written_as_name)):
            return ""
        if self.is_closed:
            return "doubtful" if said and is_written_as_name and not (self.is_signed or is_unit(name)) else ""
        if is_unit(name):
            return "doubtful" if said and not group_in(cells, texts) else ""
        if said & {*DETAILS, "title"}:
            return "person"
        if not self.has_numbers:
            return "person"
        is_ambiguous = is_written_as_name if said else is_like_a_name(name)
        return "doubtful" if is_ambiguous and not is_ordered(texts) else ""

    def _pass(self, row: int, cells: Mapping[str, Cell], texts: Sequence[str]) -> None:
        """Note a row that is not about a person, and what it says of those below."""
        if any(map(closes, texts)):
            self.is_closed = True
            self.is_signed = self.is_signed or any(map(signs, texts))
            self.passed.left_out.append(row + 1)
        elif self._may_be_group(cells, texts) and (group := group_in(cells, texts)):
            self.group = group
            self.is_closed = self.is_signed
            self.passed.units.append(row + 1)
        elif len(texts) == 1 and is_whole(texts[0]):
            self.passed.numbers.append(row + 1)
        else:
            self.passed.left_out.append(row + 1)

    def _may_be_group(self, cells: Mapping[str, Cell], texts: Sequence[str]) -> bool:
        """Say whether a group may begin here: anywhere in the list, and below a total if it is plainly one.

        Units often end with `Cộng: 6 người`. Missed there, the next unit's people would stand in the one before.
        """
        if cells.keys() & {"title", "category"} and not is_plainly_group(texts):
            return False  # what somebody is besides, on a second line
        return not self.is_closed or is_ordered(texts) or (not self.is_signed and is_plainly_group(texts))

    def _by_field(self, cells: tuple[Cell, ...]) -> dict[str, Cell]:
        """Give the cells of a row that are not empty by their fields."""
        return {field: cell for field, cell in zip(self.columns, cells, strict=True) if cell != ""}

    def _with_merged_unit(self, row: int, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """Give the row's cells; a unit written once over merged rows is that of each of them."""
        unit = self.columns.get("unit")
        if unit is None or (row, unit) not in self.grid.merged:
            return cells
        through = self.grid.text_through(row, unit)
        return tuple(through if field == "unit" else cell for field, cell in zip(self.columns, cells, strict=True))

    def _is_header_again(self, row: int, texts: Sequence[str]) -> bool:
        """Say whether a later page begins here with the header, or the columns are only numbered."""
        if len(texts) > _FEWEST and number_columns(texts):
            return True
        if all(meaning(text) in {*MARKS, "given", "family_middle"} for text in texts):
            return True
        said = [(normal(self.grid.text(row, index)), heading) for index, heading in self.headings.items()]
        said = [(text, heading) for text, heading in said if text]
        if len(said) >= _FEWEST and all(text in heading for text, heading in said):
            self.other_header = None
            return True
        fields = {meaning(text) for text in texts} - {None}
        if len(fields) > _FEWEST and fields & NAMES:
            self.other_header = row + 1
            return True
        return False

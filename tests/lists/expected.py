"""What is said of a deliberately awful list: the file, the people in it, and what must be asked about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from directory.staff_lists.hints import Hints
from directory.staff_lists.old_fonts import TCVN3_LETTERS, VNI_SEQUENCES
from tests.lists.workbooks import Person

TO_TCVN3 = {chr(letter): chr(code) for code, letter in TCVN3_LETTERS.items()}
TO_VNI = {letter: sequence for sequence, letter in VNI_SEQUENCES.items()}
WHOLE = "row"
"""In place of a field: the question is about the row as a whole."""


@dataclass(frozen=True)
class Awful:
    """A file and what comes of it, by the row numbers of the file."""

    content: bytes
    names: Mapping[int, str | None]
    """Every row about a person, with the name that is read."""
    asks: Mapping[int, str] = field(default_factory=dict)
    """The fields that are asked about, for each row that is asked about."""
    of_list: str = ""
    """The fields that are asked about of the list as a whole."""
    values: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    """What else is read, where it is worth a look."""
    hints: Hints = field(default_factory=Hints)
    held: Iterable[int] = ()
    """Rows without a question of their own that the plan holds up all the same."""

    @property
    def kinds(self) -> dict[int, str]:
        """What each row comes to in a department without people."""
        held = {*self.asks, *self.held}
        return {row: "person" if row in held else "create" for row in self.names}


def named(first: int, persons: Iterable[Person]) -> dict[int, str | None]:
    """Give people by their rows, one below the other."""
    return {row: person.name for row, person in enumerate(persons, start=first)}


def row_of(number: int, person: Person, *more: object) -> list[object]:
    """Give the row of a person below the usual header."""
    return [number, person.name, person.born, person.title, None, person.personal_id, *more]


def csv(rows: Iterable[Sequence[object]], encoding: str, delimiter: str = ";") -> bytes:
    """Give rows as delimited text."""
    lines = [delimiter.join("" if value is None else str(value) for value in row) for row in rows]
    return "\r\n".join(lines).encode(encoding)


def in_font(text: str, table: Mapping[str, str]) -> str:
    """Write Unicode with an old font."""
    return "".join(table.get(letter, letter) for letter in text)

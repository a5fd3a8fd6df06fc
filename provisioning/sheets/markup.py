"""The parts of an .xlsx that know fonts, parsed as streams: styles, shared strings, the cells of a sheet.

The parser is told of no entities, and the package was searched for DTDs before.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from xml.parsers import expat

from provisioning.sheets.refusals import Damaged, HasDtd

_TEXTS = frozenset({"s", "str", "inlineStr"})


class Font(NamedTuple):
    """A font from before Unicode."""

    family: str
    is_capitals: bool


class Run(NamedTuple):
    """A part of a text with its own font, or with that of its cell."""

    text: str
    font: Font | None
    has_font: bool
    is_struck: bool = False
    """Struck through."""


class Reader:
    """Hears what begins, what ends and what text is between; names come without their prefixes."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Hear of an element's beginning."""

    def end(self, name: str) -> None:
        """Hear of an element's end."""

    def text(self, text: str) -> None:
        """Hear a piece of text."""


def parse(package: zipfile.ZipFile, member: str, reader: Reader) -> None:
    """Read a member as a stream."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: reader.begin(_local(name), attributes)
    parser.EndElementHandler = lambda name: reader.end(_local(name))
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_dtd
    try:
        with package.open(member) as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise Damaged from error


@lru_cache(maxsize=1_000)
def _local(name: str) -> str:
    """Give a name without its prefix."""
    return name.rpartition(":")[2]


def _refuse_dtd(*_: object) -> None:
    raise HasDtd


class Attributes(Reader):
    """Collects the attributes of all elements of one name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[dict[str, str]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the attributes of the wanted elements."""
        if name == self.name:
            self.found.append({each.rpartition(":")[2]: value for each, value in attributes.items()})


class Styles(Reader):
    """Collects the fonts, and which of them each style of cells has."""

    def __init__(self) -> None:
        self.fonts: list[Font | None] = []
        self.struck: set[int] = set()
        """Which of the fonts strike through."""
        self.styles: list[int] = []
        self.inside = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the names of fonts, and the font of each style."""
        if name in ("fonts", "cellXfs"):
            self.inside = name
        elif self.inside == "fonts" and name == "font":
            self.fonts.append(None)
        elif self.inside == "fonts" and name == "name" and self.fonts:
            self.fonts[-1] = _font(attributes.get("val", ""))
        elif self.inside == "fonts" and name == "strike" and is_on(attributes):
            self.struck.add(len(self.fonts) - 1)
        elif self.inside == "cellXfs" and name == "xf":
            number = attributes.get("fontId", "0")
            self.styles.append(int(number) if number.isdecimal() else 0)

    def end(self, name: str) -> None:
        """Leave the fonts or the styles."""
        if name == self.inside:
            self.inside = ""

    def of_cells(self) -> list[Font | None]:
        """Give the font of each style; a style without a known font has none of ours."""
        return [self.fonts[number] if number < len(self.fonts) else None for number in self.styles]

    def of_struck_cells(self) -> set[int]:
        """Give the styles whose cells are struck through."""
        return {style for style, number in enumerate(self.styles) if number in self.struck}


def is_on(attributes: dict[str, str]) -> bool:
    """Say whether an element that stands for yes or no says yes; without a word it does."""
    return attributes.get("val", "1") not in ("0", "false")


def _font(name: str) -> Font | None:
    """Say which font from before Unicode this is; the TCVN3 fonts of capitals have an H at the end."""
    if name[:3].lower() == ".vn":
        return Font("TCVN3", name.endswith("H"))
    return Font("VNI", is_capitals=False) if name[:4].lower() == "vni-" else None


class Runs(Reader):
    """Collects the runs of rich texts: `<r>` with `<rFont>` and `<t>`, or a `<t>` alone."""

    def __init__(self) -> None:
        self.collected: list[Run] = []
        self.font: Font | None = None
        self.has_font = self.is_struck = False
        self.inside = ""
        self.said: list[str] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Enter a run, its font or its text."""
        if name == "r":
            self.font, self.has_font, self.is_struck = None, False, False
        elif name == "strike":
            self.is_struck = is_on(attributes)
        elif name == "rFont":
            self.font, self.has_font = _font(attributes.get("val", "")), True
        elif name in ("t", "rPh") and not self.inside:
            self.inside, self.said = name, []

    def text(self, text: str) -> None:
        """Keep the text of a run."""
        if self.inside == "t":
            self.said.append(text)

    def end(self, name: str) -> None:
        """Keep a run that is complete."""
        if name != self.inside:
            return
        if name == "t":
            self.collected.append(Run("".join(self.said), self.font, self.has_font, self.is_struck))
        self.inside = ""


class Strings(Runs):
    """Collects the shared strings that have fonts of their own, by their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[int, list[Run]] = {}
        self.number = 0

    def end(self, name: str) -> None:
        """Keep a string that is complete, if it has fonts of its own."""
        super().end(name)
        if name == "si":
            if any(run.has_font or run.is_struck for run in self.collected):
                self.runs[self.number] = self.collected
            self.collected, self.font, self.has_font, self.is_struck = [], None, False, False
            self.number += 1


class Cells(Runs):
    """Goes through the cells of a sheet and tells those with texts: row, column, style, runs."""

    def __init__(self, strings: dict[int, list[Run]], tell: Callable[[int, int, int, list[Run]], None]) -> None:
        super().__init__()
        self.strings = strings
        self.tell = tell
        self.row = self.column = -1
        self.style = 0
        self.kind = ""
        self.value: list[str] | None = None

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Enter a row, a cell or what is in it."""
        if name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self.row, self.column = int(number) - 1 if number.isdecimal() else self.row + 1, -1
        elif name == "v" and self.kind == "s" and self.strings:
            self.value = []
        elif self.kind == "inlineStr":
            super().begin(name, attributes)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        self.column = column_number(letters) - 1 if letters else self.column + 1
        style = attributes.get("s", "0")
        self.style = int(style) if style.isdecimal() else 0
        self.kind = attributes.get("t", "")
        self.collected, self.font, self.has_font, self.is_struck = [], None, False, False

    def text(self, text: str) -> None:
        """Keep the number of a shared string, or a text of its own."""
        if self.value is not None:
            self.value.append(text)
        elif self.inside:
            super().text(text)

    def end(self, name: str) -> None:
        """Tell a cell with text that is complete."""
        if name == "v" and self.value is not None:
            number = "".join(self.value)
            self.collected = self.strings.get(int(number), []) if number.isdecimal() else []
            self.value = None
        elif name == "c":
            if self.kind in _TEXTS:
                self.tell(self.row, self.column, self.style, self.collected)
            self.kind = ""
        elif self.kind == "inlineStr":
            super().end(name)


def column_number(letters: str) -> int:
    """Give the number of a column from its letters: A is 1, IV is 256."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number

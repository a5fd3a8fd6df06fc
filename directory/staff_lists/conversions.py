"""Which texts of a column are typed with an old font, said by a person, by the font's name or by the letters.

`Tó` is a word of Unicode and, in TCVN3, the word Tú: what stands in the rest of the column decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from directory.staff_lists.cells import Font, Typed
from directory.staff_lists.old_fonts import (
    as_typed,
    decode,
    has_old_letters,
    is_vietnamese,
    told_by_letters,
)
from directory.staff_lists.reasons import N_, Reason, question, repair, warning

_CONVERTED = N_("The row was typed with letters of the old font {font}; it is converted to Unicode. Check the name.")
UNCONFIRMED = N_("The row seems to be typed with letters of the old font {font}. Confirm the conversion of its column.")
_KEPT = N_("Others in this column are typed with letters of the old font {font}; this cell is Unicode and is kept so.")
_EITHER = N_(
    "This cell may be Unicode, or typed with letters of the old font {font} as others in its column are. It is read as"
    " Unicode; correct it if that is wrong."
)
_MAJORITY = 5
Said = Literal["Unicode", "TCVN3", "VNI"] | None


@dataclass(frozen=True)
class Converted:
    """A text that was not Unicode, or stands among such: before and after, in which font, whether that is sure."""

    before: str
    after: str
    font: Font
    is_certain: bool
    """A person said so, or the file formats the cell with such a font and nothing in the column speaks against it."""

    @property
    def is_kept(self) -> bool:
        """Whether it is read as it stands, in a column where others are of an old font."""
        return self.after == self.before


def convert_column(texts: Mapping[int, str], typed: Sequence[Typed], said: Said) -> dict[int, Converted]:
    """Convert what is typed with an old font in a column of texts, given by their rows."""
    if said == "Unicode":
        return {}
    if said is not None and not _speaks_against(texts, said):
        return {row: each for row, text in texts.items() if (each := _as(text, said, is_certain=True))}
    found = _by_letters({row: text for row, text in texts.items() if not text.isascii()})
    if typed:
        found.update(_by_name(texts, typed))
    return found


def kept_among(
    found: Mapping[int, Converted], texts: Mapping[int, str], typed: Sequence[Typed]
) -> dict[int, Converted]:
    """Give the texts with marks that stay as they are in a column of converted ones.

    Not certain is what the font could read as well, unless the file tells the fonts of the column's cells apart.
    """
    if not found:
        return {}
    font: Font = Counter(each.font for each in found.values()).most_common(1)[0][0]
    is_told = bool(typed) and all(each.is_certain for each in found.values())
    return {
        row: Converted(text, text, font, is_told or _as(text, font, is_certain=True) is None)
        for row, text in texts.items()
        if row not in found and not text.isascii()
    }


def remarks_on(converted: Mapping[str, Converted]) -> Iterator[Reason]:
    """Say of a row what was converted in it, the least certain alone, and what was kept; `converted` is by field."""
    typed = [(about, each) for about, each in converted.items() if about != "number"]
    changed = sorted((pair for pair in typed if not pair[1].is_kept), key=lambda pair: pair[1].is_certain)
    for about, each in changed[:1]:
        make, message = (repair, _CONVERTED) if each.is_certain else (question, UNCONFIRMED)
        yield make(message, about, font=each.font)
    for about, each in typed:
        if each.is_kept:
            make, message = (repair, _KEPT) if each.is_certain else (warning, _EITHER)
            yield make(message, about, font=each.font)


def _speaks_against(texts: Mapping[int, str], said: Font) -> bool:
    """Say whether a column is plainly of other letters: what was said of last month's list is then no longer so."""
    told = [told_by_letters(text) for text in texts.values() if not text.isascii()]
    others = sum(each is not None and each != said for each in told)
    return others > _MAJORITY * told.count(said) and 2 * others >= len(told)


def _as(text: str, font: Font, *, is_certain: bool) -> Converted | None:
    """Convert one text, unless it is plain or cannot be of an old font."""
    if text.isascii():
        return None
    before = text
    if told_by_letters(text) == "Unicode":
        before = as_typed(text)
        if told_by_letters(before) != font:
            return None
    after = decode(before, font)
    if after == before or not is_vietnamese(after):
        return None
    return Converted(text, after, font, is_certain)


def _by_letters(texts: Mapping[int, str]) -> dict[int, Converted]:
    """Convert as its own letters say, and then as those of its neighbours do."""
    if not any(map(has_old_letters, texts.values())):
        return {}
    told = {text: told_by_letters(text) for text in set(texts.values())}
    counts = Counter(told[text] for text in texts.values())
    leading: Font = "TCVN3" if counts["TCVN3"] >= counts["VNI"] else "VNI"
    # What was read as Windows text is taken for Unicode at first sight.
    unicode = {text for text, what in told.items() if what == "Unicode" and not _as(text, leading, is_certain=False)}
    # Headings and letterheads may have been typed later than the people below them: they speak for nothing.
    first = min((row for row, text in texts.items() if told[text] == leading), default=0)
    below = sum(1 for row, text in texts.items() if row > first and text in unicode)
    above = max((row for row, text in texts.items() if row < first and text in unicode), default=-1)
    is_old = counts[leading] > _MAJORITY * below
    found: dict[int, Converted] = {}
    for row, text in texts.items():
        what = told[text]
        font: Font | None = what if what == "TCVN3" or what == "VNI" else None  # noqa: PLR1714 - so that types narrow
        if font is None and is_old and row > above and text not in unicode:
            font = leading
        if font is not None and (converted := _as(text, font, is_certain=False)):
            found[row] = converted
    return found


def _by_name(texts: Mapping[int, str], typed: Sequence[Typed]) -> dict[int, Converted]:
    """Convert what the file formats with an old font by its name, text by text."""
    parts: dict[int, list[Typed]] = {}
    for each in typed:
        for row in range(each.top, each.bottom + 1):
            if row in texts and not texts[row].isascii():
                parts.setdefault(row, []).append(each)
    # Where Unicode was typed into cells that are still formatted with an old font, the format says nothing.
    is_certain = not any(told_by_letters(_part(texts[row], each)) == "Unicode" for row, each in _each(parts))
    found: dict[int, Converted] = {}
    for row, said in parts.items():
        before, after = texts[row], ""
        position = 0
        for each in sorted(said, key=lambda part: part.begin):
            end = len(before) if each.end is None else each.end
            piece = before[each.begin : end]
            is_unicode = told_by_letters(piece) == "Unicode"
            decoded = piece if is_unicode else decode(piece, each.font, is_capitals=each.is_capitals)
            after += before[position : each.begin] + decoded
            position = end
        after += before[position:]
        if after != before and is_vietnamese(after):
            found[row] = Converted(before, after, said[0].font, is_certain)
    return found


def _each(parts: Mapping[int, Iterable[Typed]]) -> Iterable[tuple[int, Typed]]:
    return ((row, each) for row, said in parts.items() for each in said)


def _part(text: str, each: Typed) -> str:
    return text[each.begin : each.end]

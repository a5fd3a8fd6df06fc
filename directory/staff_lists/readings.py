"""What a cell says: sex, category, rank and plain texts. What cannot be read for sure is a question."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from directory.naming import fold
from directory.staff_lists.cells import Cell, text_of
from directory.staff_lists.headings import normal
from directory.staff_lists.reasons import N_, Reason, question, warning

Value = TypeVar("Value")

_SEXES = {"nam": "male", "male": "male", "m": "male", "nu": "female", "female": "female", "f": "female"}
_CATEGORIES = (
    (re.compile(r"\b(hop dong|hd|hdld|nd ?68|nd ?111)\b"), "contract"),
    (re.compile(r"\b(vien chuc|vc)\b"), "public_employee"),
    (re.compile(r"\b(cong chuc|cc)\b"), "civil_servant"),
    (re.compile(r"\b(can bo|cb)\b"), "cadre"),
)
_RANK_WITHOUT_ZERO = re.compile(r"\d\.\d{1,3}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_TEXT_LIMIT = 200
DITTO = '"'
"""What is left of a cell of quotation marks only: it says that the one above holds here too."""


@dataclass(slots=True)
class Reading(Generic[Value]):
    """What a cell means, if it could be read, and what is to be said about it."""

    value: Value | None = None
    reasons: Sequence[Reason] = ()


def plain(cell: Cell) -> str:
    """Give a cell as one line of NFC text without what cannot be seen."""
    text = text_of(cell)
    if text.isascii():
        if text.isalnum():
            return text
    else:
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    bare = " ".join(text.split()).strip("'\" \u00a0")
    return bare or (DITTO if '"' in text or "''" in text else "")


def read_sex(cell: Cell) -> Reading[str]:
    """Read a sex from a cell of its own."""
    sex = _SEXES.get(normal(plain(cell)))
    if sex is None:
        return Reading(None, [warning(N_("The sex is neither Nam nor Nữ; it is not recorded."), "sex")])
    return Reading(sex)


def read_category(cell: Cell) -> Reading[str]:
    """Read whether somebody is cadre, civil servant, public employee or under contract."""
    text = normal(plain(cell))
    for pattern, category in _CATEGORIES:
        if pattern.search(text):
            return Reading(category)
    return Reading(None, [warning(N_("The category is not one of the four known; it is not recorded."), "category")])


def read_rank(cell: Cell) -> Reading[str]:
    """Read a rank's code; a spreadsheet that took 01.003 for a number shows 1.003."""
    text = plain(cell)
    if isinstance(cell, float) and _RANK_WITHOUT_ZERO.fullmatch(text):
        whole, _, part = text.partition(".")
        return Reading(f"0{whole}.{part:0<3}")
    return read_text(cell, "rank")


def category_of_rank(rank: str | None) -> str | None:
    """Give the category that a rank's code tells: V.xx.yy.zz is of public employees."""
    return "public_employee" if rank and re.match(r"V\.\d\d", rank) else None


def read_text(cell: Cell, field: str) -> Reading[str]:
    """Read a text on one line."""
    text = plain(cell)
    if len(text) > _TEXT_LIMIT or not text.isprintable():
        return Reading(None, [question(N_("The text is too long or holds signs that cannot be shown."), field)])
    return Reading(text or None)


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names differ at most in case and in where a tone mark stands (hòa, hoà)."""
    return _without_tone_places(one) == _without_tone_places(other)


def _without_tone_places(name: str) -> list[str]:
    """Give each word as its letters with the tone at the end, wherever it was written."""
    parted = unicodedata.normalize("NFD", name.lower())
    words = []
    for word in parted.split():
        tones = "".join(letter for letter in word if letter in "\u0300\u0301\u0303\u0309\u0323")
        letters = "".join(letter for letter in word if letter not in "\u0300\u0301\u0303\u0309\u0323")
        words.append(unicodedata.normalize("NFC", letters) + tones)
    return words


def key_of(name: str) -> str:
    """Give a name or the name of a unit as it is compared: lower case, no marks, no signs."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(name)).split())

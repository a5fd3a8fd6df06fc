"""How typed words find names: the fewer marks are typed, the more names match."""

from __future__ import annotations

import re
import unicodedata

from directory.naming import fold

MOST_WORDS = 8
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_SHAPES = {"a": "aăâ", "e": "eê", "i": "i", "o": "oôơ", "u": "uư", "y": "y", "d": "dđ"}
_OPEN_PAIRS = (("o", "a"), ("o", "e"), ("u", "y"))


def words_of(text: str) -> list[str]:
    """Give the typed words in lower case and NFC; more than eight say nothing more."""
    return unicodedata.normalize("NFC", text).lower().split()[:MOST_WORDS]


def is_marked(word: str) -> bool:
    """Say whether a word was typed with marks, so that it means only some of the names it folds to."""
    return fold(word) != word


def word_pattern(word: str) -> str:
    """Give the regular expression that finds a folded word at the beginning of a word."""
    return r"\m" + re.escape(fold(word))


def marked_pattern(word: str) -> str:
    """Give the regular expression that finds a word typed with marks at the beginning of a word.

    A letter typed with a tone is meant exactly, one without stands for all its tones, and a plain one for its shapes
    too. `hòa` and `hoà` are the same word.
    """
    return r"\m(" + "|".join("".join(map(_letter, each)) for each in spellings(word)) + ")"


def spellings(word: str) -> list[str]:
    """Give the word with its tone on either vowel where both are right: `hòa` and `hoà`."""
    return sorted({word, *_other_placements(word)})


def _tone_of(letter: str) -> str:
    """Give the tone mark of a letter, if it has one."""
    return next((mark for mark in unicodedata.normalize("NFD", letter) if mark in _TONES), "")


def _letter(letter: str) -> str:
    """Give what one typed letter may stand for."""
    if _tone_of(letter) or fold(letter) not in _SHAPES:
        return re.escape(letter)
    shapes = _SHAPES.get(letter, letter)
    tones = ("",) if fold(letter) == "d" else ("", *_TONES)
    return "[" + "".join(sorted(unicodedata.normalize("NFC", shape + tone) for shape in shapes for tone in tones)) + "]"


def _other_placements(word: str) -> list[str]:
    """Give the word with its tone on the other vowel of oa, oe or uy."""
    found: list[str] = []
    for first, second in _OPEN_PAIRS:
        for tone in _TONES:
            early = unicodedata.normalize("NFC", first + tone) + second
            late = first + unicodedata.normalize("NFC", second + tone)
            found += [word.replace(one, other) for one, other in ((early, late), (late, early)) if one in word]
    return found

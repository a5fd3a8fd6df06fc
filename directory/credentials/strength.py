"""How strong a password must be: long, not guessable by zxcvbn, and not made of words that anyone would try here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from zxcvbn_rs_py import zxcvbn

from directory.errors import WeakPassword
from directory.naming import fold

LONGEST = 256
_SCORE = 3
"""zxcvbn's "safely unguessable": at least 10^8 guesses."""
_REST = 4
"""So many letters must be left when known words, digits and signs are taken away."""


def N_(message_id: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a message id where it is written; it is translated where it is shown."""
    return message_id


TOO_SHORT = {
    8: N_("It has fewer than 8 characters."),
    14: N_("It has fewer than 14 characters, which a password without a second factor needs."),
    15: N_("It has fewer than 15 characters, which a password without a second factor needs."),
}
USED_BEFORE = N_("You had it before. Take one that is none of your last 10.")
TOO_LONG = N_("It has more than 256 characters.")
UNPRINTABLE = N_("It holds a character that cannot be typed again.")
KNOWN_WORDS = N_("It is made of your name, your agency, your domain or words that others use as passwords.")
GUESSABLE = N_("It can be guessed quickly. Add another word or two that have nothing to do with each other.")


def weakness(password: str, personal: Iterable[str], least: int) -> str | None:
    """Say why a password is weak for someone with these personal words, or None; no kind of character is demanded."""
    if len(password) < least:
        return TOO_SHORT[least]
    if len(password) > LONGEST:
        return TOO_LONG
    if any(unicodedata.category(character) in {"Cc", "Cs", "Cn"} for character in password):
        return UNPRINTABLE
    own = {part for text in personal for part in _words(text)}
    if _is_known(fold(password), own | common_words()):
        return KNOWN_WORDS
    guessed = zxcvbn(password, sorted(own | common_words()))
    return None if int(guessed.score) >= _SCORE else GUESSABLE


def refuse_weak(password: str, personal: Iterable[str], least: int) -> None:
    """Raise `WeakPassword` with the reason, if there is one."""
    reason = weakness(password, personal, least)
    if reason:
        raise WeakPassword(reason=reason)


def _words(text: str) -> set[str]:
    """Give the words of a name or a domain, each alone and all run together."""
    parts = re.findall(r"[a-z0-9]+", fold(text))
    return {part for part in [*parts, "".join(parts)] if len(part) > 1}


def _is_known(folded: str, words: set[str] | frozenset[str]) -> bool:
    """Say whether hardly a letter is left when known words, digits and signs are taken away."""
    letters = re.sub(r"[^a-z]", "", folded)
    known = sorted((word for word in words if word.isalpha()), key=len, reverse=True)
    rest = re.sub("|".join(known), "", letters)
    return len(rest) < min(_REST, len(letters))


@cache
def common_words() -> frozenset[str]:
    """Give the words that people in Vietnamese offices make passwords of (common_words.txt, product data)."""
    lines = (files(__package__) / "common_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))

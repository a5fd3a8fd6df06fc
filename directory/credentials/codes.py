"""Codes that people read from paper or a screen and type: made, shown in groups, and brought to one spelling."""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters without 0, 1, I and O: five bits each, none mistaken for another."""
_LENGTH = 16
_GROUP = 4
_TYPED_AT_MOST = 64


def make_code() -> str:
    """Make a code of 80 random bits in its one spelling."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))


def shown(code: str) -> str:
    """Show a code in groups of four, as it stands on a slip."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def one_spelling(typed: str) -> str:
    """Give the one spelling of a code as typed: full-width letters, lower case, spaces and dashes are all the same.

    It is the only place where a typed code is changed, so what is compared is also what is stored.
    """
    text = unicodedata.normalize("NFKC", typed[:_TYPED_AT_MOST]).upper()
    return "".join(character for character in text if character.isalnum())


def six_digits(typed: str) -> str | None:
    """Give the one spelling of a code from an authenticator app, or None if it is not six digits."""
    code = one_spelling(typed)
    return code if len(code) == 6 and code.isascii() and code.isdigit() else None  # noqa: PLR2004 - RFC 6238

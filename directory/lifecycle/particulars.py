"""What may stand in an official's record: one check for each field, whoever sends it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from directory.errors import BadValue
from directory.lifecycle.name_parts import PARTS
from directory.naming import normal_name
from directory.officials import CATEGORIES, SEXES
from directory.phones import normal_phone

TEXT_LIMIT = 200
_PERSONAL_ID = re.compile(r"^[0-9]{12}$")
_WORK_PHONE = re.compile(r"^0[0-9]{7,11}$")
_EXTENSION = re.compile(r"^[0-9]{1,6}$")
_IN_NUMBERS = re.compile(r"[\s.()-]")
_MAIL = re.compile(r"^[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]+$")
_OLDEST = date(1900, 1, 1)


def plain_text(field: str, value: str) -> str:
    """Give a text on one line in NFC; control characters and long texts are refused."""
    text = " ".join(unicodedata.normalize("NFC", value).split())
    # What can be printed has no letter of the categories C*; what cannot may be a space, which is no reason.
    is_shown = text.isprintable() or not any(unicodedata.category(letter).startswith("C") for letter in text)
    if len(text) > TEXT_LIMIT or not is_shown:
        raise BadValue(field=field, reason="longer than 200 characters, or with characters that cannot be shown")
    return text


def _matching(pattern: re.Pattern[str], *, reason: str) -> Callable[[str, str], str | None]:
    """Make the check of an optional text by its form."""

    def check(field: str, value: str) -> str | None:
        if value and not pattern.match(value):
            raise BadValue(field=field, reason=reason)
        return value or None

    return check


def _one_of(values: tuple[str, ...], *, reason: str) -> Callable[[str, str], str | None]:
    """Make the check of a choice."""

    def check(field: str, value: str) -> str | None:
        if value not in values:
            raise BadValue(field=field, reason=reason)
        return value

    return check


def _optional_text(field: str, value: str) -> str | None:
    """Check a text that may be missing."""
    return plain_text(field, value) or None


def _phone(field: str, value: str) -> str | None:
    """Check a phone number in any usual form; it is kept in one."""
    number = normal_phone(value)
    if value and number is None:
        raise BadValue(field=field, reason="not a phone number such as 0912 345 678, or +… from abroad")
    return number


def _personal_id(field: str, value: str) -> str | None:
    """Check a personal ID number; spaces and dots between the digits do not count."""
    digits = _IN_NUMBERS.sub("", value)
    if value and not _PERSONAL_ID.match(digits):
        raise BadValue(field=field, reason="a personal ID number has 12 digits")
    return digits or None


def _office_number(field: str, value: str) -> str | None:
    """Check the number of an office; it is kept as digits that begin with 0."""
    digits = re.sub(r"^\+?84(?=\d{8,})", "0", _IN_NUMBERS.sub("", value))
    if value and not _WORK_PHONE.match(digits):
        raise BadValue(field=field, reason="a number of an office has 8 to 12 digits and begins with 0")
    return digits or None


_CHECKS: dict[str, Callable[[str, str], str | None]] = {
    "full_name": lambda _field, value: normal_name(value),
    "title": plain_text,
    "rank": _optional_text,
    "staff_number": _optional_text,
    "category": _one_of(CATEGORIES, reason="not a category of officials"),
    "sex": _one_of(SEXES, reason="neither male nor female"),
    "personal_id": _personal_id,
    "phone": _phone,
    "work_phone": _office_number,
    "extension": _matching(_EXTENSION, reason="an extension has 1 to 6 digits"),
    "family": plain_text,
    "middle": plain_text,
    "given": plain_text,
    "personal_mail": _matching(_MAIL, reason="not an e-mail address"),
}
CHANGEABLE = frozenset({*_CHECKS, "birth_date"})
FIELDS = CHANGEABLE - set(PARTS)
"""What a record says, but for how its name is parted: that follows from the name, unless a person says otherwise."""
EMPTY = frozenset({"title", *PARTS})
"""Fields that are an empty text where they say nothing."""
REQUIRED = frozenset({"full_name", "category"})


def checked(field: str, value: object, today: date) -> str | None:
    """Give the value as it is stored (a birth date in ISO form), or raise `BadValue`; None clears a field."""
    if field not in CHANGEABLE:
        raise BadValue(field=field, reason="not a field of an official")
    if value is None and field not in REQUIRED:
        return "" if field in EMPTY else None
    if field == "birth_date":
        if type(value) is not date or not _OLDEST <= value < today:
            raise BadValue(field=field, reason="not a date between 1900 and today")
        return value.isoformat()
    if not isinstance(value, str):
        raise BadValue(field=field, reason="not a text")
    return _CHECKS[field](field, value)

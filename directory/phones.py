"""Phone numbers as people write them: one spelling for what is the same number."""

from __future__ import annotations

import re

_OLD_PREFIXES = {
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},
    **dict(zip(("0120", "0121", "0122", "0126", "0128"), ("070", "079", "077", "076", "078"), strict=True)),
    **dict(zip(("0123", "0124", "0125", "0127", "0129"), ("083", "084", "085", "081", "082"), strict=True)),
    **dict(zip(("0186", "0188", "0199"), ("056", "058", "059"), strict=True)),
}
"""Prefixes of mobile numbers of 11 digits, of before 2018, and what they became."""
_OLD_DIGITS = 11
_SEPARATORS = re.compile(r"[\s.()_-]")
_COUNTRY = re.compile(r"^(\+84|0084|84(?=\d{9,10}$))0?")
_MOBILE = re.compile(r"0(3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}")
_LANDLINE = re.compile(r"02[0-9]{8,9}")
_ABROAD = re.compile(r"\+(?!84)[1-9][0-9]{7,14}")


def normal_phone(text: str) -> str | None:
    """Give a number in its one spelling: digits from 0 on, or +… if it is abroad; None if it is no number."""
    digits = _SEPARATORS.sub("", text)
    if _ABROAD.fullmatch(digits):
        return digits
    digits = _COUNTRY.sub("0", digits)
    if _is_old(digits):
        digits = _OLD_PREFIXES[digits[:4]] + digits[4:]
    return digits if is_mobile(digits) or is_landline(digits) else None


def without_zero(text: str) -> bool:
    """Say whether the zero before a number is missing: a spreadsheet takes it away."""
    return re.fullmatch(r"[1-9][0-9]{8,9}", _SEPARATORS.sub("", text)) is not None


def has_old_prefix(text: str) -> bool:
    """Say whether a mobile number is written with its prefix of before 2018."""
    return _is_old(_COUNTRY.sub("0", _SEPARATORS.sub("", text)))


def is_mobile(number: str) -> bool:
    """Say whether a number in its one spelling is of a mobile phone."""
    return _MOBILE.fullmatch(number) is not None


def is_landline(number: str) -> bool:
    """Say whether a number in its one spelling is of a telephone with an area code."""
    return _LANDLINE.fullmatch(number) is not None


def _is_old(digits: str) -> bool:
    return len(digits) == _OLD_DIGITS and digits.isascii() and digits[:4] in _OLD_PREFIXES

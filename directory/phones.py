"""Phone numbers as people write them: one spelling for what is the same number."""

from __future__ import annotations

import re

OLD_PREFIXES = {
    **{f"016{digit}": f"03{digit}" for digit in "23456789"},
    **dict(zip(("0120", "0121", "0122", "0126", "0128"), ("070", "079", "077", "076", "078"), strict=True)),
    **dict(zip(("0123", "0124", "0125", "0127", "0129"), ("083", "084", "085", "081", "082"), strict=True)),
    **dict(zip(("0186", "0188", "0199"), ("056", "058", "059"), strict=True)),
}
"""Prefixes of mobile numbers of 11 digits, of before 2018, and what they became."""
_OLD_DIGITS = 11
_SEPARATORS = re.compile(r"[\s.()_-]")
_COUNTRY = re.compile(r"^(\+84|0084|84(?=\d{9,10}$))0?")
_MOBILE = re.compile(r"^0(3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}$")
_LANDLINE = re.compile(r"^02\d{8,9}$")
_ABROAD = re.compile(r"^\+(?!84)[1-9]\d{7,14}$")


def normal_phone(text: str) -> str | None:
    """Give a number in its one spelling: digits from 0 on, or +… if it is abroad; None if it is no number."""
    digits = _SEPARATORS.sub("", text)
    if _ABROAD.match(digits):
        return digits
    digits = _COUNTRY.sub("0", digits)
    if len(digits) == _OLD_DIGITS and digits[:4] in OLD_PREFIXES:
        digits = OLD_PREFIXES[digits[:4]] + digits[4:]
    return digits if _MOBILE.match(digits) or _LANDLINE.match(digits) else None

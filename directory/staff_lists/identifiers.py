"""Personal ID numbers, phone numbers and e-mail addresses, as lists have them."""

from __future__ import annotations

import re
from datetime import date

from directory.phones import has_old_prefix, is_landline, is_mobile, normal_phone, without_zero
from directory.staff_lists.cells import Cell
from directory.staff_lists.readings import Reading, plain
from directory.staff_lists.reasons import N_, Reason, question, repair, warning

_ID_DIGITS = 12
_OLD_CARD_DIGITS = (8, 9)
_WITHOUT_ZEROS = (10, 11)
_PLACES = range(1, 97)
"""The first three digits: one of the 63 provinces of before July 2025 by their numbers, the last of them 096."""
_PERSONAL_ID = re.compile(r"[0-9]{12}")
_SHORTENED = re.compile(r"[\d.,]+e\+?\d+", re.IGNORECASE)

_NOT_AN_ID = N_("A personal ID number has 12 digits. Correct it, in a column formatted as text.")
_OLD_CARD = N_("This is the number of an old identity card. Write the personal ID number of 12 digits.")
_SCIENTIFIC = N_("The spreadsheet has shortened the personal ID number. Format the column as text and type it again.")
_ZEROS = N_("The personal ID number had lost its leading zeros; they are put back.")
_DISAGREES = N_("The personal ID number does not agree with the birth date or the sex. Check them.")
_ZEROS_OR_DIGITS = N_("The personal ID number lacks digits, and not only leading zeros. Correct it.")

_SEVERAL = re.compile(r"\s*(?:[/;,|\n]|\s[-–]\s|\bhoặc\b)\s*")

_BESIDE = re.compile(r"(?<![0-9])((?:\+?84|0)?[1-9][0-9]{8,9})\s+(?=(?:\+84|0)[1-9])")
"""A whole number with another one behind it and only a space between."""

_EXTENSION_WORD = r"(?:(?:số )?(?:máy )?(?:lẻ|nhánh|nội bộ)|máy|ext(?:ension)?)[.:]?"
_EXTENSION = re.compile(rf"(?:{_EXTENSION_WORD} ?)?(?P<extension>[0-9]{{1,6}})", re.IGNORECASE)
_EXTENSION_BEHIND = re.compile(
    rf"(?P<number>.*?[0-9]) ?[-–/,;(]* ?{_EXTENSION_WORD} ?(?P<extension>[0-9]{{1,6}})\)?", re.IGNORECASE
)

_NOT_A_PHONE = N_("The phone number cannot be read. Write it with 10 digits, such as 0912345678.")
_NOT_MOBILE = N_("This is not the number of a mobile phone; it is not recorded.")
_NO_AREA_CODE = N_(
    "The telephone number at work cannot be read; it is not recorded."
    " Write it with its area code, such as 024 3804 4444."
)
_NOT_AN_EXTENSION = N_("An extension has 1 to 6 digits; this one is not recorded.")
_OLD_PREFIX = N_("The phone number had a prefix of before 2018; it is written as today.")
_FIRST_OF_TWO = N_("There are two phone numbers; the first is recorded.")

_MAIL = re.compile(r"[a-z0-9](?:[a-z0-9_+-]|\.(?![.@]))*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII)
_MAIL_LIMIT = 190
_NOT_A_MAIL = N_("The e-mail address has a typing error. Correct it; it is never guessed.")
_CUT_DOMAIN = N_("The domain of the e-mail address is cut off. Write the address out; it is never guessed.")


def read_personal_id(cell: Cell) -> Reading[str]:
    """Read a personal ID number, with the zeros back that spreadsheets take away."""
    if isinstance(cell, str) and _PERSONAL_ID.fullmatch(cell):
        return Reading(cell)
    text = plain(cell)
    if _SHORTENED.fullmatch(text):
        return Reading(None, [question(_SCIENTIFIC, "personal_id")])
    digits = re.sub(r"[\s.\-']", "", text)
    if not re.fullmatch(r"[0-9]+", digits):
        return Reading(None, [question(_NOT_AN_ID, "personal_id")])
    if len(digits) in _OLD_CARD_DIGITS:
        return Reading(None, [question(_OLD_CARD, "personal_id")])
    is_padded = len(digits) in _WITHOUT_ZEROS
    digits = digits.zfill(_ID_DIGITS) if is_padded else digits
    if len(digits) != _ID_DIGITS or (is_padded and int(digits[:3]) not in _PLACES):
        return Reading(None, [question(_NOT_AN_ID, "personal_id")])
    return Reading(digits, [repair(_ZEROS, "personal_id")] if is_padded else [])


def compared(reading: Reading[str], birth: date | None, sex: str | None) -> Reading[str]:
    """Hold a personal ID number against the birth date and the sex beside it (digit 4, digits 5 and 6).

    Corrected records exist, so a difference is a warning; where zeros were put back it means that they are not what
    was lost, so the number that came of it is nobody's.
    """
    if reading.value is None:
        return reading
    century_and_sex, year = int(reading.value[3]), int(reading.value[4:6])
    differs = (birth is not None and birth.year != 1900 + 100 * (century_and_sex // 2) + year) or (
        sex is not None and sex != ("male", "female")[century_and_sex % 2]
    )
    if not differs:
        return reading
    if reading.reasons:
        return Reading(None, [question(_ZEROS_OR_DIGITS, "personal_id")])
    return Reading(reading.value, [warning(_DISAGREES, "personal_id")])


def read_phone(cell: Cell) -> Reading[str]:
    """Read a mobile number, as 10 digits that begin with 0."""
    if isinstance(cell, str) and is_mobile(cell):
        return Reading(cell)
    text, said = _first_of(plain(cell), "phone")
    if has_old_prefix(text):
        said.append(repair(_OLD_PREFIX, "phone"))
    number = normal_phone(text) or ""
    if is_mobile(number):
        return Reading(number, said)
    if is_landline(number):
        return Reading(None, [warning(_NOT_MOBILE, "phone")])
    return Reading(None, [question(_NOT_A_PHONE, "phone")])


def read_office_phone(cell: Cell) -> Reading[tuple[str, str | None]]:
    """Read the telephone at work: its number, and the extension if one stands behind it.

    It is no question: a list of a whole office has its few numbers without an area code, and nobody is told by them.
    """
    text = plain(cell)
    behind = _EXTENSION_BEHIND.fullmatch(text)
    text, said = _first_of(behind["number"] if behind else text, "work_phone")
    number = normal_phone(text)
    if number is None or not (is_landline(number) or is_mobile(number)):
        return Reading(None, [warning(_NO_AREA_CODE, "work_phone")])
    return Reading((number, behind["extension"] if behind else None), said)


def read_extension(cell: Cell) -> Reading[str]:
    """Read an extension, with or without the word for it."""
    found = _EXTENSION.fullmatch(plain(cell))
    if found is None:
        return Reading(None, [warning(_NOT_AN_EXTENSION, "extension")])
    return Reading(found["extension"])


def _first_of(text: str, field: str) -> tuple[str, list[Reason]]:
    """Give the first of the numbers of a cell, with the zero that a spreadsheet took away from it."""
    numbers = [each for each in _SEVERAL.split(_BESIDE.sub(r"\1;", text)) if each]
    first = numbers[0] if numbers else ""
    said = [repair(_FIRST_OF_TWO, field)] if len(numbers) > 1 else []
    return f"0{first}" if without_zero(first) else first, said


def read_mail(cell: Cell, field: str) -> Reading[str]:
    """Read an e-mail address; one with a typing error is a question."""
    address = plain(cell).removeprefix("mailto:").lower()
    if not _MAIL.fullmatch(address) or len(address) > _MAIL_LIMIT:
        return Reading(None, [question(_NOT_A_MAIL, field)])
    domain = address.partition("@")[2]
    if domain in ("gov.vn", "gmail.co", "gmail.vn") or domain.endswith((".gov", ".gov.v")):
        return Reading(None, [question(_CUT_DOMAIN, field)])
    return Reading(address)

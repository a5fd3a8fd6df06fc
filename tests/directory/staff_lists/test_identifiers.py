"""Personal ID numbers, phones and e-mail addresses as lists have them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.staff_lists.cells import Cell
from directory.staff_lists.identifiers import (
    compared,
    read_extension,
    read_mail,
    read_office_phone,
    read_personal_id,
    read_phone,
)

IDS: dict[Cell, tuple[str | None, list[str]]] = {
    "036085000001": ("036085000001", []),
    " 036 085 000 001 ": ("036085000001", []),
    "'036085000001": ("036085000001", []),
    "036.085.000.001": ("036085000001", []),
    36085000001.0: ("036085000001", ["repair"]),
    "36085000001": ("036085000001", ["repair"]),
    1085000001.0: ("001085000001", ["repair"]),
    79123456789.0: ("079123456789", ["repair"]),
    "123456789": (None, ["question"]),
    12345678.0: (None, ["question"]),
    "99085000001": (None, ["question"]),
    "9985000001": ("009985000001", ["repair"]),
    "0360850000011": (None, ["question"]),
    "3.60850E+10": (None, ["question"]),
    "3,6085E+10": (None, ["question"]),
    "03608500000O": (None, ["question"]),
    "chưa có": (None, ["question"]),
    "٠٣٦٠٨٥٠٠٠٠٠١": (None, ["question"]),
}
PHONES: dict[Cell, tuple[str | None, list[str]]] = {
    "0912345678": ("0912345678", []),
    912345678.0: ("0912345678", []),
    "+84 912 345 678": ("0912345678", []),
    "84912345678": ("0912345678", []),
    "0084912345678": ("0912345678", []),
    "(+84) 0912345678": ("0912345678", []),
    "+84(0)912345678": ("0912345678", []),
    "0912.345.678": ("0912345678", []),
    "0912-345-678": ("0912345678", []),
    "01682345678": ("0382345678", ["repair"]),
    "1682345678": ("0382345678", ["repair"]),
    "+841682345678": ("0382345678", ["repair"]),
    "01201234567": ("0701234567", ["repair"]),
    "01211234567": ("0791234567", ["repair"]),
    "01291234567": ("0821234567", ["repair"]),
    "01861234567": ("0561234567", ["repair"]),
    "01991234567": ("0591234567", ["repair"]),
    "0912345678/0987654321": ("0912345678", ["repair"]),
    "0912345678 - 0987654321": ("0912345678", ["repair"]),
    "0912345678; 0987654321": ("0912345678", ["repair"]),
    "02383123456": (None, ["warning"]),
    "024 3825 1234": (None, ["warning"]),
    "0212345678": (None, ["warning"]),
    "091234567": (None, ["question"]),
    "09123456789": (None, ["question"]),
    "không có": (None, ["question"]),
    "01601234567": (None, ["question"]),
    "0112345678": (None, ["question"]),
}
OFFICE_PHONES: dict[Cell, tuple[tuple[str, str | None] | None, list[str]]] = {
    "02438044444": (("02438044444", None), []),
    "024 3804.4444": (("02438044444", None), []),
    2438044444.0: (("02438044444", None), []),
    "+84 24 3804 4444": (("02438044444", None), []),
    "(0219) 3866-555": (("02193866555", None), []),
    "0912345678": (("0912345678", None), []),
    "02438044444 (máy lẻ 123)": (("02438044444", "123"), []),
    "024.38044444 - máy lẻ: 123": (("02438044444", "123"), []),
    "024 38044444 ext 12": (("02438044444", "12"), []),
    "02438044444, Nội bộ 7": (("02438044444", "7"), []),
    "024 3804 4444 - 5555": (("02438044444", None), ["repair"]),
    "02438044444; 02438044445": (("02438044444", None), ["repair"]),
    "38044444": (None, ["warning"]),
    "1900 1234": (None, ["warning"]),
    "+1 202 555 0100": (None, ["warning"]),
    "không có": (None, ["warning"]),
}
EXTENSIONS: dict[Cell, tuple[str | None, list[str]]] = {
    "123": ("123", []),
    123.0: ("123", []),
    "007": ("007", []),
    "Máy lẻ 12": ("12", []),
    "ext. 12": ("12", []),
    "1234567": (None, ["warning"]),
    "12/13": (None, ["warning"]),
    "không": (None, ["warning"]),
}
MAILS: dict[Cell, tuple[str | None, list[str]]] = {
    "annv@tinh.gov.vn": ("annv@tinh.gov.vn", []),
    " AnNV@Tinh.GOV.vn ": ("annv@tinh.gov.vn", []),
    "mailto:annv@tinh.gov.vn": ("annv@tinh.gov.vn", []),
    "an.nv_1-2@so.tinh.gov.vn": ("an.nv_1-2@so.tinh.gov.vn", []),
    "an+x@gmail.com": ("an+x@gmail.com", []),
    "annv@tinh,gov.vn": (None, ["question"]),
    "annv@tinh..gov.vn": (None, ["question"]),
    "an..nv@tinh.gov.vn": (None, ["question"]),
    "annv.@tinh.gov.vn": (None, ["question"]),
    "annv@.tinh.gov.vn": (None, ["question"]),
    "annv@@tinh.gov.vn": (None, ["question"]),
    "an nv@tinh.gov.vn": (None, ["question"]),
    "annv@tinh.gov": (None, ["question"]),
    "annv@sonla.gov": (None, ["question"]),
    "annv@gov.vn": (None, ["question"]),
    "annv@tinh.gov.v": (None, ["question"]),
    "ánnv@tinh.gov.vn": (None, ["question"]),
    "annv＠tinh.gov.vn": (None, ["question"]),
    "annvtinh.gov.vn": (None, ["question"]),
    "a@tinh.gov.vn; b@tinh.gov.vn": (None, ["question"]),
    "annv@tinh.gov.vn.": (None, ["question"]),
    "@tinh.gov.vn": (None, ["question"]),
    "không": (None, ["question"]),
}


@pytest.mark.parametrize(("cell", "expected"), IDS.items(), ids=map(repr, IDS))
def test_personal_id_numbers(cell: Cell, expected: tuple[str | None, list[str]]) -> None:
    """Lost zeros are put back; whatever lacks more is asked."""
    reading = read_personal_id(cell)

    assert (reading.value, [reason.level for reason in reading.reasons]) == expected


@pytest.mark.parametrize(("cell", "expected"), PHONES.items(), ids=map(repr, PHONES))
def test_phone_numbers(cell: Cell, expected: tuple[str | None, list[str]]) -> None:
    """Mobile numbers of every form and of before 2018 are read; whatever else is noted or asked."""
    reading = read_phone(cell)

    assert (reading.value, [reason.level for reason in reading.reasons]) == expected


@pytest.mark.parametrize(("cell", "expected"), OFFICE_PHONES.items(), ids=map(repr, OFFICE_PHONES))
def test_telephones_at_work(cell: Cell, expected: tuple[tuple[str, str | None] | None, list[str]]) -> None:
    """A number with its area code is read, with the extension behind it; any other is noted and holds nothing up."""
    reading = read_office_phone(cell)

    assert (reading.value, [reason.level for reason in reading.reasons]) == expected


@pytest.mark.parametrize(("cell", "expected"), EXTENSIONS.items(), ids=map(repr, EXTENSIONS))
def test_extensions(cell: Cell, expected: tuple[str | None, list[str]]) -> None:
    """An extension is 1 to 6 digits, with or without the word for it."""
    reading = read_extension(cell)

    assert (reading.value, [reason.level for reason in reading.reasons]) == expected


@pytest.mark.parametrize(("cell", "expected"), MAILS.items(), ids=map(repr, MAILS))
def test_mail_addresses(cell: Cell, expected: tuple[str | None, list[str]]) -> None:
    """An address with a typing error is never put right by itself."""
    reading = read_mail(cell, "address")

    assert (reading.value, [reason.level for reason in reading.reasons]) == expected


@pytest.mark.parametrize(
    ("cell", "birth", "sex", "expected"),
    [
        ("036085000001", date(1985, 3, 2), "male", ("036085000001", [])),
        ("036085000001", None, None, ("036085000001", [])),
        ("036185000001", None, "female", ("036185000001", [])),
        ("036304000001", date(2004, 3, 2), "female", ("036304000001", [])),
        ("036085000001", date(1986, 3, 2), "male", ("036085000001", ["warning"])),
        ("036085000001", date(1985, 3, 2), "female", ("036085000001", ["warning"])),
        (36085000001.0, date(1985, 3, 2), "male", ("036085000001", ["repair"])),
        (36085000001.0, date(1958, 3, 2), "male", (None, ["question"])),
        ("06807950013", date(1979, 5, 1), "male", (None, ["question"])),
    ],
)
def test_number_and_person_are_compared(
    cell: Cell, birth: date | None, sex: str | None, expected: tuple[str | None, list[str]]
) -> None:
    """A number that does not agree is noted; where zeros had been put back it is asked, and nothing else is said."""
    reading = compared(read_personal_id(cell), birth, sex)

    assert (reading.value, [reason.level for reason in reading.reasons]) == expected


@given(place=st.integers(1, 96), rest=st.integers(0, 999_999_999))
def test_any_number_survives_the_spreadsheet(place: int, rest: int) -> None:
    """Whatever province a number is of, it comes back from the float that a spreadsheet made of it."""
    digits = f"{place:03}{rest:09}"

    assert read_personal_id(float(digits)).value == digits


@given(text=st.text(max_size=24))
def test_nothing_but_well_formed_values_comes_out(text: str) -> None:
    """Whatever stands in a cell, a value that comes out has its one form."""
    number, phone = read_personal_id(text).value, read_phone(text).value

    assert number is None or (len(number) == 12 and number.isascii() and number.isdigit())
    assert phone is None or (len(phone) == 10 and phone.isascii() and phone.isdigit())


@given(text=st.one_of(st.text(max_size=40), st.text("ab.@,+-vn", max_size=20)))
def test_no_mail_with_a_doubtful_spelling_comes_out(text: str) -> None:
    """Whatever is typed, an address that comes out is plain ASCII with one @ and no dots beside each other."""
    address = read_mail(text, "address").value

    assert address is None or (address.isascii() and address.count("@") == 1 and ".." not in address)

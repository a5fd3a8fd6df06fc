"""Names, sexes, categories and ranks as lists have them."""

from __future__ import annotations

import pytest

from directory.staff_lists.cells import Cell
from directory.staff_lists.names import NameReader, read_name, uses_courtesies
from directory.staff_lists.readings import (
    category_of_rank,
    is_same_name,
    read_category,
    read_rank,
    read_sex,
)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Nguyễn Văn An", "Nguyễn Văn An"),
        ("  Nguyễn   Văn\nAn ", "Nguyễn Văn An"),
        ("NGUYỄN VĂN AN", "Nguyễn Văn An"),
        ("Nguye\u0302\u0303n Va\u0306n An", "Nguyễn Văn An"),
        ("Ðào Thị Ðan", "Đào Thị Đan"),
        ("Ɖinh Văn An", "Đinh Văn An"),
        ("H’Linh Byă", "H'Linh Byă"),
        ("K'Brêu", "K'Brêu"),
        ("Y Thanh", "Y Thanh"),
        ("Ông Nguyễn Văn An", "Nguyễn Văn An"),
        ("Bà: Trần Thị Bình", "Trần Thị Bình"),
        ("Bà Trần Bình", "Trần Bình"),
        ("Ông Ích Khiêm", "Ông Ích Khiêm"),
        ("Đ/c Nguyễn Văn An", "Nguyễn Văn An"),
        ("ThS. Nguyễn Văn An", "Nguyễn Văn An"),
        ("PGS.TS. Nguyễn Văn An", "Nguyễn Văn An"),
        ("Tsai Văn An", "Tsai Văn An"),
        ("Th.S Nguyễn Văn An", "Nguyễn Văn An"),
        ("Bác sĩ Nguyễn Văn An", "Nguyễn Văn An"),
        ("Bs Nguyễn Văn An", "Nguyễn Văn An"),
    ],
)
def test_names_that_are_read(written: str, name: str) -> None:
    """A name has one spelling; what stands before it is left out."""
    assert read_name(written).value == name


@pytest.mark.parametrize("written", ["Nguyễn Văn An (nghỉ)", "Nguyễn Văn 2", "123", "Nguyễn@An", "…"])
def test_names_that_are_asked(written: str) -> None:
    """What is more than a name is a question."""
    reading = read_name(written)

    assert (reading.value, [reason.level for reason in reading.reasons]) == (None, ["question"])


def test_a_courtesy_is_told_by_the_list() -> None:
    """Ông before two words is a family name, unless the list writes Ông and Bà elsewhere too."""
    habit = uses_courtesies(["Ông Lê Anh", "Bà Trần Bình"])

    assert habit
    assert not uses_courtesies(["Ông Lê Anh", "Trần Bình"])
    assert read_name("Ông Lê Anh", has_courtesies=habit).value == "Lê Anh"
    assert read_name("Ông Lê Anh").value == "Ông Lê Anh"


def test_a_list_is_read_name_by_name() -> None:
    """Words that were read once need not be looked at again, and a form of address is still found among them."""
    reader = NameReader(has_courtesies=True)

    names = [reader.read(each).value for each in ("Nguyễn Văn An", "Lê Ông Bà", "Văn An", "Ông Văn An", "Ts Văn An")]

    assert names == ["Nguyễn Văn An", "Lê Ông Bà", "Văn An", "Văn An", "Văn An"]


@pytest.mark.parametrize(
    ("cell", "sex"), [("Nam", "male"), ("NỮ", "female"), ("nu", "female"), ("F", "female"), ("x", None), (1.0, None)]
)
def test_sexes(cell: Cell, sex: str | None) -> None:
    """Nam and Nữ are read; anything else is not recorded."""
    assert read_sex(cell).value == sex


@pytest.mark.parametrize(
    ("cell", "category"),
    [
        ("Công chức", "civil_servant"),
        ("Viên chức", "public_employee"),
        ("Cán bộ", "cadre"),
        ("HĐLĐ", "contract"),
        ("Hợp đồng 68", "contract"),
        ("Viên chức hợp đồng", "contract"),
        ("khác", None),
    ],
)
def test_categories(cell: Cell, category: str | None) -> None:
    """The four categories are told by their words."""
    assert read_category(cell).value == category


@pytest.mark.parametrize(
    ("cell", "rank"),
    [
        ("01.003", "01.003"),
        (1.003, "01.003"),
        (1.01, "01.010"),
        (13.095, "13.095"),
        ("V.07.01.03", "V.07.01.03"),
        ("Chuyên viên", "Chuyên viên"),
    ],
)
def test_ranks(cell: Cell, rank: str) -> None:
    """A rank that the spreadsheet took for a number gets its zeros back."""
    assert read_rank(cell).value == rank


def test_a_rank_tells_public_employees() -> None:
    """Codes that begin with V are those of public employees; of others nothing is told."""
    assert [category_of_rank(rank) for rank in ("V.07.01.03", "01.003", None)] == ["public_employee", None, None]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Nguyễn Thị Hòa", "Nguyễn Thị Hoà", True),
        ("Lê Thúy", "LÊ THUÝ", True),
        ("Lê Thúy", "Lê Thùy", False),
        ("Lê An", "Lê Ân", False),
        ("Lê An", "Lê An Bình", False),
    ],
)
def test_names_that_differ_only_in_spelling(one: str, other: str, *, is_same: bool) -> None:
    """Where the tone mark stands makes no other name; which mark it is does."""
    assert is_same_name(one, other) is is_same

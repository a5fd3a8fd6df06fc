"""Which unit a list means by a name."""

from __future__ import annotations

import pytest

from directory.staff_lists.units import Node, Units, units_of

AGENCY = Node(1, "Sở Nội vụ", "SNV", "H36.05")
BELOW = [
    Node(2, "Phòng Tổ chức – Hành chính", "TCHC"),
    Node(3, "Văn phòng Sở"),
    Node(4, "Chi cục Văn thư"),
    Node(5, "Phòng Kế toán"),
    Node(6, "Phòng Kế toán", code="H36.05.06"),
]


def units(*, may_found: bool = False) -> Units:
    """Give the units of a department."""
    return units_of(AGENCY, BELOW, may_found=may_found)


@pytest.mark.parametrize(
    "written",
    [
        "Phòng Tổ chức – Hành chính",
        "PHÒNG TỔ CHỨC - HÀNH CHÍNH",
        "phong to chuc hanh chinh",
        "P. Tổ chức-Hành chính",
        "TCHC",
    ],
)
def test_one_unit_by_every_name(written: str) -> None:
    """Case, marks, dashes and the usual abbreviations make no other unit."""
    assert units().target(written).agency_id == 2


@pytest.mark.parametrize(
    "written", [None, "", "Sở Nội vụ", "SNV", "H36.05", "Lãnh đạo Sở", "Ban Giám đốc", "BAN LÃNH ĐẠO", "–"]
)
def test_no_unit_in_particular(written: str | None) -> None:
    """The agency itself, or its leaders, is no move anywhere."""
    target = units().target(written)

    assert (target.agency_id, target.new_unit, target.reasons) == (None, None, ())


def test_two_units_of_one_name() -> None:
    """Which of two is asked; the code of one of them answers."""
    target = units().target("Phòng Kế toán")

    assert [reason.level for reason in target.reasons] == ["question"]
    assert units().target("H36.05.06").agency_id == 6


def test_unknown_unit() -> None:
    """Who may add units has a new one planned; for others it is noted, and the person stays with the agency."""
    founder, other = units(may_found=True).target("PHÒNG PHÁP CHẾ"), units().target("PHÒNG PHÁP CHẾ")

    assert (founder.new_unit, founder.reasons) == ("Phòng pháp chế", ())
    assert (other.new_unit, [reason.level for reason in other.reasons]) == (None, ["warning"])

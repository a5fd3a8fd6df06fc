"""Where the made-up people work: real names and codes of agencies, far fewer than there are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_FILE = Path(__file__).parent / "provinces34.tsv"
_MEMBER = re.compile(r"([^,(]+)\((\d\d);(H\d\d);([a-z0-9.-]+)\)")


@dataclass(frozen=True)
class Place:
    """An agency of the sample with those below it."""

    kind: str
    name: str
    code: str | None = None
    short_name: str | None = None
    domain: str | None = None
    people: int = 0
    """How many work in it, not counting those below."""
    with_account: float = 1.0
    """The share of them with an account; the first four have one in any case."""
    posts: int = 0
    """The declared headcount with everything below; 0: none is declared."""
    below: tuple[Place, ...] = ()

    @property
    def leaders(self) -> tuple[str, str]:
        """Give the titles of the head and the deputy."""
        return _LEADERS[self.name.split()[0]]


@dataclass(frozen=True)
class Province:
    """A province as the table has it; `members` are the former ones, (name, code, domain), without its own."""

    name: str
    kind: str
    code: str
    statistical_code: str
    domain: str
    members: list[tuple[str, str, str]] = field(default_factory=list)


def provinces() -> dict[str, Province]:
    """Give all provinces by their identifier code."""
    found: dict[str, Province] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        statistical, name, kind, code, domain, _, _, merged = line.split("\t")
        members = [
            (old.strip(), old_code, old_domain)
            for old, _, old_code, old_domain in _MEMBER.findall(merged)
            if old_code != code
        ]
        found[code] = Province(name, kind, code, statistical, domain, members)
    return found


_DEPARTMENTS = (
    ("01", "Văn phòng Ủy ban nhân dân tỉnh", "VPUB"),
    ("02", "Sở Nông nghiệp và Môi trường", "SNNMT"),
    ("03", "Sở Tài chính", "STC"),
    ("04", "Sở Công Thương", "SCT"),
    ("05", "Sở Nội vụ", "SNV"),
    ("06", "Sở Khoa học và Công nghệ", "SKHCN"),
    ("07", "Sở Y tế", "SYT"),
    ("08", "Thanh tra tỉnh", "TTT"),
)
UNITS = ("Văn phòng", "Phòng Tổ chức cán bộ", "Phòng Kế hoạch - Tài chính", "Phòng Nghiệp vụ")
"""The units of each department."""
_COMMUNES = {
    "H36": ("Phường Xuân Hương - Đà Lạt", "Xã Đức Trọng", "Xã Đam Rông 1", "Đặc khu Phú Quý"),
    "H49": ("Phường Hồng Gai", "Phường Bãi Cháy", "Xã Quảng Hà", "Đặc khu Cô Tô"),
    "H27": ("Phường Thành Sen", "Phường Sông Trí", "Xã Can Lộc", "Xã Hương Khê"),
}
_MINISTRIES = (
    ("G06", "Bộ Khoa học và Công nghệ", "BKHCN", "mst.gov.vn"),
    ("G09", "Bộ Nội vụ", "BNV", "moha.gov.vn"),
)
_OFFICES = (("01", "Văn phòng Bộ", "VP"), ("02", "Vụ Tổ chức cán bộ", "TCCB"), ("03", "Trung tâm Thông tin", "TTTT"))
_LEADERS = {
    "Bộ": ("Bộ trưởng", "Thứ trưởng"),
    "Tỉnh": ("Chủ tịch Ủy ban nhân dân", "Phó Chủ tịch Ủy ban nhân dân"),
    "Phường": ("Chủ tịch Ủy ban nhân dân", "Phó Chủ tịch Ủy ban nhân dân"),
    "Xã": ("Chủ tịch Ủy ban nhân dân", "Phó Chủ tịch Ủy ban nhân dân"),
    "Đặc": ("Chủ tịch Ủy ban nhân dân", "Phó Chủ tịch Ủy ban nhân dân"),
    "Sở": ("Giám đốc Sở", "Phó Giám đốc Sở"),
    "Văn": ("Chánh Văn phòng", "Phó Chánh Văn phòng"),
    "Thanh": ("Chánh Thanh tra", "Phó Chánh Thanh tra"),
    "Vụ": ("Vụ trưởng", "Phó Vụ trưởng"),
    "Trung": ("Giám đốc Trung tâm", "Phó Giám đốc Trung tâm"),
    "Phòng": ("Trưởng phòng", "Phó Trưởng phòng"),
}
"""Titles of head and deputy by the first word of the agency's name."""
MAIN, MAIN_DOMAIN = "H36.05", "sonoivu.lamdong.gov.vn"
"""The department of the main job; it has a mail domain of its own, all others use the one above."""
_CHOSEN = ("H36", "H49", "H27")
"""Lâm Đồng, merged in 2025 from three provinces, and two that were not merged."""


def places() -> list[Place]:
    """Give the agencies of the sample, those at the top with everything below."""
    known = provinces()
    return [_ministry(*ministry) for ministry in _MINISTRIES] + [_province(known[code]) for code in _CHOSEN]


def _ministry(code: str, name: str, short_name: str, domain: str) -> Place:
    """Lay out a ministry."""
    offices = tuple(
        Place("department", office, f"{code}.{number}", short, people=30, with_account=0.95, posts=32)
        for number, office, short in _OFFICES
    )
    return Place("ministry", name, code, short_name, domain, people=4, below=offices)


def _province(province: Province) -> Place:
    """Lay out a province: its departments with their units, and some communes."""
    departments = tuple(_department(province.code, *department) for department in _DEPARTMENTS)
    communes = tuple(
        Place("commune", name, f"{province.code}.{100 + number}", people=21, with_account=0.6, posts=25)
        for number, name in enumerate(_COMMUNES[province.code], start=1)
    )
    name = f"{province.kind.capitalize()} {province.name}"
    return Place("province", name, province.code, domain=province.domain, people=5, below=(*departments, *communes))


def _department(province: str, number: str, name: str, short_name: str) -> Place:
    """Lay out a department of a province; the main one has posts for the people of the list that comes in."""
    code = f"{province}.{number}"
    units = tuple(Place("unit", unit, people=7, with_account=0.9) for unit in UNITS)
    is_main = code == MAIN
    domain = MAIN_DOMAIN if is_main else None
    return Place("department", name, code, short_name, domain, people=4, posts=540 if is_main else 34, below=units)

"""In which order the people of an agency stand in its telephone list: who leads first, then by words of titles."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Integer, case, cast, func

from directory.appointments import Appointment

_LEADS = (
    "chu tich|bi thu|bo truong|tong giam doc|giam doc|chanh an|chanh thanh tra|chanh van phong|vien truong"
    "|tong cuc truong|cuc truong|chi cuc truong|vu truong|hieu truong|truong dai dien"
)
_LEVELS = (
    rf"^(quyen |q[.] ?)?({_LEADS})\M",
    rf"^(thu truong|pho ({_LEADS}))\M",
    r"^(quyen |q[.] ?)?(truong|to truong|doi truong|tram truong|ke toan truong)\M",
    r"^pho\M",
)
"""Folded beginnings of titles: who leads an agency, the deputies, who leads a division of it, the deputies there."""


def seniority() -> ColumnElement[int]:
    """Give how far down a post stands in its agency: 0 is its head, 5 are those without a leading title."""
    title = func.fold(Appointment.title)
    levels = ((title.op("~")(level), place) for place, level in enumerate(_LEVELS, start=1))
    return cast(case((Appointment.is_head, 0), *levels, else_=len(_LEVELS) + 1), Integer)

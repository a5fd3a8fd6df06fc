"""People that nobody is, drawn with a fixed seed from how often parts of names occur."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random

_FILE = Path(__file__).parent / "vn_name_parts.tsv"
_OLDEST, _YOUNGEST = date(1967, 1, 1), date(2002, 12, 31)
_RANKS = (("Chuyên viên", "01.003"), ("Chuyên viên chính", "01.002"), ("Cán sự", "01.004"))
_RANK_WEIGHTS = (70, 20, 10)
_HIGHLAND_NAMES = ("K'Brêu", "K'Thu", "Ka Hường", "H'Linh Byă", "H'Mai Niê", "Y Thanh Niê", "Y Thoan", "Giàng A Páo")
"""Forms of names that a service for Viet Nam must not stumble over; they are given as they stand."""
_ONE_IN = 40
_WITH_THI, _WITH_VAN = 0.6, 0.4
"""The shares of women with the middle name Thị and of men with Văn, about as they are."""


@dataclass(frozen=True)
class Made:
    """A made-up person."""

    full_name: str
    sex: str
    birth_date: date
    serial: int
    phone: str
    title: str
    rank: str

    def personal_id(self, place: str) -> str:
        """Give a 12-digit personal ID as QCVN has it: place, century with sex, year of birth, serial."""
        century = 2 * (self.birth_date.year // 100 - 19) + (self.sex == "female")
        return f"{place}{century}{self.birth_date:%y}{self.serial:06}"


def people(random: Random, first_serial: int = 1) -> Iterator[Made]:
    """Make up people without end, each with the next serial."""
    for serial in count(first_serial):
        sex = random.choice(("male", "female"))
        title, rank = random.choices(_RANKS, _RANK_WEIGHTS)[0]
        yield Made(
            full_name=_name(random, sex),
            sex=sex,
            birth_date=_OLDEST + timedelta(days=random.randrange((_YOUNGEST - _OLDEST).days)),
            serial=serial,
            phone=f"09{random.randrange(10**8):08}",
            title=title,
            rank=rank,
        )


def _name(random: Random, sex: str) -> str:
    """Draw a name: with Thị or Văn in the middle as often as it happens, or with another middle name."""
    if random.randrange(_ONE_IN) == 0:
        return random.choice(_HIGHLAND_NAMES)
    family = _draw(random, "family")
    if sex == "female" and random.random() < _WITH_THI:
        return f"{family} Thị {_draw(random, 'given_thi')}"
    if sex == "male" and random.random() < _WITH_VAN:
        return f"{family} Văn {_draw(random, 'given_van')}"
    return f"{family} {_draw(random, 'middle')} {_draw(random, 'given')}"


def _draw(random: Random, part: str) -> str:
    """Draw one part of a name by its count."""
    values, running = _parts()[part]
    return random.choices(values, cum_weights=running)[0]


@cache
def _parts() -> dict[str, tuple[list[str], list[int]]]:
    """Give values and running totals of their counts by part of the name: a drawing then adds nothing up."""
    found: dict[str, tuple[list[str], list[int]]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            part, value, number = line.split("\t")
            values, counts = found.setdefault(part, ([], []))
            values.append(value)
            counts.append((counts[-1] if counts else 0) + int(number))
    return found

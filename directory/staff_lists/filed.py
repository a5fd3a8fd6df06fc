"""What the directory has on file of an official, opened field by field: a list of thousands compares few of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from directory.keys import Keys
from directory.officials import Official

COLUMNS = (
    Official.id,
    Official.public_id,
    Official.full_name,
    Official.sex,
    Official.category,
    Official.staff_number,
    Official.work_phone,
    Official.extension,
    Official.personal_id,
    Official.birth_date,
    Official.phone,
    Official.personal_mail,
)
"""The columns of which `Filed` is made."""


class Filed:
    """The directory's record of an official in the form of a row's."""

    __slots__ = (
        "_keys",
        "_number",
        "_public",
        "_sealed",
        "category",
        "extension",
        "full_name",
        "rank",
        "sex",
        "staff_number",
        "title",
        "work_phone",
    )

    def __init__(
        self, keys: Keys, columns: Sequence[Any], title: str | None, rank: str | None, number: str | None = None
    ) -> None:
        self._keys, self._number = keys, number
        self.title, self.rank = title, rank
        _, self._public, self.full_name, self.sex, self.category, *others = columns
        self.staff_number, self.work_phone, self.extension, *self._sealed = others

    @property
    def personal_id(self) -> str | None:
        """The personal ID number."""
        return self._number or self._opened(0, "officials.personal_id")

    @property
    def birth_date(self) -> date | None:
        """The birth date."""
        born = self._opened(1, "officials.birth_date")
        return date.fromisoformat(born) if born else None

    @property
    def phone(self) -> str | None:
        """The mobile number."""
        return self._opened(2, "officials.phone")

    @property
    def personal_mail(self) -> str | None:
        """The personal e-mail address."""
        return self._opened(3, "officials.personal_mail")

    def _opened(self, place: int, purpose: str) -> str | None:
        sealed = self._sealed[place]
        return self._keys.open(sealed, purpose, self._public) if sealed else None

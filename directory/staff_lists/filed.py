"""What the directory has on file of an official, opened field by field: a list of thousands compares few of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        "_birth_date",
        "_id",
        "_numbers",
        "_open",
        "_personal_id",
        "_personal_mail",
        "_phone",
        "_public",
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
        self, keys: Keys, columns: Sequence[Any], title: str | None, rank: str | None, numbers: Mapping[int, str]
    ) -> None:
        self._open, self.title, self.rank, self._numbers = keys.open, title, rank, numbers
        (
            self._id,
            self._public,
            self.full_name,
            self.sex,
            self.category,
            self.staff_number,
            self.work_phone,
            self.extension,
            self._personal_id,
            self._birth_date,
            self._phone,
            self._personal_mail,
        ) = columns

    @property
    def personal_id(self) -> str | None:
        """The personal ID number, as it is known by now or as it is sealed."""
        known, sealed = self._numbers.get(self._id), self._personal_id
        return known or (self._open(sealed, "officials.personal_id", self._public) if sealed else None)

    @property
    def birth_date(self) -> date | None:
        """The birth date."""
        sealed = self._birth_date
        return date.fromisoformat(self._open(sealed, "officials.birth_date", self._public)) if sealed else None

    @property
    def phone(self) -> str | None:
        """The mobile number."""
        return self._open(self._phone, "officials.phone", self._public) if self._phone else None

    @property
    def personal_mail(self) -> str | None:
        """The personal e-mail address."""
        return self._open(self._personal_mail, "officials.personal_mail", self._public) if self._personal_mail else None

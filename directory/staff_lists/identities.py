"""Keyed digests of what tells people apart: to find them in the directory, and to find rows about the same person."""

from __future__ import annotations

from sqlalchemy.orm import Session

from directory.keys import Keys, keys_of
from directory.naming import fold
from directory.staff_lists.readings import key_of
from directory.staff_lists.rows import Record


class Identities:
    """Makes the digests of the rows of one list."""

    def __init__(self, keys: Keys, source: str) -> None:
        self._source = source
        self.personal_id = keys.blinding("officials.personal_id")
        """Gives the digest of a personal ID number, as officials have it."""
        self._birth = keys.blinding("officials.birth_date")
        self._short = keys.shortening("staff_list_rows.digests")

    def birth(self, record: Record) -> bytes | None:
        """Give the digest of the folded name with the birth date, as officials have it."""
        if not record.full_name or record.birth_date is None:
            return None
        return self._birth(f"{fold(record.full_name)}|{record.birth_date.isoformat()}")

    def of_row(self, record: Record) -> list[bytes]:
        """Give the digests by which another row may be about the same person, or want the same address."""
        short = self._short
        return [short(f"{name}|{value}") for name, value in told_by(record)]


def told_by(record: Record) -> list[tuple[str, str]]:
    """Give what tells a row's person apart, and the name with the birth date, by which others may be meant too."""
    said = []
    if record.personal_id:
        said.append(("personal_id", record.personal_id))
    if record.staff_number:
        said.append(("staff_number", record.staff_number))
    if (namesakes := namesakes_of(record)) is not None:
        said.append(("full_name", namesakes))
    if record.source_record:
        said.append(("source_record", record.source_record))
    if record.address:
        said.append(("address", record.address))
    return said


def namesakes_of(record: Record) -> str | None:
    """Give the name and birth date as those have it who may be the same person."""
    if not record.full_name or record.birth_date is None:
        return None
    return f"{key_of(record.full_name)}|{record.birth_date}"


def has_only_a_name(record: Record) -> bool:
    """Say whether nothing better than name and birth date tells who is meant."""
    return not (record.personal_id or record.staff_number)


def identities_of(session: Session, source: str) -> Identities:
    """Make what makes the digests."""
    return Identities(keys_of(session), source)

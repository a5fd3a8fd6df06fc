"""Officials: the people of the directory, their names and their sealed personal data."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import VIETNAMESE, Base, Numbered, public_id
from directory.errors import NotFound
from directory.keys import keys_of

CATEGORIES = ("cadre", "civil_servant", "public_employee", "contract")
SEXES = ("male", "female")
PARTS_FIT = """
given <> ''
AND strpos(full_name COLLATE "C", family COLLATE "C") > 0
AND strpos(full_name COLLATE "C", middle COLLATE "C") > 0
AND strpos(full_name COLLATE "C", given COLLATE "C") > 0
AND length(replace((family || middle || given) COLLATE "C", ' ', ''))
  = length(replace(full_name COLLATE "C", ' ', ''))
"""
"""The parts of a name are the words of the name, however they are shared out."""


class Official(Numbered, Base):
    """A person. Names are NFC; family, middle and given stand apart because lists sort by given name."""

    __tablename__ = "officials"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    family: Mapped[str] = mapped_column(Text(collation=VIETNAMESE))
    middle: Mapped[str] = mapped_column(Text(collation=VIETNAMESE), default="", server_default="")
    given: Mapped[str] = mapped_column(Text(collation=VIETNAMESE))
    full_name: Mapped[str]
    name_key: Mapped[str] = mapped_column(Computed("fold(full_name)", persisted=True))
    """Lower case without marks, for search: `anh dao` finds `Nguyễn Thị Ánh Đào`."""
    sex: Mapped[str | None]
    category: Mapped[str] = mapped_column(default="civil_servant", server_default="civil_servant")
    staff_number: Mapped[str | None] = mapped_column(index=True)
    work_phone: Mapped[str | None] = mapped_column(index=True)
    """The number of the office, digits only, and below it the extension: data of the office, shown to colleagues."""
    extension: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    leaves_on: Mapped[date | None]
    """The first day out of service, while that has still to be carried out; whoever has left has posts that ended."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    """The record that goes on in place of this one, which was found to be of the same person."""

    # Sealed (directory.keys): bytes that open only in this row and column; the index columns are keyed digests.
    personal_id: Mapped[bytes | None]
    personal_id_index: Mapped[bytes | None] = mapped_column(unique=True)
    birth_date: Mapped[bytes | None]
    birth_date_index: Mapped[bytes | None]
    """Digest of folded full name + birth date: correlation by both, never by one."""
    phone: Mapped[bytes | None]
    personal_mail: Mapped[bytes | None]

    __table_args__ = (
        CheckConstraint(f"category IN {CATEGORIES}", name="category"),
        CheckConstraint(f"sex IN {SEXES}", name="sex"),
        CheckConstraint("full_name IS NFC NORMALIZED AND full_name <> ''", name="name"),
        CheckConstraint(PARTS_FIT, name="name_parts"),
        CheckConstraint("work_phone ~ '^[0-9]{8,12}$'", name="work_phone"),
        CheckConstraint("extension ~ '^[0-9]{1,6}$'", name="extension"),
        Index("officials_order_idx", "given", "family", "middle", "id"),
        Index("officials_birth_date_index_idx", "birth_date_index"),
        CheckConstraint("merged_into_id <> id", name="merged"),
        Index("officials_leaves_on_idx", "leaves_on", postgresql_where=text("leaves_on IS NOT NULL")),
    )


SEALED = ("personal_id", "birth_date", "phone", "personal_mail")
"""Columns of `Official` that are sealed; the purpose is `officials.<column>`, the row is `public_id`."""


def seal_field(session: Session, official: Official, field: str, value: str | None) -> None:
    """Write one sealed field of an official (None clears it)."""
    sealed = keys_of(session).seal(value, f"officials.{field}", official.public_id) if value else None
    setattr(official, field, sealed)


def open_field(session: Session, official: Official, field: str) -> str | None:
    """Read one sealed field of an official; who may is the caller's rule."""
    sealed: bytes | None = getattr(official, field)
    return keys_of(session).open(sealed, f"officials.{field}", official.public_id) if sealed else None


def personal_id_digest(session: Session, personal_id: str) -> bytes:
    """Give the blind index of a 12-digit personal ID number."""
    return keys_of(session).blind(personal_id, "officials.personal_id")


def birth_digest(session: Session, folded_name: str, birth_date: str) -> bytes:
    """Give the blind index of a folded full name with a birth date (ISO)."""
    return keys_of(session).blind(f"{folded_name}|{birth_date}", "officials.birth_date")


def official_by_public_id(session: Session, public: str) -> Official:
    """Find an official by the id that stands in URLs, or raise `NotFound`."""
    found = session.scalar(select(Official).where(Official.public_id == public))
    if found is None:
        raise NotFound
    return found

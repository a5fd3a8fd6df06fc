"""The tables of staff lists. What a list says of people is sealed; only counts and outcomes stand in clear."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.agencies import Agency
from directory.base import Base, Numbered, public_id

STATES = ("reading", "unread", "planned", "applying", "applied", "cancelled", "refused")
"""reading: a job reads the file and plans it; unread: the file could not be read, `refusal` says why;
refused: whoever started it lost the right."""
LIVE = ("reading", "planned", "applying")
"""The same file for the same agency is one list for as long as it is in one of these states."""
MODES = ("additions", "full")
"""full: the list names everybody of the agency, and who is missing in it is proposed as a leaver."""
DEEDS = ("create", "change", "move", "rehire", "leave")
"""What apply does something about."""
QUESTIONS = ("ambiguous", "conflict", "error")
"""What a person must look at: several who may be meant, what contradicts itself or the directory, what cannot be
read."""
KINDS = (*DEEDS, "unchanged", *QUESTIONS)
"""What a row comes to."""

BEYOND = 10_000_000
"""Rows from here on stand in no file: they are the officials whom a full list leaves out."""
WAITING = (
    "applied_at IS NULL AND failure IS NULL AND NOT left_out"
    " AND (kind IN ('create', 'change', 'move', 'rehire') OR (kind = 'leave' AND confirmed_at IS NOT NULL))"
)
"""The rows that apply still has to do."""
ONE_LIVE = "state IN ('reading', 'planned', 'applying')"
"""Of the lists of which there is one a file; written out for statements too, because PostgreSQL finds the index that
keeps it by these words, and behind parameters it does not know them."""


class StaffList(Numbered, Base):
    """One uploaded list with its plan."""

    __tablename__ = "staff_lists"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    state: Mapped[str] = mapped_column(default="reading", server_default="reading")
    mode: Mapped[str] = mapped_column(default="additions", server_default="additions")
    source: Mapped[str] = mapped_column(default="", server_default="")
    """The HR system whose record numbers stand in the column Mã nguồn."""
    hints: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What a person said of the sheet, the header, the columns and their letters (`hints.Hints`)."""
    guess: Mapped[bytes | None]
    """Sealed JSON of how the columns were understood, with examples; purpose `staff_lists.guess`."""
    refusal: Mapped[dict[str, Any] | None]
    """Why the file could not be read: `{"error": …, "message": <English message id>, "fields": {…}}`."""
    sheet: Mapped[str] = mapped_column(default="", server_default="")
    """The sheet of the file that the list was taken from."""
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """How the columns were understood: `{"full_name": {"index": 1, "heading": "Họ và tên"}, …}`."""
    new_units: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """Units that apply founds: `[{"name": …, "rows": …}]`."""
    notes: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """What was noticed of the list as a whole, as the reasons of rows."""
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Moves on with each change of the plan: who starts it has seen this one."""
    uploaded_at: Mapped[datetime]
    uploaded_within: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    """The agency of the API token with which it was uploaded, if it was one."""
    started_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """Who said "apply": the rows are applied with that one's rights as they are then (None: the operator's shell)."""
    started_within: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    """The agency of the API token with which it was said, if it was one."""
    started_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    leavers_limit: Mapped[int | None]
    """As many leavers one person may confirm alone; for more a trigger wants `second_by`."""
    leavers_day_limit: Mapped[int | None]
    """As many as one person may confirm alone in all lists of a day of `leavers_agency_id`."""
    leavers_agency_id: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    """The agency whose leavers of a day are counted together: the list's, or the one that the list's is a unit of."""
    second_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """Who confirmed them besides; a trigger wants somebody who has confirmed none of them."""
    second_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]
    """Rows by kind, kept when the rows themselves are purged."""
    purged_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship(foreign_keys=[agency_id])

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        Index(
            "staff_lists_one_live_idx",
            "agency_id",
            "sha256",
            "mode",
            "source",
            unique=True,
            postgresql_where=text(ONE_LIVE),
        ),
        Index("staff_lists_applying_idx", "started_at", postgresql_where=text("state = 'applying'")),
        Index("staff_lists_full_idx", "started_at", postgresql_where=text("mode = 'full'")),
        Index("staff_lists_reading_idx", "uploaded_at", postgresql_where=text("state = 'reading'")),
        Index("staff_lists_kept_idx", "uploaded_at", postgresql_where=text("purged_at IS NULL")),
    )


class StaffListFile(Base):
    """The uploaded file itself, sealed, until it is purged; and how far the job that reads it has come."""

    __tablename__ = "staff_list_files"

    list_id: Mapped[int] = mapped_column(ForeignKey("staff_lists.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes]
    """Purpose `staff_list_files.content`, row = the list's public id."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    rows_read: Mapped[int] = mapped_column(default=0, server_default="0")


class StaffListRow(Base):
    """One row of a list: what the file says (sealed), what it comes to, and whether that was done."""

    __tablename__ = "staff_list_rows"

    list_id: Mapped[int] = mapped_column(primary_key=True)
    """The list. A trigger keeps it and the official that are referred to, for all rows of a statement at once."""
    row: Mapped[int] = mapped_column(primary_key=True)
    """The row number that the person sees in the file; from `BEYOND` on there is none."""
    kind: Mapped[str]
    cells: Mapped[bytes]
    """Sealed JSON of the understood row; purpose `staff_list_rows.cells`, row = `<list public id>:<row>`."""
    reasons: Mapped[list[dict[str, Any]]]
    """`[{"message": <English message id>, "level": …, "about": <field>, "fields": {…}}]` without personal values."""
    digests: Mapped[bytes] = mapped_column(default=b"", server_default="")
    """Keyed digests of the row's identifiers, one after the other: rows that share one may be about one person."""
    official_id: Mapped[int | None]
    candidates: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")
    """The officials of whom a person may choose one."""
    chosen_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    """Whom a person chose."""
    chosen_new: Mapped[bool] = mapped_column(default=False, server_default="false")
    """A person said that it is none of the candidates."""
    fixed: Mapped[bool] = mapped_column(default=False, server_default="false")
    """A person corrected cells; what stood in the file is kept beside."""
    is_person: Mapped[bool] = mapped_column(default=False, server_default="false")
    """A person said that it is about a person, where that was not sure."""
    left_out: Mapped[bool] = mapped_column(default=False, server_default="false")
    confirmed_at: Mapped[datetime | None]
    """Of a leaver: when a person confirmed it."""
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    applied_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any] | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("NOT (chosen_new AND chosen_id IS NOT NULL)", name="one_choice"),
        CheckConstraint("kind = 'leave' OR confirmed_at IS NULL", name="confirmed"),
        CheckConstraint("confirmed_at IS NOT NULL OR confirmed_by IS NULL", name="confirmed_by"),
        Index("staff_list_rows_kind_idx", "list_id", "kind", "row"),
        Index("staff_list_rows_waiting_idx", "list_id", "row", postgresql_where=text(WAITING)),
    )


class StaffListShape(Base):
    """How lists with the same headings were understood last time at an agency, once a person had corrected it."""

    __tablename__ = "staff_list_shapes"

    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    shape: Mapped[str] = mapped_column(primary_key=True)
    """Digest of the headings in their order (`hints.Guess.shape`)."""
    hints: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]

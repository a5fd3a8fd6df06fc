"""The tables of staff lists. What a list says of people is sealed; only counts and outcomes stand in clear."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.agencies import Agency
from directory.base import Base, Numbered, public_id

STATES = ("planned", "applying", "applied", "cancelled", "refused")
KINDS = ("create", "change", "move", "unchanged", "person")
"""What a row comes to; `person`: somebody must look (conflict, ambiguity, a value that cannot be read)."""


class StaffList(Numbered, Base):
    """One uploaded list with its plan."""

    __tablename__ = "staff_lists"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    columns: Mapped[dict[str, Any]]
    """How the columns were understood: `{"full_name": {"index": 1, "heading": "Họ và tên"}, …}`."""
    uploaded_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship()

    __table_args__ = (CheckConstraint(f"state IN {STATES}", name="state"),)


class StaffListRow(Base):
    """One row of a list: what the file says (sealed), what it comes to, and whether that was done."""

    __tablename__ = "staff_list_rows"

    list_id: Mapped[int] = mapped_column(ForeignKey("staff_lists.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    """The row number that the person sees in the file."""
    kind: Mapped[str]
    cells: Mapped[bytes]
    """Sealed JSON of the understood row; purpose `staff_list_rows.cells`, row = `<list public id>:<row>`."""
    reasons: Mapped[list[dict[str, Any]]]
    """`[{"message": <English message id>, "fields": {…}}]` without personal values."""
    official_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    applied_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any] | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("staff_list_rows_kind_idx", "list_id", "kind", "row"),
    )

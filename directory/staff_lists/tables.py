"""The tables of staff lists. What a list says of people is sealed; only counts and outcomes stand in clear."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.agencies import Agency
from directory.base import Base, Numbered, public_id

STATES = ("planned", "applying", "applied", "cancelled", "refused")
KINDS = ("create", "change", "move", "unchanged", "person")
"""What a row comes to; `person`: somebody must look (conflict, ambiguity, a value that cannot be read)."""

WAITING = "applied_at IS NULL AND failure IS NULL AND kind IN ('create', 'change', 'move')"
"""The rows that apply still has to do."""


class StaffList(Numbered, Base):
    """One uploaded list with its plan."""

    __tablename__ = "staff_lists"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    file_name: Mapped[str]
    sha256: Mapped[str]
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    sheet: Mapped[str] = mapped_column(default="", server_default="")
    """The sheet of the file that the list was taken from."""
    columns: Mapped[dict[str, Any]]
    """How the columns were understood: `{"full_name": {"index": 1, "heading": "Họ và tên"}, …}`."""
    new_units: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """Units that apply founds: `[{"name": …, "rows": …}]`."""
    notes: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    """What was noticed of the list as a whole, as the reasons of rows."""
    uploaded_at: Mapped[datetime]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """Who said "apply": the rows are applied with that one's rights as they are then (None: the operator's shell)."""
    started_within: Mapped[int | None] = mapped_column(ForeignKey("agencies.id"))
    """The agency of the API token with which it was said, if it was one."""
    started_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]

    agency: Mapped[Agency] = relationship(foreign_keys=[agency_id])

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("staff_lists_applying_idx", "started_at", postgresql_where=text("state = 'applying'")),
    )


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
    """`[{"message": <English message id>, "level": …, "about": <field>, "fields": {…}}]` without personal values."""
    official_id: Mapped[int | None] = mapped_column(ForeignKey("officials.id"))
    applied_at: Mapped[datetime | None]
    failure: Mapped[dict[str, Any] | None]

    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("staff_list_rows_kind_idx", "list_id", "kind", "row"),
        Index("staff_list_rows_waiting_idx", "list_id", "row", postgresql_where=text(WAITING)),
    )

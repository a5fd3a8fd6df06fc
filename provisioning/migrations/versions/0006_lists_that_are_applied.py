"""What apply needs of a staff list: who started it, which units it founds, which rows wait

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WAITING = "applied_at IS NULL AND failure IS NULL AND kind IN ('create', 'change', 'move')"


def upgrade() -> None:
    of_json = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("staff_lists", sa.Column("sheet", sa.Text(), server_default="", nullable=False))
    op.add_column("staff_lists", sa.Column("new_units", of_json, server_default="[]", nullable=False))
    op.add_column("staff_lists", sa.Column("notes", of_json, server_default="[]", nullable=False))
    op.add_column("staff_lists", sa.Column("started_by", sa.BigInteger(), nullable=True))
    op.add_column("staff_lists", sa.Column("started_within", sa.BigInteger(), nullable=True))
    op.add_column("staff_lists", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("staff_lists_started_by_fkey"), "staff_lists", "accounts", ["started_by"], ["id"])
    op.create_foreign_key(
        op.f("staff_lists_started_within_fkey"), "staff_lists", "agencies", ["started_within"], ["id"]
    )
    op.create_index(
        "staff_lists_applying_idx",
        "staff_lists",
        ["started_at"],
        unique=False,
        postgresql_where=sa.text("state = 'applying'"),
    )
    op.create_index(
        "staff_list_rows_waiting_idx",
        "staff_list_rows",
        ["list_id", "row"],
        unique=False,
        postgresql_where=sa.text(WAITING),
    )

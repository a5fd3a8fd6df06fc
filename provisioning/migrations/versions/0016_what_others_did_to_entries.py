"""Drift: what scans of the target found

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0015.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry_status", sa.Column("entries", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "drifts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("differences", JSONB(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "subject_id", name=op.f("drifts_pkey")),
        sa.CheckConstraint("kind IN ('changed', 'missing')", name=op.f("drifts_kind_check")),
    )
    op.create_index("drifts_found_at_idx", "drifts", ["found_at"])
    op.create_table(
        "foreign_entries",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("foreign_entries_pkey")),
    )
    op.create_table(
        "scans",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("newest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("scans_pkey")),
        sa.CheckConstraint("kind IN ('full', 'changed')", name=op.f("scans_kind_check")),
    )

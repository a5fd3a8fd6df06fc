"""What came of entries and how the target is; when a notice may be taken

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entry_status",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("fields", JSONB(), server_default="{}", nullable=False),
        sa.Column("tried_revision", sa.BigInteger(), nullable=False),
        sa.Column("applied_revision", sa.BigInteger(), nullable=True),
        sa.Column("csn", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('ok', 'retry', 'refused')", name=op.f("entry_status_state_check")),
        sa.PrimaryKeyConstraint("subject", "subject_id", name=op.f("entry_status_pkey")),
    )
    op.create_index("entry_status_open_idx", "entry_status", ["state", "at"], postgresql_where=sa.text("state <> 'ok'"))
    op.create_table(
        "target_status",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("faults", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("target_status_pkey")),
    )
    op.add_column("notices", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))

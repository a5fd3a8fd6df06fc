"""Mail of those who left: when it is kept no longer, and when the mail store has removed it

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0028.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailboxes", sa.Column("keeping_ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mailboxes", sa.Column("mail_removed_at", sa.DateTime(timezone=True), nullable=True))
    # Both columns are empty: each check is one quick look at every row.
    op.create_check_constraint(
        op.f("mailboxes_keeping_check"),
        "mailboxes",
        "keeping_ended_at IS NULL OR kind = 'personal' AND state = 'disabled' AND kept_until IS NOT NULL",
    )
    op.create_check_constraint(
        op.f("mailboxes_removed_check"),
        "mailboxes",
        "mail_removed_at IS NULL OR keeping_ended_at IS NOT NULL AND mail_removed_at >= keeping_ended_at",
    )
    op.create_index(
        "mailboxes_kept_idx",
        "mailboxes",
        ["kept_until"],
        postgresql_where=sa.text("kept_until IS NOT NULL AND mail_removed_at IS NULL"),
    )

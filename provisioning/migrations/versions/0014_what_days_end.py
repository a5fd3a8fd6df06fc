"""Indexes for what a day ends: mail that goes on to somebody else, role mailboxes held

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("mailboxes_kept_until_idx", "mailboxes")
    op.create_index(
        "mailboxes_forwarding_idx", "mailboxes", ["kept_until"], postgresql_where=sa.text("forward_to IS NOT NULL")
    )
    op.create_index("holdings_valid_to_idx", "holdings", ["valid_to"])

"""When a change of members was noted, so that it waits for many newcomers' entries no longer than a minute

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
    op.add_column("membership_changes", column)

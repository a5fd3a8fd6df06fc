"""Indexes for the posts that begin or end on a day, which are asked for every minute

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("appointments_valid_from_idx", "appointments", ["valid_from"])
    op.create_index(
        "appointments_valid_to_idx", "appointments", ["valid_to"], postgresql_where=sa.text("valid_to IS NOT NULL")
    )

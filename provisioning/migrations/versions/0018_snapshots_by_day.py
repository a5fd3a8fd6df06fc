"""Snapshots of adoption are found by day, so that old ones can be thinned

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0017.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("adoption_snapshots_day_idx", "adoption_snapshots", ["day"], unique=False)

"""How fast targets are written: each target counts its results, and keeps their rate of the latest minutes

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("target_status", sa.Column("results", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("target_status", sa.Column("rate", sa.Double(), server_default="0", nullable=False))

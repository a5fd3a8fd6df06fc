"""Drift by attribute: what the book took over, and about which attributes a person is asked

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0026.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


KINDS = "kind IN ('changed', 'missing', 'ahead')"


def upgrade() -> None:
    op.drop_constraint(op.f("drifts_kind_check"), "drifts")
    op.create_check_constraint(op.f("drifts_kind_check"), "drifts", KINDS)
    op.add_column("drifts", sa.Column("asked", JSONB(), server_default="[]", nullable=False))
    op.create_check_constraint(
        op.f("drifts_asked_check"), "drifts", "jsonb_typeof(asked) = 'array' AND (asked = '[]' OR kind = 'changed')"
    )
    op.add_column("scans", sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False))

"""Policies that an agency holds, so that those below it may only be as strict or stricter

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0020.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

HOLDABLE = "'second_factor', 'password_profile', 'session_idle_minutes', 'session_hours'"


def upgrade() -> None:
    op.add_column("policies", sa.Column("is_held", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_check_constraint(op.f("policies_held_check"), "policies", sa.text(f"NOT is_held OR name IN ({HOLDABLE})"))

"""What a person said of a row about which it was not sure whether it is about a person: it is

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0042.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_list_rows", sa.Column("is_person", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("staff_list_rows", "is_person")

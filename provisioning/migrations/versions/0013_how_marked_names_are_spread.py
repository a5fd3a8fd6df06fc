"""How names with their marks are spread, so that a common marked name is walked and a rare one is looked up

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0012.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('CREATE STATISTICS officials_marked_name ON (lower(full_name COLLATE "vi-VN-x-icu")) FROM officials')

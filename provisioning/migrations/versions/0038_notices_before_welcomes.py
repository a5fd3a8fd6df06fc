"""An index of the notices that wait and welcome nobody: they leave first, however many letters of welcome wait

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0037.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NAME = "notices_first_idx"
WHERE = sa.text("sent_at IS NULL AND message <> 'welcome'")


def upgrade() -> None:
    op.create_index(NAME, "notices", ["id"], postgresql_where=WHERE)


def downgrade() -> None:
    op.drop_index(NAME, "notices")

"""Room on each page of what is due, so that a claim finds some beside its row and leaves the indexes as they are

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0033.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE due SET (fillfactor = 45)")


def downgrade() -> None:
    op.execute("ALTER TABLE due RESET (fillfactor)")

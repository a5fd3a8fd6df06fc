"""Mailing lists have further addresses too: their official one can leave a domain that retires

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0038. Old workers show the official address of a list alone.
"""

from alembic import op

revision = "0041"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("addresses_of_list_check"), "addresses")

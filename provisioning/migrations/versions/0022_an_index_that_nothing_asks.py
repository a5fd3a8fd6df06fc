"""An index of names that no statement asks: names are looked up as `spaced(name_key)`, which has its own (0010)

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0021.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("officials_name_key_idx", "officials")

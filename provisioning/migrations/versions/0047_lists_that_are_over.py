"""A staff list that is over stays over, and one that was started is never planned again: PostgreSQL keeps that

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0046.
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

OVER = """
CREATE TRIGGER staff_lists_stay_over BEFORE UPDATE OF state ON staff_lists FOR EACH ROW
  WHEN (OLD.state IN ('applied', 'cancelled', 'refused') AND NEW.state <> OLD.state
    OR OLD.state = 'applying' AND NEW.state NOT IN ('applying', 'applied', 'refused'))
  EXECUTE FUNCTION refuse();
"""


def upgrade() -> None:
    op.execute(OVER)

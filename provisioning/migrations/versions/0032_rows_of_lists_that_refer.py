"""Rows of lists refer to lists and officials a statement at a time; neither is ever deleted

A foreign key asks for each of ten thousand rows alone, and locks as many officials: that was a third of what
PostgreSQL took to store a plan.

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0031.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# Asked as values, so that PostgreSQL looks each one up by its index, however many rows there were when it planned this.
REFERRING = """
CREATE FUNCTION staff_list_rows_refer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT list_id FROM added) AS lists
    WHERE (SELECT id FROM staff_lists WHERE id = lists.list_id) IS NULL
  ) OR EXISTS (
    SELECT FROM added WHERE official_id IS NOT NULL
      AND (SELECT id FROM officials WHERE id = added.official_id) IS NULL
  ) THEN
    RAISE EXCEPTION 'a row of a list refers to no list, or to no official' USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER staff_list_rows_refer AFTER INSERT ON staff_list_rows
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION staff_list_rows_refer();
CREATE TRIGGER staff_list_rows_still_refer AFTER UPDATE ON staff_list_rows
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION staff_list_rows_refer();
CREATE TRIGGER staff_lists_keep BEFORE DELETE ON staff_lists FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER officials_keep BEFORE DELETE ON officials FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def upgrade() -> None:
    op.execute(REFERRING)
    for column in ("list_id", "official_id"):
        op.drop_constraint(op.f(f"staff_list_rows_{column}_fkey"), "staff_list_rows", type_="foreignkey")

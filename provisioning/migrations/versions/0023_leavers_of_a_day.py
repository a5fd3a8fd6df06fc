"""Leavers of a day: what several short lists let go together is held against the limit of their agency and person

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# One at a time, because each must count what the other lets go; the lists of one agency, and those of one person.
STARTS = """
CREATE OR REPLACE FUNCTION staff_list_starts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own bigint;
  of_agency bigint;
  of_person bigint;
BEGIN
  SELECT count(*) INTO own FROM staff_list_rows
  WHERE list_id = NEW.id AND kind = 'leave' AND confirmed_at IS NOT NULL AND NOT left_out;
  IF NEW.second_by IS NOT NULL OR own = 0 THEN
    RETURN NEW;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('leavers of staff lists', 0));
  SELECT count(*) FILTER (WHERE other.leavers_agency_id = NEW.leavers_agency_id),
    count(*) FILTER (WHERE other.started_by IS NOT DISTINCT FROM NEW.started_by)
  INTO of_agency, of_person
  FROM staff_lists other JOIN staff_list_rows line ON line.list_id = other.id
  WHERE other.id <> NEW.id AND other.mode = 'full' AND other.second_by IS NULL
    AND other.started_at > COALESCE(NEW.started_at, now()) - interval '24 hours'
    AND (other.leavers_agency_id = NEW.leavers_agency_id OR other.started_by IS NOT DISTINCT FROM NEW.started_by)
    AND line.kind = 'leave' AND line.confirmed_at IS NOT NULL AND NOT line.left_out;
  IF own > COALESCE(NEW.leavers_limit, 0) OR own + of_agency > COALESCE(NEW.leavers_day_limit, 0)
    OR own + of_person > 20 THEN
    RAISE EXCEPTION 'so many leavers need a second person' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.add_column("staff_lists", sa.Column("leavers_day_limit", sa.BigInteger(), nullable=True))
    op.add_column("staff_lists", sa.Column("leavers_agency_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("staff_lists_leavers_agency_id_fkey"), "staff_lists", "agencies", ["leavers_agency_id"], ["id"]
    )
    op.create_index("staff_lists_full_idx", "staff_lists", ["started_at"], postgresql_where=sa.text("mode = 'full'"))
    # Full lists are few, and only those of the last days still matter.
    op.execute(
        "UPDATE staff_lists SET leavers_agency_id = agency_id, leavers_day_limit = leavers_limit WHERE mode = 'full'"
    )
    op.execute(STARTS)

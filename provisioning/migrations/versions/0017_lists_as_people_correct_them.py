"""Lists that are read by a job, corrected on the page, and may name whoever has left; files kept sealed until purged

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0016.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("reading", "unread", "planned", "applying", "applied", "cancelled", "refused")
KINDS = ("create", "change", "move", "rehire", "leave", "unchanged", "ambiguous", "conflict", "error")
WAITING = (
    "applied_at IS NULL AND failure IS NULL AND NOT left_out"
    " AND (kind IN ('create', 'change', 'move', 'rehire') OR (kind = 'leave' AND confirmed_at IS NOT NULL))"
)
LIVE = "state IN ('reading', 'planned', 'applying')"

# Of two plans of the same file only the later one was of use to anybody.
ONE_LIVE = """
UPDATE staff_lists older SET state = 'cancelled' WHERE older.state = 'planned' AND EXISTS (
  SELECT FROM staff_lists newer WHERE newer.agency_id = older.agency_id AND newer.sha256 = older.sha256
    AND newer.state IN ('planned', 'applying') AND newer.id <> older.id
    AND (newer.state = 'applying' OR newer.id > older.id))
"""

# Many leavers are confirmed by two persons, and by nobody once the second one has looked.
LEAVERS = """
CREATE FUNCTION staff_list_starts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.second_by IS NULL AND COALESCE(NEW.leavers_limit, 0) < (
    SELECT count(*) FROM staff_list_rows
    WHERE list_id = NEW.id AND kind = 'leave' AND confirmed_at IS NOT NULL AND NOT left_out) THEN
    RAISE EXCEPTION 'so many leavers need a second person' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_list_starts BEFORE UPDATE OF state ON staff_lists
  FOR EACH ROW WHEN (NEW.state = 'applying' AND OLD.state <> 'applying') EXECUTE FUNCTION staff_list_starts();
CREATE FUNCTION staff_list_second() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM staff_list_rows WHERE list_id = NEW.id AND confirmed_by = NEW.second_by) THEN
    RAISE EXCEPTION 'the second person has confirmed leavers already' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_list_second BEFORE UPDATE OF second_by ON staff_lists
  FOR EACH ROW WHEN (NEW.second_by IS NOT NULL) EXECUTE FUNCTION staff_list_second();
CREATE FUNCTION staff_list_leaver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM staff_lists WHERE id = NEW.list_id AND state = 'planned' AND second_by IS NULL) THEN
    RAISE EXCEPTION 'leavers are confirmed before the second person, and before apply' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_list_leaver BEFORE UPDATE ON staff_list_rows
  FOR EACH ROW WHEN (NEW.kind = 'leave' AND NEW.confirmed_at IS NOT NULL AND (
    NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at OR NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by OR NEW.official_id IS DISTINCT FROM OLD.official_id
    OR NEW.left_out IS DISTINCT FROM OLD.left_out))
  EXECUTE FUNCTION staff_list_leaver();
CREATE TRIGGER staff_list_new_leaver BEFORE INSERT ON staff_list_rows
  FOR EACH ROW WHEN (NEW.kind = 'leave' AND NEW.confirmed_at IS NOT NULL) EXECUTE FUNCTION staff_list_leaver();
"""


def upgrade() -> None:
    # long because it lays tables; there is nothing to understand in it that a cut would show.
    of_json = postgresql.JSONB(astext_type=sa.Text())
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "source_keys",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("official_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source <> '' AND record <> ''", name=op.f("source_keys_said_check")),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("source_keys_official_id_fkey")),
        sa.PrimaryKeyConstraint("source", "record", name=op.f("source_keys_pkey")),
        sa.UniqueConstraint("official_id", "source", name=op.f("source_keys_official_id_source_key")),
    )
    op.create_table(
        "staff_list_files",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_read", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["staff_lists.id"], name=op.f("staff_list_files_list_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", name=op.f("staff_list_files_pkey")),
    )
    op.create_table(
        "staff_list_shapes",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("hints", of_json, nullable=False),
        sa.Column("kept_at", instant, nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("staff_list_shapes_agency_id_fkey")),
        sa.PrimaryKeyConstraint("agency_id", "shape", name=op.f("staff_list_shapes_pkey")),
    )
    for column in (
        sa.Column("mode", sa.Text(), server_default="additions", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("hints", of_json, server_default="{}", nullable=False),
        sa.Column("guess", sa.LargeBinary(), nullable=True),
        sa.Column("refusal", of_json, nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leavers_limit", sa.BigInteger(), nullable=True),
        sa.Column("second_by", sa.BigInteger(), nullable=True),
        sa.Column("second_at", instant, nullable=True),
        sa.Column("counts", of_json, nullable=True),
        sa.Column("purged_at", instant, nullable=True),
        sa.Column("uploaded_within", sa.BigInteger(), nullable=True),
    ):
        op.add_column("staff_lists", column)
    op.alter_column("staff_lists", "columns", server_default="{}")
    op.alter_column("staff_lists", "state", server_default="reading")
    op.create_foreign_key(
        op.f("staff_lists_uploaded_within_fkey"), "staff_lists", "agencies", ["uploaded_within"], ["id"]
    )
    op.create_foreign_key(op.f("staff_lists_second_by_fkey"), "staff_lists", "accounts", ["second_by"], ["id"])
    op.drop_constraint(op.f("staff_lists_state_check"), "staff_lists")
    op.create_check_constraint(op.f("staff_lists_state_check"), "staff_lists", f"state IN {STATES}")
    op.create_check_constraint(op.f("staff_lists_mode_check"), "staff_lists", "mode IN ('additions', 'full')")
    op.execute(ONE_LIVE)
    op.create_index(
        "staff_lists_one_live_idx",
        "staff_lists",
        ["agency_id", "sha256", "mode", "source"],
        unique=True,
        postgresql_where=sa.text(LIVE),
    )
    op.create_index(
        "staff_lists_reading_idx", "staff_lists", ["uploaded_at"], postgresql_where=sa.text("state = 'reading'")
    )
    op.create_index(
        "staff_lists_kept_idx", "staff_lists", ["uploaded_at"], postgresql_where=sa.text("purged_at IS NULL")
    )
    for column in (
        sa.Column("digests", sa.LargeBinary(), server_default="", nullable=False),
        sa.Column("candidates", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("chosen_id", sa.BigInteger(), nullable=True),
        sa.Column("chosen_new", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("fixed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("left_out", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("confirmed_at", instant, nullable=True),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
    ):
        op.add_column("staff_list_rows", column)
    op.create_foreign_key(op.f("staff_list_rows_chosen_id_fkey"), "staff_list_rows", "officials", ["chosen_id"], ["id"])
    op.create_foreign_key(
        op.f("staff_list_rows_confirmed_by_fkey"), "staff_list_rows", "accounts", ["confirmed_by"], ["id"]
    )
    op.drop_constraint(op.f("staff_list_rows_kind_check"), "staff_list_rows")
    op.execute("UPDATE staff_list_rows SET kind = 'error' WHERE kind = 'person'")
    op.create_check_constraint(op.f("staff_list_rows_kind_check"), "staff_list_rows", f"kind IN {KINDS}")
    op.create_check_constraint(
        op.f("staff_list_rows_one_choice_check"), "staff_list_rows", "NOT (chosen_new AND chosen_id IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("staff_list_rows_confirmed_check"), "staff_list_rows", "kind = 'leave' OR confirmed_at IS NULL"
    )
    op.create_check_constraint(
        op.f("staff_list_rows_confirmed_by_check"),
        "staff_list_rows",
        "confirmed_at IS NOT NULL OR confirmed_by IS NULL",
    )
    op.drop_index("staff_list_rows_waiting_idx", "staff_list_rows")
    op.create_index(
        "staff_list_rows_waiting_idx", "staff_list_rows", ["list_id", "row"], postgresql_where=sa.text(WAITING)
    )
    op.execute(LEAVERS)

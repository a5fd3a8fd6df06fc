"""Agencies and their groups as subjects of entries, and the notes by which they follow what changes

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SUBJECTS = "subject IN ('account', 'mailbox', 'domain', 'mailing_list', 'agency', 'group')"

# What an entry shows of an agency, whoever changed it and however. A move carries what is below along, whose own
# entries stay as they are: each names only its parent.
NOTES = """
CREATE FUNCTION note_agencies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO agency_groups (id) SELECT id FROM after_rows;
    INSERT INTO membership_changes (agency_id, is_agency) SELECT id, true FROM after_rows;
  ELSE
    INSERT INTO membership_changes (agency_id, is_agency)
      SELECT is_now.id, true FROM before_rows was JOIN after_rows is_now USING (id)
       WHERE (was.name, was.short_name, was.code, was.kind, was.parent_id, was.valid_from, was.valid_to)
         IS DISTINCT FROM
         (is_now.name, is_now.short_name, is_now.code, is_now.kind, is_now.parent_id, is_now.valid_from, is_now.valid_to);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER agencies_entered AFTER INSERT ON agencies
  REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_agencies();
CREATE TRIGGER agencies_changed AFTER UPDATE ON agencies
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_agencies();
-- A group names the entries of its members, and a link says that one stands elsewhere.
CREATE FUNCTION note_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO membership_changes (agency_id)
    SELECT DISTINCT p.agency_id FROM before_rows was JOIN after_rows is_now USING (id)
      JOIN accounts a ON a.id = is_now.account_id JOIN appointments p ON p.official_id = a.official_id
     WHERE was.state <> is_now.state AND 'confirmed' IN (was.state, is_now.state);
  RETURN NULL;
END $$;
CREATE TRIGGER links_noted AFTER UPDATE ON links
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_links();
CREATE TRIGGER agency_groups_keep BEFORE DELETE ON agency_groups FOR EACH ROW EXECUTE FUNCTION refuse();
"""
# Some ten thousand agencies at most, so one statement each.
FIRST = (
    "INSERT INTO agency_groups (id) SELECT id FROM agencies",
    "INSERT INTO membership_changes (agency_id, is_agency) SELECT id, true FROM agencies",
)


def upgrade() -> None:
    op.add_column("agencies", sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "agency_groups",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["id"], ["agencies.id"], name=op.f("agency_groups_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("agency_groups_pkey")),
    )
    op.add_column("membership_changes", sa.Column("is_agency", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(
        op.f("membership_changes_agency_check"), "membership_changes", "NOT is_agency OR agency_id IS NOT NULL"
    )
    op.drop_constraint(op.f("due_subject_check"), "due")
    op.create_check_constraint(op.f("due_subject_check"), "due", SUBJECTS)
    op.execute(NOTES)
    for statement in FIRST:
        op.execute(statement)

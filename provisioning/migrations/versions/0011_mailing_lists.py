"""Mailing lists, which own addresses as mailboxes do, and the notes by which they follow posts and mailboxes

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0010.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SUBJECTS = "subject IN ('account', 'mailbox', 'domain', 'mailing_list')"

# As before, with the two kinds of owner; records of one person that become one may carry addresses along.
ADDRESS_OWNER = """
CREATE OR REPLACE FUNCTION address_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.local <> OLD.local OR NEW.domain_id <> OLD.domain_id THEN
    RAISE EXCEPTION 'an address is never respelled' USING ERRCODE = 'restrict_violation';
  END IF;
  IF num_nonnulls(OLD.mailbox_id, OLD.mailing_list_id) > 0
     AND (NEW.mailbox_id, NEW.mailing_list_id) IS DISTINCT FROM (OLD.mailbox_id, OLD.mailing_list_id)
     AND NOT (OLD.kind = 'quarantined' AND OLD.valid_until < (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
     AND NOT (OLD.mailbox_id IS NOT NULL AND NEW.mailbox_id IS NOT NULL AND is_merged(OLD.mailbox_id, NEW.mailbox_id)) THEN
    RAISE EXCEPTION 'the address % is not free for another owner', OLD.address USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

# One note an agency and statement, however many rows it changed. Nobody waits: notes are only ever inserted here.
NOTES = """
CREATE FUNCTION note_mailboxes(ids bigint[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO membership_changes (agency_id)
    SELECT DISTINCT p.agency_id FROM mailboxes m JOIN accounts a ON a.id = m.account_id
      JOIN appointments p ON p.official_id = a.official_id WHERE m.id = ANY(ids);
  INSERT INTO membership_changes (mailbox_id)
    SELECT DISTINCT mailbox_id FROM mailing_list_members WHERE mailbox_id = ANY(ids);
END;

CREATE FUNCTION note_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO membership_changes (agency_id) SELECT DISTINCT agency_id FROM after_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO membership_changes (agency_id) SELECT DISTINCT agency_id FROM before_rows;
  ELSE
    INSERT INTO membership_changes (agency_id)
      SELECT agency_id FROM (TABLE before_rows EXCEPT TABLE after_rows) AS left_behind
      UNION SELECT agency_id FROM (TABLE after_rows EXCEPT TABLE before_rows) AS come_to;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_noted_insert AFTER INSERT ON appointments
  REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_posts();
CREATE TRIGGER appointments_noted_update AFTER UPDATE ON appointments
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_posts();
CREATE TRIGGER appointments_noted_delete AFTER DELETE ON appointments
  REFERENCING OLD TABLE AS before_rows FOR EACH STATEMENT EXECUTE FUNCTION note_posts();

CREATE FUNCTION note_addresses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM note_mailboxes(array_agg(mailbox_id)) FROM after_rows WHERE kind = 'primary' AND mailbox_id IS NOT NULL;
  ELSE
    PERFORM note_mailboxes(array_agg(mailbox_id)) FROM (
      SELECT mailbox_id FROM (TABLE before_rows EXCEPT TABLE after_rows) AS was WHERE kind = 'primary'
      UNION SELECT mailbox_id FROM (TABLE after_rows EXCEPT TABLE before_rows) AS is_now WHERE kind = 'primary'
    ) AS changed WHERE mailbox_id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER addresses_noted_insert AFTER INSERT ON addresses
  REFERENCING NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_addresses();
CREATE TRIGGER addresses_noted_update AFTER UPDATE ON addresses
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_addresses();

CREATE FUNCTION note_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'mailboxes' THEN
    PERFORM note_mailboxes(array_agg(was.id)) FROM before_rows was JOIN after_rows is_now USING (id)
      WHERE was.state <> is_now.state HAVING count(*) > 0;
  ELSE
    PERFORM note_mailboxes(array_agg(m.id)) FROM before_rows was JOIN after_rows is_now USING (id)
      JOIN mailboxes m ON m.account_id = was.id
      WHERE was.state <> is_now.state AND 'disabled' IN (was.state, is_now.state) HAVING count(*) > 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER mailboxes_noted AFTER UPDATE ON mailboxes
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_states();
CREATE TRIGGER accounts_noted AFTER UPDATE ON accounts
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION note_states();

CREATE FUNCTION note_moved_agencies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO membership_changes (agency_id)
    SELECT DISTINCT unnest(string_to_array(was.path::text || '.' || is_now.path::text, '.'))::bigint
      FROM before_rows was JOIN after_rows is_now USING (id) WHERE was.path <> is_now.path;
  RETURN NULL;
END $$;
CREATE TRIGGER agencies_noted AFTER UPDATE ON agencies
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT
  EXECUTE FUNCTION note_moved_agencies();
"""

# A closed list keeps no address, so it is never opened again under one that somebody else may have.
CLOSED = """
CREATE FUNCTION refuse_reopened_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a closed mailing list stays closed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER mailing_lists_stay_closed BEFORE UPDATE OF state ON mailing_lists
  FOR EACH ROW WHEN (OLD.state = 'disabled' AND NEW.state <> 'disabled') EXECUTE FUNCTION refuse_reopened_list();
CREATE TRIGGER mailing_lists_keep BEFORE DELETE ON mailing_lists FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def upgrade() -> None:
    # long because it lays tables, column by column.
    op.create_table(
        "mailing_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("senders", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("with_units", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("titles", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("mailing_lists_state_check")),
        sa.CheckConstraint("rule IN ('staff', 'heads', 'titles', 'hand')", name=op.f("mailing_lists_rule_check")),
        sa.CheckConstraint(
            "senders IN ('members', 'agency', 'inside', 'anyone')", name=op.f("mailing_lists_senders_check")
        ),
        sa.CheckConstraint("(rule = 'titles') = (titles <> '{}')", name=op.f("mailing_lists_titles_check")),
        sa.CheckConstraint("name <> ''", name=op.f("mailing_lists_name_check")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("mailing_lists_agency_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("mailing_lists_pkey")),
        sa.UniqueConstraint("public_id", name=op.f("mailing_lists_public_id_key")),
    )
    op.create_index(op.f("mailing_lists_agency_id_idx"), "mailing_lists", ["agency_id"])
    op.create_table(
        "mailing_list_members",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("mailbox_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('added', 'excluded')", name=op.f("mailing_list_members_kind_check")),
        sa.ForeignKeyConstraint(["list_id"], ["mailing_lists.id"], name=op.f("mailing_list_members_list_id_fkey")),
        sa.ForeignKeyConstraint(["mailbox_id"], ["mailboxes.id"], name=op.f("mailing_list_members_mailbox_id_fkey")),
        sa.PrimaryKeyConstraint("list_id", "mailbox_id", name=op.f("mailing_list_members_pkey")),
    )
    op.create_index(op.f("mailing_list_members_mailbox_id_idx"), "mailing_list_members", ["mailbox_id"])
    op.create_table(
        "membership_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("mailbox_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("num_nonnulls(agency_id, mailbox_id) = 1", name=op.f("membership_changes_one_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("membership_changes_pkey")),
    )
    _addresses()
    op.drop_constraint(op.f("due_subject_check"), "due")
    op.create_check_constraint(op.f("due_subject_check"), "due", SUBJECTS)
    op.execute(ADDRESS_OWNER)
    op.execute(NOTES)
    op.execute(CLOSED)


def _addresses() -> None:
    op.add_column("addresses", sa.Column("mailing_list_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("addresses_mailing_list_id_fkey"), "addresses", "mailing_lists", ["mailing_list_id"], ["id"]
    )
    op.create_index(
        "addresses_mailing_list_id_idx",
        "addresses",
        ["mailing_list_id"],
        postgresql_where=sa.text("mailing_list_id IS NOT NULL"),
    )
    op.create_index(
        "addresses_one_primary_of_a_list_idx",
        "addresses",
        ["mailing_list_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'primary' AND mailing_list_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("addresses_owner_check"), "addresses")
    op.create_check_constraint(
        op.f("addresses_owner_check"),
        "addresses",
        "num_nonnulls(mailbox_id, mailing_list_id) = CASE kind WHEN 'reserved' THEN 0 ELSE 1 END",
    )
    op.create_check_constraint(
        op.f("addresses_of_list_check"), "addresses", "mailing_list_id IS NULL OR kind IN ('primary', 'quarantined')"
    )

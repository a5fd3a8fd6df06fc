"""The life of an official: leaving, posts beside the main one, mail kept and forwarded, records merged

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Two records of one person become one, and with them their addresses; else an address in use has its owner for good.
ADDRESS_OWNER = """
CREATE FUNCTION is_merged(before bigint, after bigint) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
  SELECT FROM mailboxes was JOIN accounts its ON its.id = was.account_id JOIN officials gone ON gone.id = its.official_id
    JOIN accounts theirs ON theirs.official_id = gone.merged_into_id JOIN mailboxes now ON now.account_id = theirs.id
   WHERE was.id = before AND now.id = after);
CREATE OR REPLACE FUNCTION address_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.local <> OLD.local OR NEW.domain_id <> OLD.domain_id THEN
    RAISE EXCEPTION 'an address is never respelled' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.mailbox_id IS NOT NULL AND NEW.mailbox_id IS DISTINCT FROM OLD.mailbox_id AND NOT
     (OLD.kind = 'quarantined' AND OLD.valid_until < (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
     AND NOT is_merged(OLD.mailbox_id, NEW.mailbox_id) THEN
    RAISE EXCEPTION 'the address % is not free for another owner', OLD.address USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""

# Whoever was let in between the question and the end of an account would stay in: the lock makes them follow each other.
CLOSED = """
CREATE FUNCTION refuse_closed_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its_state text;
BEGIN
  SELECT state INTO its_state FROM accounts WHERE id = NEW.account_id FOR SHARE;
  IF its_state = 'disabled' THEN
    RAISE EXCEPTION 'account % is closed', NEW.account_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""
OF_AN_ACCOUNT = ("sessions", "app_passwords", "api_tokens", "activation_codes", "grants", "holdings")


def upgrade() -> None:
    op.add_column("officials", sa.Column("leaves_on", sa.Date(), nullable=True))
    op.add_column("officials", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("officials_merged_into_id_fkey"), "officials", "officials", ["merged_into_id"], ["id"])
    op.create_check_constraint(op.f("officials_merged_check"), "officials", "merged_into_id <> id")
    op.create_index(
        "officials_leaves_on_idx", "officials", ["leaves_on"], postgresql_where=sa.text("leaves_on IS NOT NULL")
    )
    op.add_column("mailboxes", sa.Column("kept_until", sa.Date(), nullable=True))
    op.add_column("mailboxes", sa.Column("forward_to", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("mailboxes_forward_check"),
        "mailboxes",
        r"forward_to IS NULL OR kind = 'personal' AND forward_to ~ '^[a-z0-9._-]+@([a-z0-9-]+\.)+gov\.vn$'",
    )
    op.create_index(
        "mailboxes_kept_until_idx", "mailboxes", ["kept_until"], postgresql_where=sa.text("kept_until IS NOT NULL")
    )
    op.add_column("addresses", sa.Column("kind_before", sa.Text(), nullable=True))
    op.create_index(
        "addresses_ending_idx",
        "addresses",
        ["valid_until"],
        postgresql_where=sa.text("kind IN ('alias', 'receive_only') AND valid_until IS NOT NULL"),
    )
    _posts()
    op.execute(ADDRESS_OWNER)
    op.execute(CLOSED)
    for table in OF_AN_ACCOUNT:
        op.execute(
            f"CREATE TRIGGER {table}_of_an_open_account BEFORE INSERT OR UPDATE OF account_id ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_closed_account()"
        )


def _posts() -> None:
    op.add_column("appointments", sa.Column("address_follows", sa.Boolean(), server_default="false", nullable=False))
    op.drop_constraint(op.f("appointments_dates_check"), "appointments")
    op.create_check_constraint(
        op.f("appointments_dates_check"), "appointments", "valid_to IS NULL OR valid_to >= valid_from"
    )
    op.create_check_constraint(
        op.f("appointments_return_check"), "appointments", "kind <> 'secondment' OR valid_to IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("appointments_address_check"), "appointments", "NOT address_follows OR kind = 'primary'"
    )
    op.execute(
        "ALTER TABLE appointments"
        " ADD CONSTRAINT appointments_one_secondment EXCLUDE USING gist"
        " (official_id WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (kind = 'secondment'),"
        " ADD CONSTRAINT appointments_once EXCLUDE USING gist"
        " (official_id WITH =, agency_id WITH =, kind WITH =, title WITH =, daterange(valid_from, valid_to) WITH &&)"
        " WHERE (kind <> 'primary')"
    )
    op.create_index(
        "appointments_address_follows_idx",
        "appointments",
        ["valid_from"],
        postgresql_where=sa.text("address_follows"),
    )

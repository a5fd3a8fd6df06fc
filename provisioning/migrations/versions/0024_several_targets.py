"""Several targets: a domain names one, and what has addresses in it lives there; each is scanned and kept still alone

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0023. The tables with new keys have a few rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NAMED = ("domains", "mailboxes", "mailing_lists", "due", "entry_status", "drifts", "foreign_entries", "scans")

# The first addresses decide where a mailbox or a list lives. Where all domains are in one target nothing is asked.
ADDRESSES = """
CREATE FUNCTION one_target() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE refused text;
BEGIN
  IF NOT EXISTS (SELECT FROM domains WHERE target <> 'default') THEN
    RETURN NULL;
  END IF;
  UPDATE mailboxes SET target = d.target FROM given JOIN domains d ON d.id = given.domain_id
   WHERE mailboxes.id = given.mailbox_id AND mailboxes.target <> d.target AND NOT EXISTS (
     SELECT FROM addresses a JOIN domains o ON o.id = a.domain_id
      WHERE a.mailbox_id = mailboxes.id AND o.target <> d.target);
  UPDATE mailing_lists SET target = d.target FROM given JOIN domains d ON d.id = given.domain_id
   WHERE mailing_lists.id = given.mailing_list_id AND mailing_lists.target <> d.target AND NOT EXISTS (
     SELECT FROM addresses a JOIN domains o ON o.id = a.domain_id
      WHERE a.mailing_list_id = mailing_lists.id AND o.target <> d.target);
  SELECT given.address INTO refused FROM given JOIN domains d ON d.id = given.domain_id
    LEFT JOIN mailboxes m ON m.id = given.mailbox_id LEFT JOIN mailing_lists l ON l.id = given.mailing_list_id
   WHERE COALESCE(m.target, l.target) <> d.target LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'the domain of % is in another target than its owner', refused
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER addresses_one_target_insert AFTER INSERT ON addresses
  REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION one_target();
CREATE TRIGGER addresses_one_target_update AFTER UPDATE ON addresses
  REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION one_target();
"""

# What has addresses stays where its domains are.
OWNERS = """
CREATE FUNCTION lives_with_its_domains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'mailboxes' AND EXISTS (SELECT FROM addresses a JOIN domains d ON d.id = a.domain_id
       WHERE a.mailbox_id = NEW.id AND d.target <> NEW.target)
     OR TG_TABLE_NAME = 'mailing_lists' AND EXISTS (SELECT FROM addresses a JOIN domains d ON d.id = a.domain_id
       WHERE a.mailing_list_id = NEW.id AND d.target <> NEW.target) THEN
    RAISE EXCEPTION 'its domains are in another target' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER mailboxes_live_with_their_domains BEFORE UPDATE OF target ON mailboxes
  FOR EACH ROW WHEN (NEW.target <> OLD.target) EXECUTE FUNCTION lives_with_its_domains();
CREATE TRIGGER mailing_lists_live_with_their_domains BEFORE UPDATE OF target ON mailing_lists
  FOR EACH ROW WHEN (NEW.target <> OLD.target) EXECUTE FUNCTION lives_with_its_domains();
"""

# A domain goes elsewhere only when nothing of it is left: no address, and its entry where it was is shut. Retired,
# it gets no address meanwhile either.
DOMAINS = """
CREATE FUNCTION leaves_its_target() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'retired' OR EXISTS (SELECT FROM addresses WHERE domain_id = OLD.id)
     OR EXISTS (SELECT FROM due WHERE (subject, subject_id) = ('domain', OLD.id))
     OR EXISTS (SELECT FROM entry_status WHERE (subject, subject_id) = ('domain', OLD.id) AND state <> 'ok') THEN
    RAISE EXCEPTION 'something of % is still in its target', OLD.name USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER domains_leave_their_target BEFORE UPDATE OF target ON domains
  FOR EACH ROW WHEN (NEW.target <> OLD.target) EXECUTE FUNCTION leaves_its_target();
"""


def upgrade() -> None:
    for table in NAMED:
        op.add_column(table, sa.Column("target", sa.Text(), server_default="default", nullable=False))
    op.create_check_constraint(op.f("domains_target_check"), "domains", r"target ~ '^[a-z][a-z0-9-]{0,30}$'")
    op.create_index("domains_elsewhere_idx", "domains", ["target"], postgresql_where=sa.text("target <> 'default'"))
    for table, key in (("foreign_entries", "path"), ("scans", "kind")):
        op.drop_constraint(op.f(f"{table}_pkey"), table)
        op.create_primary_key(op.f(f"{table}_pkey"), table, ["target", key])
    op.create_index("due_target_idx", "due", ["target", sa.literal_column("urgent DESC"), "since"])
    op.drop_index("due_order_idx", "due")
    op.add_column("target_status", sa.Column("maintenance_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("target_status", sa.Column("maintenance_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("target_status", sa.Column("maintenance_reason", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("target_status_maintenance_check"),
        "target_status",
        "maintenance_since IS NOT NULL OR num_nonnulls(maintenance_until, maintenance_reason) = 0",
    )
    op.execute(ADDRESSES)
    op.execute(OWNERS)
    op.execute(DOMAINS)

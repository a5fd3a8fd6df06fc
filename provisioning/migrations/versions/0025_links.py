"""Links: entries that stood in a target before this directory, and whose accounts they are

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0024.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

CONFIRMED = sa.text("state = 'confirmed'")

# Names of entries are for ever: a link is undone, never turned to another entry or another account.
KEPT = """
CREATE FUNCTION link_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a link never means another entry or another account' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER links_stay BEFORE UPDATE ON links FOR EACH ROW
  WHEN ((OLD.target, OLD.path, OLD.name, OLD.account_id) IS DISTINCT FROM
        (NEW.target, NEW.path, NEW.name, NEW.account_id))
  EXECUTE FUNCTION link_stays();
"""


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), server_default="default", nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", JSONB(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("shown", JSONB(), nullable=False),
        sa.Column("csn", sa.Text(), nullable=False),
        sa.Column("confirmed_csn", sa.Text(), nullable=True),
        sa.Column("taken", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("links_pkey")),
        sa.UniqueConstraint("public_id", name=op.f("links_public_id_key")),
        sa.UniqueConstraint("target", "path", "account_id", name="links_once"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("links_account_id_fkey")),
        sa.CheckConstraint("confidence IN ('certain', 'likely', 'unsure')", name=op.f("links_confidence_check")),
        sa.CheckConstraint("state IN ('proposed', 'confirmed', 'refused')", name=op.f("links_state_check")),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name=op.f("links_decided_check")),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_csn IS NOT NULL)", name=op.f("links_confirmed_check")),
        sa.CheckConstraint(
            "taken <@ ARRAY['cn', 'displayName', 'sn', 'givenName', 'mail', 'telephoneNumber']",
            name=op.f("links_taken_check"),
        ),
    )
    op.create_index("links_account_id_idx", "links", ["account_id"])
    op.create_index("links_one_account_idx", "links", ["target", "path"], unique=True, postgresql_where=CONFIRMED)
    op.create_index("links_one_entry_idx", "links", ["account_id"], unique=True, postgresql_where=CONFIRMED)
    op.execute(KEPT)

"""Agencies that change: names and places by day, codes remembered, who leads, mergers and divisions, domains that end

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0008. The table of agencies, a few thousand rows, is rewritten once.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A code that was given once is never another agency's, also when its own agency has got a new one or is closed.
CODES = """
CREATE FUNCTION agency_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO agency_codes (code, agency_id) VALUES (NEW.code, NEW.id) ON CONFLICT (code) DO NOTHING;
  IF (SELECT agency_id FROM agency_codes WHERE code = NEW.code) <> NEW.id THEN
    RAISE EXCEPTION 'the code % is or was another agency''s', NEW.code USING ERRCODE = 'unique_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER agency_code AFTER INSERT OR UPDATE OF code ON agencies
  FOR EACH ROW WHEN (NEW.code IS NOT NULL) EXECUTE FUNCTION agency_code();
INSERT INTO agency_codes (code, agency_id) SELECT code, id FROM agencies WHERE code IS NOT NULL;
CREATE TRIGGER agency_codes_keep BEFORE UPDATE OR DELETE ON agency_codes FOR EACH ROW EXECUTE FUNCTION refuse();
"""

# Nobody gets an address in a domain that retires; one that only receives may still be added, as long as mail arrives.
ADDRESSES = """
CREATE FUNCTION refuse_retired_domain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE refused text;
BEGIN
  SELECT given.address INTO refused FROM given JOIN domains ON domains.id = given.domain_id
   WHERE NOT (domains.state = 'active' OR domains.state = 'retiring' AND given.kind = 'receive_only') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'no new address in a domain that retires: %', refused USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER addresses_of_an_active_domain AFTER INSERT ON addresses
  REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION refuse_retired_domain();
CREATE TRIGGER domains_keep BEFORE DELETE ON domains FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def upgrade() -> None:
    key = "fold(name || ' ' || coalesce(short_name, '') || ' ' || coalesce(code, ''))"
    op.add_column("agencies", sa.Column("search_key", sa.Text(), sa.Computed(key, persisted=True), nullable=False))
    op.create_index(
        "agencies_search_key_idx",
        "agencies",
        ["search_key"],
        postgresql_using="gin",
        postgresql_ops={"search_key": "gin_trgm_ops"},
    )
    op.create_table(
        "agency_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("agency_codes_agency_id_fkey")),
        sa.PrimaryKeyConstraint("code", name=op.f("agency_codes_pkey")),
    )
    op.create_index(op.f("agency_codes_agency_id_idx"), "agency_codes", ["agency_id"])
    _line(
        "agency_names",
        sa.Column("name", sa.Text(collation="vi-VN-x-icu"), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=True),
        sa.CheckConstraint("name IS NFC NORMALIZED AND name <> ''", name=op.f("agency_names_name_check")),
    )
    _line(
        "agency_places",
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("parent_id <> agency_id", name=op.f("agency_places_two_agencies_check")),
        sa.ForeignKeyConstraint(["parent_id"], ["agencies.id"], name=op.f("agency_places_parent_id_fkey")),
    )
    op.create_index(op.f("agency_places_parent_id_idx"), "agency_places", ["parent_id"])
    _leaders()
    _reorganisations()
    op.create_index(
        "domains_retiring_idx", "domains", ["receives_until"], postgresql_where=sa.text("state = 'retiring'")
    )
    op.execute(CODES)
    op.execute(ADDRESSES)


def _line(table: str, *more: sa.schema.SchemaItem) -> None:
    """Lay a table that says something of an agency from a day to a day."""
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        *more,
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f(f"{table}_dates_check")),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f(f"{table}_agency_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pkey")),
        sa.UniqueConstraint("agency_id", "valid_from", name=op.f(f"{table}_agency_id_valid_from_key")),
    )
    _one_at_a_time(f"{table}_one_at_a_time", table)


def _one_at_a_time(name: str, table: str, where: str | None = None) -> None:
    """Refuse two rows of one agency that overlap in time."""
    condition = f" WHERE ({where})" if where else ""
    op.execute(
        f"ALTER TABLE {table} ADD CONSTRAINT {name}"
        f" EXCLUDE USING gist (agency_id WITH =, daterange(valid_from, valid_to) WITH &&){condition}"
    )


def _leaders() -> None:
    for flag in ("is_head", "is_it_contact"):
        op.add_column("appointments", sa.Column(flag, sa.Boolean(), server_default="false", nullable=False))
        _one_at_a_time(f"appointments_one_{flag.removeprefix('is_')}", "appointments", flag)


def _reorganisations() -> None:
    # long because three tables that belong together are laid, column by column.
    op.create_table(
        "reorganisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("heir_id", sa.BigInteger(), nullable=True),
        sa.Column("receives_until", sa.Date(), nullable=True),
        sa.Column("keeps_roles", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("planned_by", sa.BigInteger(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("done_at IS NULL OR failure IS NULL", name=op.f("reorganisations_outcome_check")),
        sa.ForeignKeyConstraint(["heir_id"], ["agencies.id"], name=op.f("reorganisations_heir_id_fkey")),
        sa.ForeignKeyConstraint(["planned_by"], ["accounts.id"], name=op.f("reorganisations_planned_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reorganisations_pkey")),
        sa.UniqueConstraint("public_id", name=op.f("reorganisations_public_id_key")),
    )
    op.create_index(op.f("reorganisations_heir_id_idx"), "reorganisations", ["heir_id"])
    op.create_index(
        "reorganisations_waiting_idx",
        "reorganisations",
        ["since"],
        postgresql_where=sa.text("done_at IS NULL AND failure IS NULL"),
    )
    op.add_column("successions", sa.Column("reorganisation_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("successions_reorganisation_id_fkey"),
        "successions",
        "reorganisations",
        ["reorganisation_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(op.f("successions_reorganisation_id_idx"), "successions", ["reorganisation_id"])
    op.create_table(
        "endings",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("endings_agency_id_fkey")),
        _whole("endings"),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("endings_pkey")),
    )
    op.create_index(op.f("endings_reorganisation_id_idx"), "endings", ["reorganisation_id"])
    things = {"unit_id": "agencies", "mailbox_id": "mailboxes", "domain_id": "domains"}
    op.create_table(
        "handings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("reorganisation_id", sa.BigInteger(), nullable=False),
        sa.Column("successor_id", sa.BigInteger(), nullable=False),
        *(sa.Column(thing, sa.BigInteger(), nullable=True) for thing in things),
        sa.CheckConstraint("num_nonnulls(unit_id, mailbox_id, domain_id) = 1", name=op.f("handings_one_thing_check")),
        _whole("handings"),
        sa.ForeignKeyConstraint(["successor_id"], ["agencies.id"], name=op.f("handings_successor_id_fkey")),
        *(
            sa.ForeignKeyConstraint([thing], [f"{table}.id"], name=op.f(f"handings_{thing}_fkey"))
            for thing, table in things.items()
        ),
        *(
            sa.UniqueConstraint("reorganisation_id", thing, name=op.f(f"handings_reorganisation_id_{thing}_key"))
            for thing in things
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("handings_pkey")),
    )
    op.create_index(op.f("handings_reorganisation_id_idx"), "handings", ["reorganisation_id"])


def _whole(table: str) -> sa.ForeignKeyConstraint:
    """Let what belongs to a reorganisation go with it when it is called off."""
    return sa.ForeignKeyConstraint(
        ["reorganisation_id"],
        ["reorganisations.id"],
        name=op.f(f"{table}_reorganisation_id_fkey"),
        ondelete="CASCADE",
    )

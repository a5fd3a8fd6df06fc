"""What officials and their colleagues see: office phones, words that are searched, corrections, recovery contacts

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Words are found by how they begin: with a space before each, three letters of two-letter words can be looked up too.
SPACED = """
CREATE FUNCTION spaced(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN ' ' || translate($1, '''-.', '   ')
"""
PARTS_FIT = """
given <> ''
AND strpos(full_name COLLATE "C", family COLLATE "C") > 0
AND strpos(full_name COLLATE "C", middle COLLATE "C") > 0
AND strpos(full_name COLLATE "C", given COLLATE "C") > 0
AND length(replace((family || middle || given) COLLATE "C", ' ', ''))
  = length(replace(full_name COLLATE "C", ' ', ''))
"""
FIELDS = (
    "'full_name', 'title', 'rank', 'category', 'sex', 'staff_number', 'work_phone', 'extension', 'personal_id',"
    " 'birth_date', 'phone', 'personal_mail'"
)
DECIDED = """
CREATE FUNCTION refuse_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'correction % is decided', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER corrections_decided_once BEFORE UPDATE ON corrections
  FOR EACH ROW WHEN (OLD.state <> 'waiting') EXECUTE FUNCTION refuse_second_decision();
"""


def upgrade() -> None:
    op.execute(SPACED)
    op.add_column("officials", sa.Column("work_phone", sa.Text(), nullable=True))
    op.add_column("officials", sa.Column("extension", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("officials_work_phone_check"), "officials", "work_phone ~ '^[0-9]{8,12}$'")
    op.create_check_constraint(op.f("officials_extension_check"), "officials", "extension ~ '^[0-9]{1,6}$'")
    op.execute(f"ALTER TABLE officials ADD CONSTRAINT officials_name_parts_check CHECK ({PARTS_FIT}) NOT VALID")
    op.execute("ALTER TABLE officials VALIDATE CONSTRAINT officials_name_parts_check")
    op.create_index("officials_work_phone_idx", "officials", ["work_phone"])
    op.create_index("officials_extension_idx", "officials", ["extension"])
    for table, words in (("officials", "name_key"), ("appointments", "fold(title)"), ("agencies", "fold(name)")):
        op.execute(f"CREATE INDEX {table}_words_idx ON {table} USING gin (spaced({words}) gin_trgm_ops)")
    op.create_index("addresses_local_idx", "addresses", ["local"], postgresql_ops={"local": "text_pattern_ops"})
    _corrections()
    _recovery_contacts()


def _corrections() -> None:  # long because a table stands in one statement
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("official_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_by", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(f"field IN ({FIELDS})", name=op.f("corrections_field_check")),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'refused', 'withdrawn')", name=op.f("corrections_state_check")
        ),
        sa.CheckConstraint("(state = 'waiting') = (value IS NOT NULL)", name=op.f("corrections_value_check")),
        sa.CheckConstraint("(state = 'waiting') = (note IS NOT NULL)", name=op.f("corrections_note_check")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name=op.f("corrections_decided_check")),
        sa.CheckConstraint(
            "(state = 'refused') = (reason IS NOT NULL AND reason <> '')", name=op.f("corrections_reason_check")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'withdrawn') OR decided_by IS DISTINCT FROM sent_by",
            name=op.f("corrections_two_people_check"),
        ),
        sa.ForeignKeyConstraint(["official_id"], ["officials.id"], name=op.f("corrections_official_id_fkey")),
        sa.ForeignKeyConstraint(["sent_by"], ["accounts.id"], name=op.f("corrections_sent_by_fkey")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("corrections_decided_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("corrections_pkey")),
        sa.UniqueConstraint("public_id", name=op.f("corrections_public_id_key")),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("corrections_official_id_idx", "corrections", ["official_id", "id"])
    op.create_index(
        "corrections_one_waiting_idx", "corrections", ["official_id", "field"], unique=True, postgresql_where=waiting
    )
    op.create_index("corrections_waiting_idx", "corrections", ["id"], postgresql_where=waiting)
    op.execute(DECIDED)


def _recovery_contacts() -> None:
    op.create_table(
        "recovery_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("usable_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('mail', 'phone')", name=op.f("recovery_contacts_kind_check")),
        sa.CheckConstraint("usable_from >= set_at + interval '168 hours'", name=op.f("recovery_contacts_hold_check")),
        sa.CheckConstraint("ended_at >= set_at", name=op.f("recovery_contacts_ended_check")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("recovery_contacts_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("recovery_contacts_pkey")),
        sa.UniqueConstraint("public_id", name=op.f("recovery_contacts_public_id_key")),
    )
    op.create_index(
        "recovery_contacts_one_of_a_kind_idx",
        "recovery_contacts",
        ["account_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("notices", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("notices_contact_id_fkey"), "notices", "recovery_contacts", ["contact_id"], ["id"], ondelete="SET NULL"
    )

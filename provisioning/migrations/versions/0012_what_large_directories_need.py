"""What large directories need: counts that are kept, indexes by state, kind and actor, a place in the log of each host

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agencies", sa.BigInteger(), nullable=False),
        sa.Column("officials", sa.BigInteger(), nullable=False),
        sa.Column("without_account", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.BigInteger(), nullable=False),
        sa.Column("suspended", sa.BigInteger(), nullable=False),
        sa.Column("role_mailboxes", sa.BigInteger(), nullable=False),
        sa.Column("without_holder", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("tallies_agency_id_fkey")),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("tallies_pkey")),
    )
    op.create_index("accounts_state_idx", "accounts", ["state", "official_id"], unique=False)
    op.create_index("mailboxes_role_idx", "mailboxes", ["id"], unique=False, postgresql_where=sa.text("kind = 'role'"))
    op.create_index("audit_events_action_idx", "audit_events", ["action", "id"], unique=False)
    op.create_index("audit_events_actor_idx", "audit_events", ["actor_account_id", "id"], unique=False)
    op.drop_index(op.f("audit_events_actor_account_id_idx"), table_name="audit_events")
    op.add_column("log_positions", sa.Column("host", sa.Text(), server_default="", nullable=False))
    op.drop_constraint(op.f("log_positions_pkey"), "log_positions")
    op.create_primary_key(op.f("log_positions_pkey"), "log_positions", ["name", "host"])

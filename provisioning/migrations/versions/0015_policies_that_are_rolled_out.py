"""Policies that are rolled out: how far a changed policy has come; and passwords that must not be taken again

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rollouts()
    _former_passwords()


def _rollouts() -> None:
    op.create_table(
        "rollouts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("after_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "total >= 0 AND looked_at >= 0 AND changed BETWEEN 0 AND looked_at", name=op.f("rollouts_counts_check")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("rollouts_agency_id_fkey")),
        sa.ForeignKeyConstraint(["begun_by"], ["accounts.id"], name=op.f("rollouts_begun_by_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("rollouts_pkey")),
        sa.UniqueConstraint("public_id", name=op.f("rollouts_public_id_key")),
    )
    op.create_index(
        "rollouts_one_at_a_time_idx",
        "rollouts",
        ["agency_id", "name"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index(
        "rollouts_waiting_idx", "rollouts", ["starts_on", "id"], postgresql_where=sa.text("finished_at IS NULL")
    )


def _former_passwords() -> None:
    op.create_table(
        "former_passwords",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("former_passwords_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("former_passwords_pkey")),
    )
    op.create_index(op.f("former_passwords_account_id_idx"), "former_passwords", ["account_id"])

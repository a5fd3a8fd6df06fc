"""Secrets being enrolled apart from those in use; what the brake counts a recovery by; how long a session may idle

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "totp_enrolments",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("totp_enrolments_account_id_fkey")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("totp_enrolments_session_id_fkey")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("totp_enrolments_pkey")),
    )
    op.add_column("recoveries", sa.Column("subject", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("idle_minutes", sa.BigInteger(), nullable=False, server_default="15"))

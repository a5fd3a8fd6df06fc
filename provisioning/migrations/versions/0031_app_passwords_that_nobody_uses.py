"""App passwords that nobody uses: a policy

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

NAMES = (
    "'naming_patterns', 'reserved_locals', 'forbidden_locals', 'keep_address', 'alias_days', 'quarantine_days',"
    " 'mailbox_kept_months', 'forward_on_leaving', 'quota_rules', 'role_quota_bytes', 'second_factor',"
    " 'password_profile', 'session_idle_minutes', 'session_hours', 'unused_days', 'app_password_unused_days',"
    " 'colleague_fields', 'use_days', 'targets'"
)


def upgrade() -> None:
    # A few rows an agency at most: checked at once.
    op.drop_constraint(op.f("policies_name_check"), "policies", type_="check")
    op.create_check_constraint(op.f("policies_name_check"), "policies", sa.text(f"name IN ({NAMES})"))

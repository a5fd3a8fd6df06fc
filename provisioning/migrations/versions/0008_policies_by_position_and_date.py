"""Policies by position and date: a quota becomes a rule table, the second factor a rule with its first day

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0007.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAMES = (
    "'naming_patterns', 'reserved_locals', 'forbidden_locals', 'keep_address', 'alias_days', 'quarantine_days',"
    " 'mailbox_kept_months', 'forward_on_leaving', 'quota_rules', 'role_quota_bytes', 'second_factor',"
    " 'password_profile', 'session_idle_minutes', 'session_hours', 'colleague_fields', 'use_days', 'targets'"
)


def upgrade() -> None:
    # A few rows an agency at most: one statement each.
    op.execute(
        "UPDATE policies SET name = 'quota_rules', value = jsonb_build_object('value',"
        " jsonb_build_object('rules', '[]'::jsonb, 'default', value->'value')) WHERE name = 'quota_bytes'"
    )
    op.execute(
        "UPDATE policies SET value = jsonb_build_object('value', jsonb_build_object('who',"
        " CASE WHEN (value->>'value')::boolean THEN 'everybody' ELSE 'nobody' END, 'since', NULL))"
        " WHERE name = 'second_factor' AND jsonb_typeof(value->'value') = 'boolean'"
    )
    op.create_check_constraint(op.f("policies_name_check"), "policies", sa.text(f"name IN ({NAMES})"))
    op.create_check_constraint(op.f("policies_value_check"), "policies", sa.text("value ? 'value'"))

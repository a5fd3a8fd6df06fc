"""What each kind of address has: a day until which one in quarantine is kept, what it was before; neither on one in use

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0036. Few addresses were ever handed on after a quarantine.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

RULES = {
    "kind_before": "kind_before IS NULL"
    " OR kind = 'quarantined' AND kind_before IN ('primary', 'alias', 'receive_only')",
    "until": "kind IN ('alias', 'receive_only') OR (kind = 'quarantined') = (valid_until IS NOT NULL)",
}


def upgrade() -> None:
    op.execute("UPDATE addresses SET kind_before = NULL WHERE kind <> 'quarantined' AND kind_before IS NOT NULL")
    for name, rule in RULES.items():
        op.execute(f"ALTER TABLE addresses ADD CONSTRAINT addresses_{name}_check CHECK ({rule}) NOT VALID")
        op.execute(f"ALTER TABLE addresses VALIDATE CONSTRAINT addresses_{name}_check")

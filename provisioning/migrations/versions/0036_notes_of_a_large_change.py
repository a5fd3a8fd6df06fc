"""Find the agencies of mailboxes one table after the other: whatever PostgreSQL takes the tables for, none is crossed

A join was planned by what the statistics said. Where they had been taken while the tables were empty, and ten thousand
people came after them, it compared each mailbox with each account and each post: a suspension did not end.

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0035.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE OR REPLACE FUNCTION note_mailboxes(ids bigint[]) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO membership_changes (agency_id)
    SELECT DISTINCT {agencies};
  INSERT INTO membership_changes (mailbox_id)
    SELECT DISTINCT mailbox_id FROM mailing_list_members WHERE mailbox_id = ANY(ids);
END
"""
STEPS = """agency_id FROM appointments WHERE official_id = ANY(ARRAY(
      SELECT official_id FROM accounts WHERE id = ANY(ARRAY(
        SELECT account_id FROM mailboxes WHERE id = ANY(ids)))))"""
JOIN = """p.agency_id FROM mailboxes m JOIN accounts a ON a.id = m.account_id
      JOIN appointments p ON p.official_id = a.official_id WHERE m.id = ANY(ids)"""


def upgrade() -> None:
    op.execute(FUNCTION.format(agencies=STEPS))


def downgrade() -> None:
    op.execute(FUNCTION.format(agencies=JOIN))

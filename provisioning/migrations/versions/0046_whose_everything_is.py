"""Whose everything is, for good: an account its official's, a mailbox its account's, a credential its owner's

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0045.
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

# Who could write another owner into one row would read the mail, or take over the account, of somebody else.
STAYS = """
CREATE TRIGGER {0}_stay_whose_they_are BEFORE UPDATE OF {1} ON {0} FOR EACH ROW
  WHEN (({2}) IS DISTINCT FROM ({3})) EXECUTE FUNCTION refuse();
"""
OWNED = {
    "mailboxes": ("public_id", "kind", "account_id"),
    "sessions": ("account_id",),
    "app_passwords": ("account_id", "mailbox_id", "public_id", "lookup_key", "hash"),
    "api_tokens": ("account_id", "digest"),
    "activation_codes": ("account_id", "digest", "credential_version"),
    "passwords": ("account_id",),
    "totp": ("account_id",),
    "totp_enrolments": ("account_id",),
    "recovery_codes": ("account_id", "digest"),
    "recovery_contacts": ("account_id", "kind"),
    "grants": ("account_id", "role", "agency_id"),
    "holdings": ("account_id", "mailbox_id"),
}
KEPT = """
CREATE TRIGGER {0}_keep BEFORE DELETE ON {0} FOR EACH ROW EXECUTE FUNCTION refuse();
"""

# An official has one account for life, and it has its number; with a record that was merged it goes to the one that
# goes on. That a record was merged is never taken back, and nothing of it goes on.
PEOPLE = """
CREATE FUNCTION account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> OLD.number OR NOT EXISTS (
     SELECT FROM officials WHERE id = OLD.official_id AND merged_into_id = NEW.official_id) THEN
    RAISE EXCEPTION 'account % is one official''s for life', OLD.number USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_stay BEFORE UPDATE OF number, official_id ON accounts FOR EACH ROW
  WHEN (NEW.number <> OLD.number OR NEW.official_id <> OLD.official_id) EXECUTE FUNCTION account_stays();
CREATE TRIGGER officials_stay_merged BEFORE UPDATE OF merged_into_id ON officials FOR EACH ROW
  WHEN (OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS DISTINCT FROM OLD.merged_into_id)
  EXECUTE FUNCTION refuse();
CREATE FUNCTION nothing_of_a_merged_record_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM accounts WHERE official_id = NEW.id AND state <> 'disabled')
     OR EXISTS (SELECT FROM appointments WHERE official_id = NEW.id AND valid_to IS NULL) THEN
    RAISE EXCEPTION 'official % is merged and goes on', NEW.public_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER officials_end_when_merged AFTER UPDATE OF merged_into_id ON officials
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL)
  EXECUTE FUNCTION nothing_of_a_merged_record_goes_on();
"""

# Who holds a role mailbox opens it; of a personal one nobody is a holder. An app password is made by the owner, or by
# who holds the role mailbox on that day; one that was not would open somebody else's mail. They wait for whoever closes
# the mailbox, as their foreign keys do a moment later.
MAILBOXES = """
CREATE FUNCTION holds_a_role_mailbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM mailboxes WHERE id = NEW.mailbox_id AND kind = 'role' AND state <> 'disabled' FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'mailbox % is no open role mailbox', NEW.mailbox_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER holdings_of_a_role_mailbox BEFORE INSERT ON holdings FOR EACH ROW
  EXECUTE FUNCTION holds_a_role_mailbox();
CREATE FUNCTION opens_what_its_owner_has() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  day date := (NEW.made_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
BEGIN
  PERFORM FROM mailboxes WHERE id = NEW.mailbox_id AND state <> 'disabled' FOR KEY SHARE;
  IF NOT FOUND OR NOT EXISTS (SELECT FROM mailboxes WHERE id = NEW.mailbox_id AND account_id = NEW.account_id)
     AND NOT EXISTS (SELECT FROM holdings WHERE mailbox_id = NEW.mailbox_id AND account_id = NEW.account_id
                        AND valid_from <= day AND coalesce(valid_to, 'infinity') > day) THEN
    RAISE EXCEPTION 'account % does not open mailbox %', NEW.account_id, NEW.mailbox_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER app_passwords_open_what_their_owner_has BEFORE INSERT ON app_passwords FOR EACH ROW
  EXECUTE FUNCTION opens_what_its_owner_has();
CREATE FUNCTION role_mailbox_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM mailboxes WHERE id = NEW.id FOR UPDATE;
  IF EXISTS (SELECT FROM app_passwords WHERE mailbox_id = NEW.id AND revoked_at IS NULL)
     OR EXISTS (SELECT FROM holdings WHERE mailbox_id = NEW.id AND valid_to IS NULL)
     OR EXISTS (SELECT FROM addresses WHERE mailbox_id = NEW.id AND kind <> 'quarantined') THEN
    RAISE EXCEPTION 'role mailbox % is closed with something left', NEW.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER mailboxes_close_with_all_they_have AFTER UPDATE OF state ON mailboxes FOR EACH ROW
  WHEN (NEW.kind = 'role' AND NEW.state = 'disabled' AND OLD.state <> 'disabled')
  EXECUTE FUNCTION role_mailbox_closes();
CREATE TRIGGER mailboxes_stay_closed BEFORE UPDATE OF state ON mailboxes FOR EACH ROW
  WHEN (OLD.kind = 'role' AND OLD.state = 'disabled' AND NEW.state <> 'disabled') EXECUTE FUNCTION refuse_return();
"""

# What was carried out stands for ever: in its place stand those who took over.
PLANS = """
CREATE TRIGGER reorganisations_keep BEFORE DELETE ON reorganisations FOR EACH ROW
  WHEN (OLD.done_at IS NOT NULL) EXECUTE FUNCTION refuse();
CREATE TRIGGER reorganisations_are_done_once BEFORE UPDATE OF done_at ON reorganisations FOR EACH ROW
  WHEN (OLD.done_at IS NOT NULL AND NEW.done_at IS DISTINCT FROM OLD.done_at) EXECUTE FUNCTION refuse_return();
CREATE TRIGGER staff_list_rows_are_applied_once BEFORE UPDATE OF applied_at ON staff_list_rows FOR EACH ROW
  WHEN (OLD.applied_at IS NOT NULL AND NEW.applied_at IS DISTINCT FROM OLD.applied_at)
  EXECUTE FUNCTION refuse_return();
"""


def upgrade() -> None:
    for table, columns in OWNED.items():
        old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
        op.execute(STAYS.format(table, ", ".join(columns), old, new))
    for table in ("accounts", "mailboxes"):
        op.execute(KEPT.format(table))
    op.execute(PEOPLE)
    op.execute(MAILBOXES)
    op.execute(PLANS)

"""What ends with an account: PostgreSQL keeps what a closed one opened, held and was shut, and whose everything is

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0041.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

DAYS = """
CREATE FUNCTION vietnamese_day() RETURNS date LANGUAGE sql STABLE
RETURN (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
CREATE FUNCTION outlasts(valid_from date, valid_to date, day date) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(valid_to, 'infinity') > greatest(valid_from, day);
"""

# Of accounts closed until now the day is the last on which something of them ended. What the verbs would have ended
# then, and something else left standing, ends then too: nobody gets in by it, and none may come back with the account.
CLOSED = """
UPDATE accounts SET closed_on = coalesce((
  SELECT max(valid_to) FROM (
    SELECT valid_to FROM appointments WHERE official_id = accounts.official_id
    UNION ALL SELECT valid_to FROM grants WHERE account_id = accounts.id
    UNION ALL SELECT valid_to FROM holdings WHERE account_id = accounts.id) AS ended
   WHERE valid_to <= vietnamese_day()), vietnamese_day())
 WHERE state = 'disabled';
UPDATE appointments AS post SET valid_to = greatest(valid_from, closed_on), address_follows = false FROM accounts
 WHERE accounts.official_id = post.official_id AND state = 'disabled' AND outlasts(valid_from, valid_to, closed_on);
UPDATE grants SET valid_to = greatest(valid_from, closed_on) FROM accounts
 WHERE accounts.id = account_id AND state = 'disabled' AND outlasts(valid_from, valid_to, closed_on);
UPDATE holdings SET valid_to = greatest(valid_from, closed_on) FROM accounts
 WHERE accounts.id = account_id AND state = 'disabled' AND outlasts(valid_from, valid_to, closed_on);
UPDATE sessions SET ended_at = now() FROM accounts
 WHERE accounts.id = account_id AND state = 'disabled' AND ended_at IS NULL;
UPDATE mailboxes SET state = 'disabled' FROM accounts
 WHERE accounts.id = account_id AND accounts.state = 'disabled' AND mailboxes.state <> 'disabled';
"""
REVOKE = """
UPDATE {0} SET revoked_at = now() FROM accounts
 WHERE accounts.id = account_id AND state = 'disabled' AND revoked_at IS NULL
"""
FORGET = """
DELETE FROM {0} USING accounts WHERE accounts.id = account_id AND state = 'disabled';
CREATE TRIGGER {0}_of_an_open_account BEFORE INSERT OR UPDATE OF account_id ON {0}
  FOR EACH ROW EXECUTE FUNCTION refuse_closed_account();
"""
REVOKED = ("app_passwords", "api_tokens", "activation_codes")
SECRETS = ("passwords", "totp", "totp_enrolments", "recovery_codes")

# A worker of before says no day; it carries out what is due today.
CLOSED_ON = """
CREATE FUNCTION account_closed_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.closed_on := CASE WHEN NEW.state = 'disabled' THEN vietnamese_day() END;
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_closed_on BEFORE INSERT OR UPDATE OF state ON accounts FOR EACH ROW
  WHEN ((NEW.state = 'disabled') <> (NEW.closed_on IS NOT NULL)) EXECUTE FUNCTION account_closed_on();
"""

# Asked at the end of the transaction, because a verb ends one thing after the other. The lock makes whoever gives the
# official a post wait, or waits for them: the foreign key of a post holds a weaker one.
ENDS = """
CREATE FUNCTION ends_with_its_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  left_over text;
BEGIN
  PERFORM FROM officials WHERE id = NEW.official_id FOR UPDATE;
  SELECT CASE
    WHEN EXISTS (SELECT FROM sessions WHERE account_id = accounts.id AND ended_at IS NULL) THEN 'a session'
    WHEN EXISTS (SELECT FROM app_passwords WHERE account_id = accounts.id AND revoked_at IS NULL) THEN 'an app password'
    WHEN EXISTS (SELECT FROM api_tokens WHERE account_id = accounts.id AND revoked_at IS NULL) THEN 'a token'
    WHEN EXISTS (SELECT FROM activation_codes
                  WHERE account_id = accounts.id AND revoked_at IS NULL AND used_at IS NULL) THEN 'a slip'
    WHEN EXISTS (SELECT FROM passwords WHERE account_id = accounts.id) THEN 'a password'
    WHEN EXISTS (SELECT FROM totp WHERE account_id = accounts.id)
      OR EXISTS (SELECT FROM totp_enrolments WHERE account_id = accounts.id)
      OR EXISTS (SELECT FROM recovery_codes WHERE account_id = accounts.id) THEN 'a second factor'
    WHEN EXISTS (SELECT FROM grants WHERE account_id = accounts.id AND outlasts(valid_from, valid_to, closed_on)) THEN 'a role'
    WHEN EXISTS (SELECT FROM holdings WHERE account_id = accounts.id AND outlasts(valid_from, valid_to, closed_on))
      THEN 'a role mailbox'
    WHEN EXISTS (SELECT FROM mailboxes WHERE account_id = accounts.id AND state <> 'disabled') THEN 'an open mailbox'
    WHEN EXISTS (SELECT FROM appointments WHERE official_id = accounts.official_id AND outlasts(valid_from, valid_to, closed_on))
      THEN 'a post'
    END INTO left_over
    FROM accounts WHERE id = NEW.id AND state = 'disabled';
  IF left_over IS NOT NULL THEN
    RAISE EXCEPTION 'account % is closed and still has %', NEW.id, left_over USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER accounts_end_with_all_they_have AFTER UPDATE OF state, official_id, closed_on ON accounts
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'disabled') EXECUTE FUNCTION ends_with_its_account();
"""

# The other side: nothing is given to an account that is closed, nor opened again. Whoever comes back takes up a post
# first: a new one has the closed account looked at again at the end of the transaction, all of a statement at once, so
# that thousands of newcomers queue nothing. One that becomes longer waits as if it were new.
STAYS_SHUT = """
CREATE FUNCTION look_at_closed_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE accounts SET closed_on = closed_on FROM given
   WHERE accounts.official_id = given.official_id AND state = 'disabled'
     AND outlasts(given.valid_from, given.valid_to, closed_on);
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_of_an_open_account AFTER INSERT ON appointments
  REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION look_at_closed_accounts();
CREATE FUNCTION look_at_closed_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM officials WHERE id = NEW.official_id FOR KEY SHARE;
  UPDATE accounts SET closed_on = closed_on WHERE official_id = NEW.official_id AND state = 'disabled';
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_end_with_the_account AFTER UPDATE OF official_id, valid_to ON appointments FOR EACH ROW
  WHEN (NEW.official_id <> OLD.official_id OR coalesce(NEW.valid_to, 'infinity') > coalesce(OLD.valid_to, 'infinity'))
  EXECUTE FUNCTION look_at_closed_account();
CREATE FUNCTION look_at_closed_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE accounts SET closed_on = closed_on WHERE id = NEW.account_id AND state = 'disabled';
  RETURN NULL;
END $$;
CREATE TRIGGER mailboxes_open_with_their_account AFTER UPDATE OF state ON mailboxes FOR EACH ROW
  WHEN (NEW.kind = 'personal' AND OLD.state = 'disabled' AND NEW.state <> 'disabled')
  EXECUTE FUNCTION look_at_closed_holder();
"""
LONGER = """
CREATE TRIGGER {0}_of_a_closed_account_only_end BEFORE UPDATE OF valid_to ON {0} FOR EACH ROW
  WHEN (NEW.valid_to IS DISTINCT FROM OLD.valid_to AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to))
  EXECUTE FUNCTION refuse_closed_account();
"""

# What was ended, revoked or spent is so for ever: somebody who left, or a code that was read over a shoulder.
STAYS_OVER = """
CREATE FUNCTION refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what is over in % stays over', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
OVER = {
    "sessions": "ended_at",
    "app_passwords": "revoked_at",
    "api_tokens": "revoked_at",
    "activation_codes": "revoked_at",
    "recovery_contacts": "ended_at",
}
RETURN = """
CREATE TRIGGER {0}_stay_over BEFORE UPDATE OF {1} ON {0} FOR EACH ROW
  WHEN (OLD.{1} IS NOT NULL AND NEW.{1} IS NULL) EXECUTE FUNCTION refuse_return();
"""
CODES = """
CREATE TRIGGER activation_codes_are_spent_once BEFORE UPDATE OF used_at ON activation_codes FOR EACH ROW
  WHEN (OLD.used_at IS DISTINCT FROM NEW.used_at AND (OLD.used_at IS NOT NULL OR OLD.revoked_at IS NOT NULL))
  EXECUTE FUNCTION refuse_return();
CREATE TRIGGER recovery_codes_are_spent_once BEFORE UPDATE OF used_at ON recovery_codes FOR EACH ROW
  WHEN (OLD.used_at IS NOT NULL AND NEW.used_at IS DISTINCT FROM OLD.used_at) EXECUTE FUNCTION refuse_return();
"""

# Each step of a recovery once, and in order; what it proved before holds for no later credentials.
STEPS = """
CREATE TRIGGER recoveries_go_step_by_step BEFORE UPDATE OF state ON recoveries FOR EACH ROW
  WHEN (OLD.state <> NEW.state AND NOT (
    OLD.state = 'started' AND NEW.state = 'authenticator' OR OLD.state = 'authenticator' AND NEW.state = 'ready'
    OR OLD.state = 'ready' AND NEW.state = 'done' OR OLD.state <> 'done' AND NEW.state = 'expired'))
  EXECUTE FUNCTION refuse_return();
CREATE TRIGGER recoveries_stay BEFORE UPDATE OF account_id, digest, credential_version, expires_at ON recoveries
  FOR EACH ROW WHEN ((OLD.account_id, OLD.digest, OLD.credential_version, OLD.expires_at)
    IS DISTINCT FROM (NEW.account_id, NEW.digest, NEW.credential_version, NEW.expires_at))
  EXECUTE FUNCTION refuse();
CREATE TRIGGER accounts_version_grows BEFORE UPDATE OF state, credential_version ON accounts FOR EACH ROW
  WHEN (NEW.credential_version < OLD.credential_version
    OR OLD.state = 'disabled' AND NEW.state <> 'disabled' AND NEW.credential_version = OLD.credential_version)
  EXECUTE FUNCTION refuse_return();
CREATE TRIGGER totp_steps_grow BEFORE UPDATE OF last_step ON totp FOR EACH ROW
  WHEN (NEW.last_step <= OLD.last_step AND NEW.secret = OLD.secret) EXECUTE FUNCTION refuse_return();
"""


def upgrade() -> None:
    op.add_column("accounts", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute(DAYS)
    op.execute(CLOSED)
    for table in REVOKED:
        op.execute(REVOKE.format(table))
    for table in SECRETS:
        op.execute(FORGET.format(table))
    op.create_check_constraint(
        op.f("accounts_closed_check"), "accounts", "(state = 'disabled') = (closed_on IS NOT NULL)"
    )
    op.execute(CLOSED_ON)
    op.execute(ENDS)
    op.execute(STAYS_SHUT)
    for table in ("grants", "holdings"):
        op.execute(LONGER.format(table))
    op.execute(STAYS_OVER)
    for table, moment in OVER.items():
        op.execute(RETURN.format(table, moment))
    op.execute(CODES)
    op.execute(STEPS)

"""What a closed agency keeps: no agency that goes on below it, no domain in use, no role after its end; each role once

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0043.
"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# What a person decides is asked for and not guessed; the version before this one has the pages to do it.
ASKED = """
DO $$
DECLARE
  found text;
BEGIN
  SELECT string_agg(below.name || ' (' || below.public_id || ')', ', ') INTO found
    FROM agencies AS below JOIN agencies AS above ON above.id = below.parent_id
   WHERE coalesce(below.valid_to, 'infinity') > above.valid_to;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'These agencies go on below one that is closed. Move them below an open one, then migrate again: %',
      found;
  END IF;
  SELECT string_agg(domains.name, ', ') INTO found FROM domains JOIN agencies ON agencies.id = domains.agency_id
   WHERE domains.state = 'active' AND agencies.valid_to IS NOT NULL;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'These domains are in use and their agency is closed. Let them retire, then migrate again: %', found;
  END IF;
END $$;
"""

# A role that ran on after the end of its agency was none any more. Of those that overlap the first stays as it is; of
# each other one those days stay that no earlier one has. One that was withdrawn before it began ends before it begins.
GRANTS = """
UPDATE grants SET valid_to = agencies.valid_to FROM agencies
 WHERE agencies.id = agency_id AND coalesce(grants.valid_to, 'infinity') > agencies.valid_to;
WITH given AS (
  SELECT id, valid_from, valid_to,
         max(coalesce(valid_to, 'infinity')) OVER (PARTITION BY account_id, role, agency_id ORDER BY valid_from, id
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS had_until
    FROM grants WHERE coalesce(valid_to, 'infinity') > valid_from)
UPDATE grants SET
    valid_from = CASE WHEN had_until < coalesce(given.valid_to, 'infinity') THEN had_until ELSE given.valid_from END,
    valid_to = CASE WHEN had_until < coalesce(given.valid_to, 'infinity') THEN given.valid_to ELSE given.valid_from END
  FROM given WHERE given.id = grants.id AND had_until > given.valid_from;
ALTER TABLE grants ADD CONSTRAINT grants_once EXCLUDE USING gist
  (account_id WITH =, role WITH =, agency_id WITH =, daterange(valid_from, valid_to) WITH &&)
  WHERE (valid_to IS NULL OR valid_to > valid_from);
"""

# Of one that changes it is asked at the end of the transaction: a reorganisation closes an agency with those below it. The foreign key
# of an agency below has waited for whoever closes the one above, who has locked it by then (`CLOSED` of 0035).
BELOW = """
CREATE FUNCTION ends_with_the_agency_above() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM agencies AS below JOIN agencies AS above ON above.id = below.parent_id
              WHERE below.id = NEW.id AND coalesce(below.valid_to, 'infinity') > above.valid_to)
     OR EXISTS (SELECT FROM agencies AS below JOIN agencies AS above ON above.id = below.parent_id
                 WHERE above.id = NEW.id AND coalesce(below.valid_to, 'infinity') > above.valid_to) THEN
    RAISE EXCEPTION 'agency % goes on below one that is closed, or has one below it that does', NEW.id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER agencies_begin_below_an_open_one AFTER INSERT ON agencies
  FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION ends_with_the_agency_above();
CREATE CONSTRAINT TRIGGER agencies_end_with_the_one_above AFTER UPDATE OF parent_id, valid_to ON agencies
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ends_with_the_agency_above();
"""
# Who only changes a row waits for whoever closes its agency, as the foreign key of a new row does.
DOMAINS = """
CREATE OR REPLACE FUNCTION refuse_closed_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM agencies WHERE id = NEW.agency_id FOR KEY SHARE;
  IF EXISTS (SELECT FROM agencies WHERE id = NEW.agency_id AND valid_to IS NOT NULL) THEN
    RAISE EXCEPTION 'no % at agency %, which is closed', TG_TABLE_NAME, NEW.agency_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER domains_of_an_open_agency AFTER INSERT OR UPDATE OF agency_id, state ON domains FOR EACH ROW
  WHEN (NEW.state = 'active') EXECUTE FUNCTION refuse_closed_agency();
"""
CLOSED = """
CREATE OR REPLACE FUNCTION refuse_end_with_something_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM agencies WHERE id = NEW.id FOR UPDATE;
  IF EXISTS (SELECT FROM headcounts WHERE agency_id = NEW.id AND coalesce(valid_to, 'infinity') > NEW.valid_to)
     OR EXISTS (SELECT FROM grants WHERE agency_id = NEW.id AND coalesce(valid_to, 'infinity') > NEW.valid_to)
     OR EXISTS (SELECT FROM domains WHERE agency_id = NEW.id AND state = 'active')
     OR EXISTS (SELECT FROM mailboxes WHERE agency_id = NEW.id AND state <> 'disabled')
     OR EXISTS (SELECT FROM mailing_lists WHERE agency_id = NEW.id AND state <> 'disabled') THEN
    RAISE EXCEPTION 'something of agency % is left', NEW.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    op.execute(ASKED)
    op.execute(GRANTS)
    op.execute(BELOW)
    op.execute(DOMAINS)
    op.execute(CLOSED)

"""What ends with an agency: PostgreSQL keeps headcounts, roles, posts, role mailboxes and lists away from a closed one

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0034.
"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# What was declared for days after the end of an agency never holds; until now it was left standing.
LEFT_OVER = """
DELETE FROM headcounts USING agencies
 WHERE agencies.id = headcounts.agency_id AND headcounts.valid_from >= agencies.valid_to;
UPDATE headcounts SET valid_to = agencies.valid_to FROM agencies
 WHERE agencies.id = headcounts.agency_id AND (headcounts.valid_to IS NULL OR headcounts.valid_to > agencies.valid_to)
   AND agencies.valid_to IS NOT NULL;
"""

# They look after the row is written: its foreign key has waited by then for whoever is about to close the agency.
OF_AN_OPEN_AGENCY = """
CREATE FUNCTION ends_with_its_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM agencies WHERE id = NEW.agency_id AND valid_to < coalesce(NEW.valid_to, 'infinity')) THEN
    RAISE EXCEPTION '% go no further than agency %', TG_TABLE_NAME, NEW.agency_id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER headcounts_end_with_their_agency AFTER INSERT OR UPDATE OF agency_id, valid_from, valid_to ON headcounts
  FOR EACH ROW EXECUTE FUNCTION ends_with_its_agency();
CREATE TRIGGER appointments_end_with_their_agency AFTER UPDATE OF agency_id, valid_from, valid_to ON appointments
  FOR EACH ROW WHEN (NEW.valid_to IS DISTINCT FROM NEW.valid_from) EXECUTE FUNCTION ends_with_its_agency();
CREATE FUNCTION refuse_posts_of_a_closed_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM given JOIN agencies ON agencies.id = given.agency_id
              WHERE agencies.valid_to < coalesce(given.valid_to, 'infinity')
                AND given.valid_to IS DISTINCT FROM given.valid_from) THEN
    RAISE EXCEPTION 'appointments go no further than their agency' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_of_an_open_agency AFTER INSERT ON appointments
  REFERENCING NEW TABLE AS given FOR EACH STATEMENT EXECUTE FUNCTION refuse_posts_of_a_closed_agency();
CREATE FUNCTION refuse_closed_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM agencies WHERE id = NEW.agency_id AND valid_to IS NOT NULL) THEN
    RAISE EXCEPTION 'no % at agency %, which is closed', TG_TABLE_NAME, NEW.agency_id
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER grants_of_an_open_agency AFTER INSERT ON grants FOR EACH ROW EXECUTE FUNCTION refuse_closed_agency();
CREATE TRIGGER grants_only_end_at_a_closed_agency AFTER UPDATE OF agency_id, valid_to ON grants FOR EACH ROW
  WHEN (NEW.agency_id <> OLD.agency_id OR NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to)
  EXECUTE FUNCTION refuse_closed_agency();
CREATE TRIGGER mailboxes_of_an_open_agency AFTER INSERT OR UPDATE OF agency_id, state ON mailboxes FOR EACH ROW
  WHEN (NEW.kind = 'role' AND NEW.state <> 'disabled') EXECUTE FUNCTION refuse_closed_agency();
CREATE TRIGGER mailing_lists_of_an_open_agency AFTER INSERT OR UPDATE OF agency_id, state ON mailing_lists FOR EACH ROW
  WHEN (NEW.state <> 'disabled') EXECUTE FUNCTION refuse_closed_agency();
"""

# The lock waits for those who are writing something of the agency: their foreign keys hold a weaker one.
CLOSED = """
CREATE FUNCTION refuse_end_with_something_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM agencies WHERE id = NEW.id FOR UPDATE;
  IF EXISTS (SELECT FROM headcounts WHERE agency_id = NEW.id AND coalesce(valid_to, 'infinity') > NEW.valid_to)
     OR EXISTS (SELECT FROM grants WHERE agency_id = NEW.id AND valid_to IS NULL)
     OR EXISTS (SELECT FROM mailboxes WHERE agency_id = NEW.id AND state <> 'disabled')
     OR EXISTS (SELECT FROM mailing_lists WHERE agency_id = NEW.id AND state <> 'disabled') THEN
    RAISE EXCEPTION 'something of agency % is left', NEW.id USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER agencies_end_with_all_they_have AFTER UPDATE OF valid_to ON agencies FOR EACH ROW
  WHEN (NEW.valid_to IS NOT NULL AND NEW.valid_to IS DISTINCT FROM OLD.valid_to)
  EXECUTE FUNCTION refuse_end_with_something_left();
"""


def upgrade() -> None:
    op.execute(LEFT_OVER)
    op.create_check_constraint(
        op.f("headcounts_dates_check"), "headcounts", "valid_to IS NULL OR valid_to > valid_from"
    )
    op.execute(OF_AN_OPEN_AGENCY)
    op.execute(CLOSED)

"""The queue: procrastinate's tables, an index and a trigger that its locks need.

Without the index, fetching a job among 100,000 locked ones reads them all; without the trigger, a job that
waits for another's lock is only found at the next poll.
"""

from typing import Any

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LOCKS = """
CREATE INDEX procrastinate_jobs_lock_open_idx ON procrastinate_jobs (lock)
  WHERE lock IS NOT NULL AND status IN ('todo', 'doing');
CREATE FUNCTION lock_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM procrastinate_jobs WHERE lock = NEW.lock AND status = 'todo') THEN
    PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name,
      json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lock_released AFTER UPDATE OF status ON procrastinate_jobs FOR EACH ROW
  WHEN (OLD.status = 'doing' AND NEW.status <> 'doing' AND NEW.lock IS NOT NULL) EXECUTE FUNCTION lock_released();
"""


def upgrade() -> None:
    # The schema holds % signs, which the driver would read as parameters: give it to psycopg as it is.
    connection: Any = op.get_bind().connection.driver_connection
    connection.execute(SchemaManager.get_schema())
    connection.execute(LOCKS)

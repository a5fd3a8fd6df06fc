"""What policies may say: PostgreSQL takes no value that the pages would not

Rules: expand first, contract in a later release (old workers keep running); no table is rewritten or locked
for long; what fills data goes in batches. Revises 0044.

The ranges are those of `directory/lifecycle/policy_values.py` on the day of this migration; a test compares the two. What
only the code says is which fields a naming pattern has, and that a rule's words are more than marks.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

PARTS = """
CREATE FUNCTION is_whole(value jsonb, lowest bigint, highest bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE WHEN jsonb_typeof(value) = 'number' AND value::text ~ '^-?[0-9]+$'
  THEN value::numeric BETWEEN lowest AND highest ELSE false END;

CREATE FUNCTION has_keys(value jsonb, VARIADIC keys text[]) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE WHEN jsonb_typeof(value) = 'object'
  THEN value ?& keys AND (SELECT count(*) FROM jsonb_object_keys(value)) = cardinality(keys) ELSE false END;

CREATE FUNCTION is_day(value text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE WHEN value !~ '^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$' OR value ~ '^0000' THEN false
  ELSE right(value, 2)::int BETWEEN 1 AND extract(day FROM
    make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1) + interval '1 month' - interval '1 day') END;

CREATE FUNCTION is_list_of_texts(value jsonb, lowest int, highest int, longest int, form text) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN jsonb_typeof(value) = 'array' THEN
    jsonb_array_length(value) BETWEEN lowest AND highest
    AND (SELECT count(DISTINCT each) = count(*) AND coalesce(bool_and(jsonb_typeof(each) = 'string'
           AND length(each #>> '{}') <= longest AND each #>> '{}' ~ form), true) FROM jsonb_array_elements(value) AS each)
  ELSE false END;

CREATE FUNCTION is_rule_table(value jsonb, lowest bigint, highest bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE WHEN has_keys(value, 'rules', 'default') AND jsonb_typeof(value -> 'rules') = 'array' THEN
    is_whole(value -> 'default', lowest, highest) AND jsonb_array_length(value -> 'rules') <= 50
    AND (SELECT coalesce(bool_and(has_keys(rule, 'words', 'value') AND jsonb_typeof(rule -> 'words') = 'string'
           AND length(rule ->> 'words') <= 500 AND rule ->> 'words' ~ '[^, ]'
           AND is_whole(rule -> 'value', lowest, highest)), true) FROM jsonb_array_elements(value -> 'rules') AS rule)
  ELSE false END;

CREATE FUNCTION is_choice_of(value jsonb, VARIADIC known text[]) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN value = (SELECT coalesce(jsonb_agg(word ORDER BY place), '[]')
                  FROM unnest(known) WITH ORDINALITY AS words (word, place) WHERE value ? word);
"""
SOUND = r"""
CREATE FUNCTION policy_is_sound(name text, value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(CASE name
  WHEN 'naming_patterns' THEN is_list_of_texts(value, 1, 10, 1000000, '^(\{[A-Za-z0-9_]+\}|[a-z0-9._-])+$')
  WHEN 'reserved_locals' THEN is_list_of_texts(value, 0, 500, 64, '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$')
  WHEN 'forbidden_locals' THEN is_list_of_texts(value, 0, 500, 64, '^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$')
  WHEN 'keep_address' THEN jsonb_typeof(value) = 'boolean'
  WHEN 'alias_days' THEN value = 'null' OR is_whole(value, 0, 36500)
  WHEN 'quarantine_days' THEN is_whole(value, 0, 36500)
  WHEN 'mailbox_kept_months' THEN is_rule_table(value, 0, 120)
  WHEN 'forward_on_leaving' THEN jsonb_typeof(value) = 'boolean'
  WHEN 'quota_rules' THEN is_rule_table(value, 1048576, 1099511627776)
  WHEN 'role_quota_bytes' THEN is_whole(value, 1048576, 1099511627776)
  WHEN 'second_factor' THEN has_keys(value, 'who', 'since') AND value ->> 'who' IN ('everybody', 'roles', 'nobody')
    AND jsonb_typeof(value -> 'who') = 'string'
    AND (value -> 'since' = 'null' OR jsonb_typeof(value -> 'since') = 'string' AND is_day(value ->> 'since'))
  WHEN 'password_profile' THEN value IN ('"nist"', '"vn-l3"')
  WHEN 'session_idle_minutes' THEN is_whole(value, 1, 1440)
  WHEN 'session_hours' THEN is_whole(value, 1, 168)
  WHEN 'unused_days' THEN value = 'null' OR is_whole(value, 8, 366)
  WHEN 'app_password_unused_days' THEN value = 'null' OR is_whole(value, 30, 366)
  WHEN 'colleague_fields' THEN is_choice_of(value, 'title', 'rank', 'address', 'extension')
  WHEN 'use_days' THEN is_whole(value, 1, 366)
  WHEN 'targets' THEN has_keys(value, 'provided', 'activated', 'in_use', 'second_factor')
    AND is_whole(value -> 'provided', 0, 100) AND is_whole(value -> 'activated', 0, 100)
    AND is_whole(value -> 'in_use', 0, 100) AND is_whole(value -> 'second_factor', 0, 100)
  END, false);
"""
ASKED = """
DO $$
DECLARE
  found text;
BEGIN
  SELECT string_agg(policies.name || ' of ' || agencies.name, ', ') INTO found
    FROM policies JOIN agencies ON agencies.id = agency_id WHERE NOT policy_is_sound(policies.name, value -> 'value');
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'These policies have a value that the pages do not take. Set or withdraw them, then migrate again: %',
      found;
  END IF;
END $$;
"""


def upgrade() -> None:
    op.execute(PARTS)
    op.execute(SOUND)
    op.execute(ASKED)
    op.create_check_constraint(op.f("policies_sound_check"), "policies", "policy_is_sound(name, value -> 'value')")

"""The statements that make a directory out of the names that were drawn, in their order."""

SINGLE = frozenset(("totp", "use_days", "due", "entry_status"))
"""The tables without a number of their own."""

AGENCIES = (
    # Level by level: a trigger reads the path of the agency above.
    """
    INSERT INTO agencies (id, public_id, parent_id, code, kind, name, valid_from) OVERRIDING SYSTEM VALUE
    SELECT n, 'a' || substr(md5('agency' || n), 1, 15), NULL, 'K' || lpad(n::text, 2, '0'), 'province',
      'Tỉnh Số ' || n, '2015-01-01' FROM generate_series(1, :roots) AS n
    """,
    """
    INSERT INTO agencies (id, public_id, parent_id, code, kind, name, valid_from) OVERRIDING SYSTEM VALUE
    SELECT :roots + n, 'a' || substr(md5('agency' || :roots + n), 1, 15), above.id, above.code || '.' || n,
      CASE n % 2 WHEN 0 THEN 'department' ELSE 'commune' END,
      CASE n % 2 WHEN 0 THEN 'Sở Số ' ELSE 'Xã Số ' END || n, '2015-01-01'
    FROM generate_series(1, :departments) AS n JOIN agencies AS above ON above.id = 1 + n % :roots
    """,
    """
    INSERT INTO agencies (id, public_id, parent_id, code, kind, name, valid_from) OVERRIDING SYSTEM VALUE
    SELECT n, 'a' || substr(md5('agency' || n), 1, 15), :roots + 1 + n % :departments, NULL, 'unit',
      'Phòng Số ' || n, '2015-01-01'
    FROM generate_series(:roots + :departments + 1, :agencies) AS n
    """,
    """
    INSERT INTO domains (id, name, agency_id) OVERRIDING SYSTEM VALUE
    SELECT n, 'so' || n || '.gov.vn', n FROM generate_series(1, :domains) AS n
    """,
    """
    INSERT INTO headcounts (agency_id, valid_from, posts)
    SELECT n, '2020-01-01', 500 FROM generate_series(:roots + 1, :roots + :departments) AS n
    """,
    # Where each agency's addresses are: in its own domain, or the nearest one above.
    """
    CREATE TEMPORARY TABLE seats AS
    SELECT row_number() OVER (ORDER BY agencies.id) - 1 AS seat, agencies.id AS agency_id, (
      SELECT domains.id FROM domains WHERE domains.agency_id = ANY(string_to_array(ltree2text(path), '.')::bigint[])
      ORDER BY domains.agency_id DESC LIMIT 1
    ) AS domain_id
    FROM agencies WHERE agencies.id > :roots
    """,
    "ANALYZE agencies",
)

PEOPLE = (
    """
    INSERT INTO officials (id, public_id, family, middle, given, full_name, sex, staff_number, created_at,
      personal_id, personal_id_index, birth_date, birth_date_index, phone) OVERRIDING SYSTEM VALUE
    SELECT n, 'o' || substr(md5('official' || n), 1, 15), family, middle, given, full_name, sex,
      'CB' || lpad(n::text, 7, '0'), '2026-01-05', sealed.id, sha256(('index' || sealed.id)::bytea),
      sealed.id, sha256(('day' || sealed.id)::bytea), sealed.id
    FROM drawn CROSS JOIN LATERAL (SELECT CASE WHEN n > 100 THEN sha256(('id' || n)::bytea) END) AS sealed (id)
    """,
    """
    CREATE TEMPORARY TABLE placed AS
    SELECT n, local, drawn.state, seats.agency_id, seats.domain_id FROM drawn
    JOIN seats ON seats.seat = floor(power(place, 1.3) * (SELECT count(*) FROM seats))
    """,
    """
    INSERT INTO appointments (id, official_id, agency_id, title, valid_from, valid_to) OVERRIDING SYSTEM VALUE
    SELECT n, n, agency_id, CASE n % 40 WHEN 0 THEN 'Giám đốc' WHEN 1 THEN 'Phó Giám đốc' ELSE 'Chuyên viên' END,
      '2020-01-01', CASE state WHEN 'disabled' THEN date '2026-03-01' END
    FROM placed
    """,
    # One in ten stood elsewhere before.
    """
    INSERT INTO appointments (id, official_id, agency_id, title, valid_from, valid_to) OVERRIDING SYSTEM VALUE
    SELECT (SELECT max(id) FROM appointments) + n, n, agency_id, 'Cán sự', '2016-01-01', '2020-01-01'
    FROM placed WHERE n % 10 = 0
    """,
    """
    INSERT INTO accounts (id, number, official_id, state, created_at, activated_at) OVERRIDING SYSTEM VALUE
    SELECT n, 'cv' || translate(lpad(n::text, 8, '0'), '01', 'ab'), n, state, '2026-01-05',
      CASE WHEN state IN ('active', 'suspended') THEN timestamptz '2026-02-01 03:00+00' END
    FROM placed WHERE state <> 'none'
    """,
    """
    INSERT INTO mailboxes (id, public_id, kind, account_id, state, quota_bytes, created_at) OVERRIDING SYSTEM VALUE
    SELECT id, 'm' || substr(md5('mailbox' || id), 1, 15), 'personal', id,
      CASE state WHEN 'disabled' THEN 'disabled' ELSE 'active' END, 524288000, created_at FROM accounts
    """,
    """
    INSERT INTO addresses (id, local, domain_id, domain_name, kind, mailbox_id) OVERRIDING SYSTEM VALUE
    SELECT n, local || CASE WHEN counted > 1 THEN counted::text ELSE '' END, domain_id, domains.name, 'primary', n
    FROM (
      SELECT n, local, domain_id, row_number() OVER (PARTITION BY domain_id, local ORDER BY n) AS counted
      FROM placed WHERE state <> 'none'
    ) AS named JOIN domains ON domains.id = named.domain_id
    """,
    # Every agency that has a mail domain has a role mailbox; one in five has nobody who holds it.
    """
    INSERT INTO mailboxes (id, public_id, kind, agency_id, name, quota_bytes, created_at) OVERRIDING SYSTEM VALUE
    SELECT (SELECT max(n) FROM drawn) + id, 'm' || substr(md5('role' || id), 1, 15), 'role', agency_id,
      'Văn thư số ' || id, 2147483648, '2026-01-05' FROM domains
    """,
    """
    INSERT INTO addresses (id, local, domain_id, domain_name, kind, mailbox_id) OVERRIDING SYSTEM VALUE
    SELECT (SELECT max(n) FROM drawn) + id, 'vanthu.role', id, name, 'primary', (SELECT max(n) FROM drawn) + id
    FROM domains
    """,
    """
    INSERT INTO holdings (mailbox_id, account_id, valid_from)
    SELECT mailboxes.id, accounts.id, '2026-01-05' FROM mailboxes JOIN accounts ON accounts.id = mailboxes.agency_id
    WHERE kind = 'role' AND accounts.state = 'active' AND mailboxes.id % 5 > 0
    """,
    """
    INSERT INTO due (subject, subject_id, revision, since)
    SELECT 'account', id, 1, '2026-03-01' FROM accounts WHERE id % 1000 = 0
    """,
    """
    INSERT INTO entry_status (subject, subject_id, state, tried_revision, applied_revision, at, reason)
    SELECT 'account', id, CASE WHEN id % 20000 = 0 THEN 'refused' ELSE 'ok' END, 0, 0, created_at,
      CASE WHEN id % 20000 = 0 THEN 'bench' END FROM accounts
    """,
    """
    INSERT INTO totp (account_id, secret, enrolled_at, confirmed_at)
    SELECT id, sha256(('secret' || id)::bytea), activated_at, activated_at FROM accounts
    WHERE activated_at IS NOT NULL AND id % 5 > 0
    """,
    """
    INSERT INTO use_days (account_id, day, signed_in, sent)
    SELECT id, current_date - (7 * each)::int, true, each % 2 = 0
    FROM accounts, generate_series(1, :days) AS each WHERE state = 'active' AND id % 4 > 0
    """,
    """
    INSERT INTO audit_events (id, at, actor_account_id, source, action, subject, agency_id, detail, mac)
      OVERRIDING SYSTEM VALUE
    SELECT each, timestamptz '2026-02-01' + each * interval '2 seconds', actors.id, '192.0.2.1',
      (ARRAY['official.appointed', 'official.changed', 'password.reset', 'account.suspended'])
        [1 + (each % 997 = 0)::int * 3 + (each % 3)::int * (each % 997 <> 0)::int],
      'official:' || people.public_id, posts.agency_id, '{"why": "bench"}', sha256(each::text::bytea)
    FROM generate_series(1, CAST(:events AS bigint)) AS each
    JOIN officials AS people ON people.id = 1 + (each * 7919) % (SELECT max(id) FROM officials)
    JOIN appointments AS posts ON posts.id = people.id
    LEFT JOIN accounts AS actors ON actors.id = 1 + each % 1000
    """,
)

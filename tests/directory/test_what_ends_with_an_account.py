"""What ends with an account, kept by PostgreSQL: tried by going round the code, from both sides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment
from directory.base import Actor
from directory.errors import BadValue
from directory.lifecycle import Leaving, Merging, Newcomer, Rehiring, RoleOpening, enlist, leave, merge, rehire
from directory.lifecycle import open_role_mailbox as open_boxes
from provisioning.outbox import Outbox
from tests.book import LONG_AGO, House, hire
from tests.statements import is_one_waiting

SOON = "now() + interval '1 hour'"
GIVEN = {
    "session": f"""
        INSERT INTO sessions (digest, account_id, stage, started_at, seen_at, expires_at, source, browser)
        VALUES ('s', :account, 'full', now(), now(), {SOON}, '', '')""",
    "app password": f"""
        INSERT INTO app_passwords
          (public_id, account_id, mailbox_id, label, lookup_key, hash, scopes, made_at, expires_at)
        SELECT 'a', :account, id, 'PC', '0', 'x', '{{imap}}', now(), {SOON} FROM mailboxes
         WHERE account_id = :account""",
    "token": f"""
        INSERT INTO api_tokens (public_id, digest, label, agency_id, account_id, made_at, expires_at)
        VALUES ('t', 't', '', :agency, :account, now(), {SOON})""",
    "slip": f"""
        INSERT INTO activation_codes (account_id, digest, credential_version, issued_at, expires_at)
        VALUES (:account, 'c', 1, now(), {SOON})""",
    "password": "INSERT INTO passwords (account_id, hash, set_at) VALUES (:account, 'x', now())",
    "second factor": "INSERT INTO totp (account_id, secret, enrolled_at) VALUES (:account, 'x', now())",
    "second factor begun": """
        INSERT INTO totp_enrolments (account_id, secret, begun_at) VALUES (:account, 'x', now())""",
    "recovery code": "INSERT INTO recovery_codes (account_id, digest, made_at) VALUES (:account, 'r', now())",
    "role": """
        INSERT INTO grants (account_id, role, agency_id, valid_from)
        VALUES (:account, 'hr', :agency, '2020-01-01')""",
    "role with an end": """
        INSERT INTO grants (account_id, role, agency_id, valid_from, valid_to)
        VALUES (:account, 'head', :agency, '2020-01-01', '2099-01-01')""",
    "role mailbox": """
        INSERT INTO holdings (account_id, mailbox_id, valid_from)
        SELECT :account, id, '2020-01-01' FROM mailboxes WHERE kind = 'role'""",
}
CONTACT = {
    "recovery contact": """
        INSERT INTO recovery_contacts (public_id, account_id, kind, value, set_at, usable_from)
        VALUES ('k', :account, 'mail', 'x', now(), now() + interval '168 hours')"""
}
"""What somebody keeps who leaves: nothing is opened by it alone."""
SHUT = {
    "mailbox": "UPDATE mailboxes SET state = 'disabled' WHERE account_id = :account",
    "post": """
        UPDATE appointments SET valid_to = '2026-01-01'
          FROM accounts WHERE accounts.official_id = appointments.official_id AND accounts.id = :account""",
}
"""What everybody has and is to be shut before the account is."""
CLOSE = "UPDATE accounts SET state = 'disabled', closed_on = '2026-01-01' WHERE id = :account"

SOMEBODY = """
WITH a AS (INSERT INTO agencies (public_id, kind, name, valid_from) VALUES ('p', 'province', 'P', '2020-01-01')
           RETURNING id),
     o AS (INSERT INTO officials (public_id, family, given, full_name, created_at)
           VALUES ('o', 'Lê', 'An', 'Lê An', now()) RETURNING id),
     c AS (INSERT INTO accounts (number, official_id, created_at, state)
           SELECT 'cv22222222', id, now(), 'active' FROM o RETURNING id)
SELECT a.id AS agency, o.id AS official, c.id AS account FROM a, o, c
"""
POST = """
INSERT INTO appointments (official_id, agency_id, valid_from, valid_to, kind)
VALUES (:official, :agency, '2020-01-01', {}, {})
"""


@pytest.fixture
def run(session: Session, actor: Actor, house: House, account: Account) -> Callable[[str], None]:
    """Give the way to run plain SQL about somebody, with a role mailbox at hand."""
    open_boxes(session, actor, [RoleOpening(house.unit.id, "Văn thư", "vt.phong@tinh.gov.vn")])
    its = {"account": account.id, "agency": house.unit.id}

    def do(statement: str) -> None:
        session.execute(text(statement), its)

    return do


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of somebody of the unit."""
    return hire(session, actor, house.unit, "Lê Thị Dung")[0]


def commit(session: Session) -> None:
    """Let PostgreSQL ask what it asks at the end of a transaction."""
    session.flush()
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"))


@pytest.mark.parametrize("what", GIVEN)
def test_postgresql_closes_no_account_with_something_left(
    session: Session, run: Callable[[str], None], what: str
) -> None:
    """An account is not closed while something opens it, or something that it holds runs on."""
    run(GIVEN[what])
    for statement in (*SHUT.values(), CLOSE):
        run(statement)

    with pytest.raises(DBAPIError, match="is closed and still has"):
        commit(session)


@pytest.mark.parametrize("left", SHUT)
def test_postgresql_closes_no_account_in_service(session: Session, run: Callable[[str], None], left: str) -> None:
    """An account is not closed while its mailbox is open, or its holder has a post that goes on."""
    for what, statement in SHUT.items():
        if what != left:
            run(statement)
    run(CLOSE)

    with pytest.raises(DBAPIError, match="is closed and still has"):
        commit(session)


def test_postgresql_closes_an_account_of_which_nothing_is_left(session: Session, run: Callable[[str], None]) -> None:
    """What ended by the day on which the account is closed, and a slip that was spent, stand in the way of nothing."""
    for what in ("role", "slip"):
        run(GIVEN[what])
    run("UPDATE grants SET valid_to = '2026-01-01' WHERE account_id = :account")
    run("UPDATE activation_codes SET used_at = now() WHERE account_id = :account")

    for statement in (*SHUT.values(), CLOSE):
        run(statement)

    commit(session)


@pytest.mark.parametrize("what", GIVEN)
def test_postgresql_gives_nothing_to_a_closed_account(
    session: Session, actor: Actor, account: Account, run: Callable[[str], None], what: str
) -> None:
    """Whoever has left gets nothing by which an account is opened, no role and no role mailbox."""
    leave(session, actor, [Leaving(account.official_id)])

    with pytest.raises(DBAPIError, match="is closed"):
        run(GIVEN[what])


@pytest.mark.parametrize("table", ["grants", "holdings"])
@pytest.mark.parametrize("until", ["NULL", "valid_to + 1"])
def test_postgresql_makes_nothing_longer_for_a_closed_account(
    session: Session, actor: Actor, account: Account, run: Callable[[str], None], table: str, until: str
) -> None:
    """What ended with an account goes on no more."""
    run(GIVEN["role"])
    run(GIVEN["role mailbox"])
    leave(session, actor, [Leaving(account.official_id)])

    with pytest.raises(DBAPIError, match="is closed"):
        run(f"UPDATE {table} SET valid_to = {until} WHERE account_id = :account")


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO appointments (official_id, agency_id, valid_from)
           SELECT official_id, :agency, '2027-01-01' FROM accounts WHERE id = :account""",
        """UPDATE appointments SET valid_to = NULL FROM accounts
            WHERE accounts.official_id = appointments.official_id AND accounts.id = :account""",
        "UPDATE mailboxes SET state = 'active' WHERE account_id = :account",
    ],
)
def test_postgresql_puts_nobody_with_a_closed_account_into_service(
    session: Session, actor: Actor, account: Account, run: Callable[[str], None], statement: str
) -> None:
    """Whoever has left gets no post and no open mailbox unless the account is opened in the same transaction."""
    leave(session, actor, [Leaving(account.official_id)])
    commit(session)

    run(statement)

    with pytest.raises(DBAPIError, match="is closed and still has"):
        commit(session)


@pytest.mark.parametrize("late", [0, 3])
def test_leaving_ends_all_by_the_day(
    session: Session, actor: Actor, account: Account, run: Callable[[str], None], late: int
) -> None:
    """Somebody with everything leaves, also by a decision that comes late, and the account is closed from that day."""
    for statement in GIVEN.values():
        run(statement)
    last_day = actor.today - timedelta(days=1 + late)

    leave(session, actor, [Leaving(account.official_id, last_day)])

    commit(session)
    session.refresh(account)
    assert account.closed_on == last_day + timedelta(days=1)


def test_whoever_comes_back_has_an_account_that_is_not_closed(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """A rehiring opens the account and gives a post in one transaction."""
    leave(session, actor, [Leaving(account.official_id)])

    rehire(session, actor, [Rehiring(account.official_id, house.unit.id)])

    commit(session)
    session.refresh(account)
    assert (account.state, account.closed_on) == ("pending", None)


def test_records_of_people_who_left_are_merged(session: Session, actor: Actor, house: House) -> None:
    """An account that is closed gets a later post by a merger, and counts as closed since that one ended."""
    stays, goes = hire(session, actor, house.unit, "Lê Thị Dung", "Lê Thị Dung")
    session.execute(
        text("UPDATE appointments SET valid_from = '2026-06-01' WHERE official_id = :id"), {"id": goes.official_id}
    )
    leave(session, actor, [Leaving(stays.official_id, date(2026, 5, 1)), Leaving(goes.official_id)])

    merge(session, actor, [Merging(stays.official_id, goes.official_id)])

    commit(session)
    assert stays.closed_on == actor.today


def test_somebody_in_service_takes_over_no_closed_account(session: Session, actor: Actor, house: House) -> None:
    """A record in service without an account is not merged with one that left: its account would stay shut."""
    (listed,) = enlist(session, actor, [Newcomer(house.unit.id, "Lê Thị Dung", valid_from=LONG_AGO)])
    (gone,) = hire(session, actor, house.unit, "Lê Thị Dung")
    leave(session, actor, [Leaving(gone.official_id)])

    with pytest.raises(BadValue, match="rehire that one first"):
        merge(session, actor, [Merging(listed.id, gone.official_id)])


def test_worker_of_before_closes_accounts_from_today_on(session: Session, account: Account) -> None:
    """Who closes an account and does not know of the day leaves it to PostgreSQL."""
    session.execute(text("UPDATE accounts SET state = 'disabled' WHERE id = :id"), {"id": account.id})

    assert session.scalar(text("SELECT closed_on = vietnamese_day() FROM accounts WHERE state = 'disabled'"))


def test_postgresql_knows_since_when_an_account_is_closed(session: Session, account: Account) -> None:
    """An account in use has no day on which it was closed."""
    with pytest.raises(DBAPIError, match="accounts_closed_check"):
        session.execute(text("UPDATE accounts SET closed_on = '2026-01-01' WHERE id = :id"), {"id": account.id})


def test_end_of_an_account_waits_for_a_post_that_is_being_given(outbox: Outbox, actor: Actor) -> None:
    """Who closes an account by plain SQL sees the post that another transaction was just giving."""
    with outbox.engine.begin() as connection:
        its = dict(connection.execute(text(SOMEBODY)).mappings().one())
    refused: list[str] = []

    def end() -> None:
        try:
            with outbox.engine.begin() as connection:
                connection.execute(text(CLOSE), its)
        except DBAPIError as error:
            refused.append(str(error.orig))

    closing = Thread(target=end)
    with outbox.engine.begin() as connection:
        connection.execute(text(POST.format("NULL", "'primary'")), its)
        closing.start()
        while closing.is_alive() and not is_one_waiting(outbox.engine):
            pass
    closing.join()

    assert ["still has a post" in each for each in refused] == [True]


def test_post_of_somebody_who_left_is_shortened_freely(session: Session, actor: Actor, account: Account) -> None:
    """The rule looks at what goes on: an end that was written wrong is put earlier."""
    leave(session, actor, [Leaving(account.official_id)])
    post = session.scalars(select(Appointment).where(Appointment.official_id == account.official_id)).one()

    post.valid_to = date(2026, 3, 1)

    commit(session)

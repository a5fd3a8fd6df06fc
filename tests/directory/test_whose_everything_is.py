"""Whose everything is, kept by PostgreSQL: tried by going round the code."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.lifecycle import Leaving, Merging, Newcomer, RoleOpening, close_role_mailbox, enlist, leave, merge
from directory.lifecycle import open_role_mailbox as open_boxes
from directory.mailboxes import Mailbox
from directory.reorganisation import Plan, reorganise
from tests.book import LONG_AGO, House, hire
from tests.directory.test_what_ends_with_an_account import CONTACT, GIVEN, SOON, commit

ANOTHER = {
    "mailbox of somebody else": ("role", "UPDATE mailboxes SET account_id = :other WHERE account_id = :account"),
    "mail under another id": ("role", "UPDATE mailboxes SET public_id = 'x' WHERE account_id = :account"),
    "session": ("session", "UPDATE sessions SET account_id = :other"),
    "app password": ("app password", "UPDATE app_passwords SET account_id = :other"),
    "app password of another mailbox": (
        "app password",
        "UPDATE app_passwords SET mailbox_id = (SELECT id FROM mailboxes WHERE account_id = :other)",
    ),
    "app password under another id": ("app password", "UPDATE app_passwords SET public_id = 'x'"),
    "app password found by another key": ("app password", "UPDATE app_passwords SET lookup_key = '1'"),
    "app password that is another": ("app password", "UPDATE app_passwords SET hash = 'y'"),
    "token": ("token", "UPDATE api_tokens SET account_id = :other"),
    "token that is another": ("token", "UPDATE api_tokens SET digest = 'x'"),
    "slip": ("slip", "UPDATE activation_codes SET account_id = :other"),
    "slip that is another": ("slip", "UPDATE activation_codes SET digest = 'x'"),
    "slip of now": ("slip", "UPDATE activation_codes SET credential_version = 2"),
    "password": ("password", "UPDATE passwords SET account_id = :other"),
    "second factor": ("second factor", "UPDATE totp SET account_id = :other"),
    "second factor begun": ("second factor begun", "UPDATE totp_enrolments SET account_id = :other"),
    "recovery code": ("recovery code", "UPDATE recovery_codes SET account_id = :other"),
    "recovery code that is another": ("recovery code", "UPDATE recovery_codes SET digest = 'x'"),
    "recovery contact": ("recovery contact", "UPDATE recovery_contacts SET account_id = :other"),
    "recovery contact of another kind": ("recovery contact", "UPDATE recovery_contacts SET kind = 'phone'"),
    "role": ("role", "UPDATE grants SET account_id = :other"),
    "role elsewhere": ("role", "UPDATE grants SET agency_id = (SELECT id FROM agencies WHERE id <> :agency LIMIT 1)"),
    "higher role": ("role", "UPDATE grants SET role = 'operator'"),
    "role mailbox": ("role mailbox", "UPDATE holdings SET account_id = :other"),
    "another mailbox to hold": (
        "role mailbox",
        "UPDATE holdings SET mailbox_id = (SELECT id FROM mailboxes WHERE account_id = :other)",
    ),
    "account": ("role", "DELETE FROM accounts WHERE id = :account"),
    "mailbox": ("role", "DELETE FROM mailboxes WHERE account_id = :account"),
}
PASSWORD = f"""
INSERT INTO app_passwords (public_id, account_id, mailbox_id, label, lookup_key, hash, scopes, made_at, expires_at)
VALUES ('a', :account, :mailbox, 'PC', '0', 'x', '{{imap}}', now(), {SOON})
"""
HOLDING = "INSERT INTO holdings (account_id, mailbox_id, valid_from, valid_to) VALUES (:account, :mailbox, {}, {})"


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of somebody of the unit."""
    return hire(session, actor, house.unit, "Lê Thị Dung")[0]


@pytest.fixture
def other(session: Session, actor: Actor, house: House) -> Account:
    """Give the account of somebody else."""
    return hire(session, actor, house.unit, "Lê Văn Em")[0]


@pytest.fixture
def box(session: Session, actor: Actor, house: House) -> Mailbox:
    """Give a role mailbox that nobody holds."""
    return open_boxes(session, actor, [RoleOpening(house.unit.id, "Văn thư", "vt.phong@tinh.gov.vn")])[0]


@pytest.fixture
def run(session: Session, house: House, account: Account, other: Account, box: Mailbox) -> Callable[[str], None]:
    """Give the way to run plain SQL about somebody, somebody else and the role mailbox."""
    its = {"account": account.id, "other": other.id, "agency": house.unit.id, "mailbox": box.id}

    def do(statement: str) -> None:
        session.execute(text(statement), its)

    return do


@pytest.mark.parametrize("what", ANOTHER)
def test_postgresql_makes_nothing_somebody_elses(run: Callable[[str], None], what: str) -> None:
    """What is somebody's is never written over to somebody else, nor removed."""
    given, statement = ANOTHER[what]
    run((GIVEN | CONTACT)[given])

    with pytest.raises(DBAPIError, match="is not allowed"):
        run(statement)


@pytest.mark.parametrize(
    "column", ["number = 'cv22222222'", "official_id = (SELECT official_id FROM accounts WHERE id = :other)"]
)
def test_postgresql_keeps_an_account_to_its_official(run: Callable[[str], None], column: str) -> None:
    """Nobody gets the account of somebody else, and none gets another number."""
    with pytest.raises(DBAPIError, match="is one official's for life"):
        run(f"UPDATE accounts SET {column} WHERE id = :account")


def test_postgresql_takes_no_merger_back(session: Session, actor: Actor, account: Account, other: Account) -> None:
    """A record that was merged stays merged into the same one."""
    merge(session, actor, [Merging(account.official_id, other.official_id)])

    with pytest.raises(DBAPIError, match="is not allowed"):
        session.execute(text("UPDATE officials SET merged_into_id = NULL"))


@pytest.mark.parametrize("has_account", [True, False])
def test_postgresql_merges_nobody_who_goes_on(
    session: Session, actor: Actor, house: House, account: Account, other: Account, *, has_account: bool
) -> None:
    """A record is not merged while its account is open, or a post of it goes on."""
    (listed,) = enlist(session, actor, [Newcomer(house.unit.id, "Lê Thị Dung", valid_from=LONG_AGO)])
    its = {"into": account.official_id, "id": other.official_id if has_account else listed.id}
    if has_account:
        session.execute(text("UPDATE appointments SET valid_to = '2026-01-01' WHERE official_id = :id"), its)
    session.execute(text("UPDATE officials SET merged_into_id = :into WHERE id = :id"), its)

    with pytest.raises(DBAPIError, match="is merged and goes on"):
        commit(session)


def test_merged_records_pass(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Records are merged with the account of the one, or of the other."""
    first, second = enlist(session, actor, [Newcomer(house.unit.id, "Lê Thị Dung", valid_from=LONG_AGO)] * 2)

    merge(session, actor, [Merging(first.id, account.official_id)])
    merge(session, actor, [Merging(first.id, second.id)])

    commit(session)
    session.refresh(account)
    assert account.official_id == first.id


@pytest.mark.parametrize("days", [("'2020-01-01'", "'2020-02-01'"), ("'2099-01-01'", "NULL")])
def test_postgresql_opens_no_role_mailbox_to_others(run: Callable[[str], None], days: tuple[str, str]) -> None:
    """Who holds a role mailbox no longer, or not yet, gets no app password for it."""
    run(HOLDING.format(*days))

    with pytest.raises(DBAPIError, match="does not open mailbox"):
        run(PASSWORD)


def test_holder_opens_the_role_mailbox(session: Session, run: Callable[[str], None]) -> None:
    """Who holds a role mailbox gets an app password for it."""
    run(HOLDING.format("'2020-01-01'", "NULL"))

    run(PASSWORD)

    assert session.scalar(text("SELECT count(*) FROM app_passwords")) == 1


def test_postgresql_opens_no_personal_mailbox_to_others(run: Callable[[str], None]) -> None:
    """Nobody gets an app password for the mailbox of somebody else."""
    with pytest.raises(DBAPIError, match="does not open mailbox"):
        run(GIVEN["app password"].replace("WHERE account_id = :account", "WHERE account_id = :other"))


def test_postgresql_lets_nobody_hold_a_personal_mailbox(run: Callable[[str], None]) -> None:
    """A personal mailbox has no holder beside its owner."""
    holding = (
        "INSERT INTO holdings (account_id, mailbox_id, valid_from) SELECT :account, id, '2020-01-01' FROM mailboxes"
    )

    with pytest.raises(DBAPIError, match="is no open role mailbox"):
        run(holding + " WHERE account_id = :other")


OVER = "UPDATE holdings SET valid_to = '2026-01-01' WHERE mailbox_id = :mailbox"
FREED = "UPDATE addresses SET kind = 'quarantined', valid_until = '2099-01-01' WHERE mailbox_id = :mailbox"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param([HOLDING.format("'2020-01-01'", "NULL"), PASSWORD, OVER, FREED], id="app password"),
        pytest.param([HOLDING.format("'2020-01-01'", "NULL"), FREED], id="holder"),
        pytest.param([], id="address"),
    ],
)
def test_postgresql_closes_no_role_mailbox_with_something_left(run: Callable[[str], None], given: list[str]) -> None:
    """A role mailbox is not closed while somebody opens or holds it, or it has an address, each of them alone."""
    for statement in given:
        run(statement)

    with pytest.raises(DBAPIError, match="is closed with something left"):
        run("UPDATE mailboxes SET state = 'disabled' WHERE id = :mailbox")


def test_postgresql_closes_a_role_mailbox_of_which_nothing_is_left(
    session: Session, run: Callable[[str], None], box: Mailbox
) -> None:
    """A role mailbox without a holder, an app password and an address is closed."""
    for statement in (HOLDING.format("'2020-01-01'", "NULL"), OVER, FREED):
        run(statement)

    run("UPDATE mailboxes SET state = 'disabled' WHERE id = :mailbox")

    session.refresh(box)
    assert box.state == "disabled"


def test_holder_of_one_role_mailbox_opens_no_other(
    session: Session, actor: Actor, house: House, run: Callable[[str], None]
) -> None:
    """Who holds a role mailbox gets no app password for another one."""
    open_boxes(session, actor, [RoleOpening(house.unit.id, "Kế toán", "kt.phong@tinh.gov.vn")])
    run(
        "INSERT INTO holdings (account_id, mailbox_id, valid_from) SELECT :account, id, '2020-01-01' FROM mailboxes"
        " WHERE kind = 'role' AND id <> :mailbox"
    )

    with pytest.raises(DBAPIError, match="does not open mailbox"):
        run(PASSWORD)


def test_nobody_opens_a_mailbox_that_is_shut(run: Callable[[str], None]) -> None:
    """Of a mailbox that is shut the owner gets no app password either."""
    run("UPDATE mailboxes SET state = 'disabled' WHERE account_id = :account")

    with pytest.raises(DBAPIError, match="does not open mailbox"):
        run(GIVEN["app password"])


def test_holder_opens_it_from_midnight_in_viet_nam(session: Session, run: Callable[[str], None]) -> None:
    """The day on which somebody begins to hold a role mailbox begins in Viet Nam, seven hours before it does in UTC."""
    run(HOLDING.format("'2026-06-02'", "NULL"))

    run(PASSWORD.replace("now(), now()", "'2026-06-01 17:30+00', now()"))

    assert session.scalar(text("SELECT count(*) FROM app_passwords")) == 1


def test_closed_role_mailbox_stays_closed(
    session: Session, actor: Actor, run: Callable[[str], None], box: Mailbox
) -> None:
    """A role mailbox that was closed is nobody's any more, and nobody takes it up."""
    run(HOLDING.format("'2020-01-01'", "NULL"))
    run(PASSWORD)
    close_role_mailbox(session, actor, [box.id], "thôi dùng")

    with pytest.raises(DBAPIError, match="is no open role mailbox"):
        run(HOLDING.format("'2099-01-01'", "NULL"))


def test_postgresql_opens_no_role_mailbox_again(
    session: Session, actor: Actor, run: Callable[[str], None], box: Mailbox
) -> None:
    """Of a role mailbox that was closed nothing is delivered or read again."""
    close_role_mailbox(session, actor, [box.id], "thôi dùng")

    with pytest.raises(DBAPIError, match="stays over"):
        run("UPDATE mailboxes SET state = 'active' WHERE id = :mailbox")


def test_leaver_of_a_role_mailbox_opens_it_no_more(
    session: Session, actor: Actor, account: Account, run: Callable[[str], None]
) -> None:
    """The app password of somebody who left is not opened again by hand."""
    run(HOLDING.format("'2020-01-01'", "NULL"))
    run(PASSWORD)
    leave(session, actor, [Leaving(account.official_id)])

    with pytest.raises(DBAPIError, match="stays over"):
        run("UPDATE app_passwords SET revoked_at = NULL")


@pytest.mark.parametrize("statement", ["DELETE FROM reorganisations", "UPDATE reorganisations SET done_at = NULL"])
def test_postgresql_calls_nothing_off_that_is_done(
    session: Session, actor: Actor, house: House, statement: str
) -> None:
    """A reorganisation that was carried out is not called off: in its place stand those who took over."""
    reorganise(session, actor, [Plan([house.unit.id], actor.today, [house.department.id])])

    with pytest.raises(DBAPIError, match=r"is not allowed|stays over"):
        session.execute(text(statement))

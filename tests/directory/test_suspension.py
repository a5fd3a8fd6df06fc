"""Accounts that are shut: suspended, reinstated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import owner_of
from directory.agencies import Agency
from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials.tables import AppPassword, SignInSession
from directory.due import Due
from directory.errors import BadValue, NotAllowed, NotFound, OutOfService, WrongState
from directory.grants import RANK, ROLES, Action
from directory.lifecycle import RoleOpening, open_role_mailbox, reinstate, suspend
from directory.mailboxes import Mailbox
from tests.book import House, acting, give, hire, mailbox_of


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give an activated account in the department."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


@pytest.fixture
def officer(session: Session, actor: Actor, house: House) -> Actor:
    """Give the IT officer of the department as actor."""
    (account,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, account, "agency_it", house.department)
    return acting(actor, account)


def sign_in(session: Session, actor: Actor, account: Account) -> SignInSession:
    """Give an open session of an account."""
    opened = SignInSession(
        digest=account.number.encode(),
        account_id=account.id,
        stage="full",
        started_at=actor.now,
        seen_at=actor.now,
        expires_at=actor.now + timedelta(hours=12),
        source="127.0.0.1",
        browser="",
    )
    session.add(opened)
    session.flush()
    return opened


def app_password(session: Session, actor: Actor, account: Account, mailbox: Mailbox) -> AppPassword:
    """Give an app password of an account for a mailbox."""
    made = AppPassword(
        account_id=account.id,
        mailbox_id=mailbox.id,
        label="PC",
        lookup_key="0" * 16,
        hash="{SSHA512}x",
        scopes=["imap"],
        made_at=actor.now,
        expires_at=actor.now + timedelta(days=365),
    )
    session.add(made)
    session.flush()
    return made


def due_of(session: Session, subject: str, subject_id: int) -> Due | None:
    """Give what is due for a subject."""
    return session.get(Due, (subject, subject_id), populate_existing=True)


def test_suspended_account_and_mailbox_are_shut_urgently(session: Session, officer: Actor, account: Account) -> None:
    """A suspension shuts account and mailbox and is due before everything else."""
    suspend(session, officer, [account.id], "Đình chỉ công tác")

    waiting = due_of(session, "account", account.id)
    assert (account.state, mailbox_of(session, account).state) == ("suspended", "suspended")
    assert waiting is not None
    assert waiting.urgent


def test_suspension_ends_sessions(session: Session, actor: Actor, officer: Actor, account: Account) -> None:
    """Open sessions of a suspended account are over at once."""
    opened = sign_in(session, actor, account)

    suspend(session, officer, [account.id], "Đình chỉ công tác")

    session.refresh(opened)
    assert opened.ended_at == officer.now


def test_suspended_account_still_receives(session: Session, officer: Actor, account: Account) -> None:
    """The address of a suspended account stays with it."""
    suspend(session, officer, [account.id], "Đình chỉ công tác")

    assert owner_of(session, "annv@tinh.gov.vn") == mailbox_of(session, account)


def test_suspension_marks_role_mailboxes_held(
    session: Session, actor: Actor, officer: Actor, house: House, account: Account
) -> None:
    """The role mailboxes that a suspended person opens are due as urgently as the account."""
    (mailbox,) = open_role_mailbox(
        session, actor, [RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", [account.id])]
    )
    session.query(Due).delete()

    suspend(session, officer, [account.id], "Đình chỉ công tác")

    waiting = due_of(session, "mailbox", mailbox.id)
    assert waiting is not None
    assert waiting.urgent


def test_suspension_is_audited_with_its_reason(session: Session, officer: Actor, account: Account) -> None:
    """The audit tells who suspended whom and why."""
    suspend(session, officer, [account.id], " Đình chỉ\ncông tác ")

    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "account.suspended")).one()
    assert (event.actor_account_id, event.subject) == (officer.account_id, f"account:{account.number}")
    assert event.detail == {"reason": "Đình chỉ công tác"}


def test_suspension_needs_a_reason(session: Session, officer: Actor, account: Account) -> None:
    """Nobody is shut out without a reason."""
    with pytest.raises(BadValue):
        suspend(session, officer, [account.id], " ")


def test_suspended_account_is_not_suspended_again(session: Session, officer: Actor, account: Account) -> None:
    """What is suspended already is refused by name."""
    suspend(session, officer, [account.id], "Đình chỉ công tác")

    with pytest.raises(WrongState):
        suspend(session, officer, [account.id], "Đình chỉ công tác")


@pytest.mark.parametrize(("state", "after"), [("active", "active"), ("pending", "pending")])
def test_reinstated_account_is_as_before(
    session: Session, actor: Actor, officer: Actor, house: House, state: str, after: str
) -> None:
    """A reinstated account is as far as it was before, and its mailbox opens again."""
    (account,) = hire(session, actor, house.unit, "Vũ Văn Em", state=state)
    suspend(session, officer, [account.id], "Nhầm")

    reinstate(session, officer, [account.id], "Nhầm")

    assert (account.state, mailbox_of(session, account).state) == (after, "active")


def test_active_account_is_not_reinstated(session: Session, officer: Actor, account: Account) -> None:
    """Only what is suspended can be reinstated."""
    with pytest.raises(WrongState):
        reinstate(session, officer, [account.id], "Nhầm")


@pytest.mark.parametrize("verb", [suspend, reinstate])
@pytest.mark.parametrize("role", ["hr", "head", "auditor"])
def test_other_roles_shut_nobody_out(
    session: Session, actor: Actor, house: House, account: Account, verb: Callable[..., object], role: str
) -> None:
    """HR, heads and auditors suspend and reinstate nobody."""
    (other,) = hire(session, actor, house.department, "Lê Văn Giang")
    give(session, other, role, house.department)

    with pytest.raises(NotAllowed):
        verb(session, acting(actor, other), [account.id], "Thử")


@pytest.mark.parametrize("verb", [suspend, reinstate])
def test_nobody_outside_the_agencies_is_shut_out(
    session: Session, actor: Actor, officer: Actor, house: House, verb: Callable[..., object]
) -> None:
    """An officer of one agency cannot shut out people of another, nor of the agency above."""
    accounts = [
        *hire(session, actor, house.elsewhere, "Lê Văn Giang"),
        *hire(session, actor, house.province, "Lê Văn Hà"),
    ]

    for account in accounts:
        with pytest.raises(NotAllowed):
            verb(session, officer, [account.id], "Thử")


def test_unknown_account_is_not_found(session: Session, officer: Actor) -> None:
    """An id that nobody has is not found."""
    with pytest.raises(NotFound):
        suspend(session, officer, [-1], "Thử")


@pytest.mark.parametrize("mine", ROLES)
@pytest.mark.parametrize("theirs", ROLES)
def test_nobody_shuts_out_an_equal_or_superior(
    session: Session, actor: Actor, house: House, account: Account, mine: str, theirs: str
) -> None:
    """Whoever has the same or a higher rank, also over a part of the agencies, cannot be shut out."""
    (other,) = hire(session, actor, house.department, "Lê Văn Giang")
    give(session, other, mine, house.province)
    give(session, account, theirs, house.unit)
    allowed = Action.SUSPEND in ROLES[mine] and RANK[mine] > RANK[theirs]

    try:
        suspend(session, acting(actor, other), [account.id], "Thử")
    except NotAllowed:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize("agency", ["elsewhere", "province"])
def test_role_over_other_agencies_protects_too(
    session: Session, officer: Actor, house: House, account: Account, agency: str
) -> None:
    """Whoever has a role where the actor has none cannot be shut out by the actor."""
    where: Agency = getattr(house, agency)
    give(session, account, "hr", where)

    with pytest.raises(NotAllowed):
        suspend(session, officer, [account.id], "Thử")


def test_role_that_begins_later_protects_too(session: Session, officer: Actor, house: House, account: Account) -> None:
    """A role that begins tomorrow already protects its holder."""
    coming = give(session, account, "operator", house.department)
    coming.valid_from = officer.today + timedelta(days=1)

    with pytest.raises(NotAllowed):
        suspend(session, officer, [account.id], "Thử")


def test_nobody_shuts_out_himself(session: Session, officer: Actor) -> None:
    """An officer cannot suspend his own account."""
    assert officer.account_id is not None

    with pytest.raises(NotAllowed):
        suspend(session, officer, [officer.account_id], "Thử")


def test_whoever_has_left_is_not_reinstated(session: Session, officer: Actor, account: Account) -> None:
    """Whose last day is over stays out, though nothing has closed the account yet: mail would have let them in."""
    suspend(session, officer, [account.id], "QĐ 12/QĐ-SNV")
    account.official.leaves_on = officer.today
    session.flush()

    with pytest.raises(OutOfService):
        reinstate(session, officer, [account.id], "QĐ 13/QĐ-SNV")

    assert account.state == "suspended"

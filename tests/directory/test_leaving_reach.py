"""Leaving the service: where mail goes on, and whom nobody reaches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.base import Actor
from directory.errors import BadValue, Merged, NotAllowed, NotFound, OutOfService
from directory.lifecycle import (
    Leaving,
    Newcomer,
    Opening,
    RoleOpening,
    Setting,
    carry_out_days,
    enlist,
    leave,
    open_accounts,
    open_role_mailbox,
    set_policy,
)
from directory.mailboxes import Holding, Mailbox
from tests.book import House, acting, give, hire, mailbox_of
from tests.directory.test_leaving import FRIDAY, account, address, hr, on
from tests.directory.test_suspension import app_password, sign_in

__all__ = ["account", "hr"]


def test_forwarded_mailbox_keeps_its_addresses(session: Session, actor: Actor, hr: Actor, house: House) -> None:
    """Where mail goes on to somebody, the address stays with the mailbox."""
    leaver, _ = hire(session, actor, house.unit, "Vũ Văn Em", "Lê Bình")

    leave(session, hr, [Leaving(leaver.official_id, forward_to="BinhL@tinh.gov.vn")])

    mailbox = mailbox_of(session, leaver)
    assert (mailbox.state, mailbox.forward_to) == ("disabled", "binhl@tinh.gov.vn")
    assert address(session, "emvv@tinh.gov.vn").kind == "primary"


@pytest.mark.parametrize(
    "goal", ["annv@tinh.gov.vn", "khongco@tinh.gov.vn", "ai@example.com", "ai@tinhkhac.gov.vn", "không"]
)
def test_mail_is_not_forwarded_just_anywhere(session: Session, hr: Actor, account: Account, goal: str) -> None:
    """Mail goes on only to another mailbox that this directory delivers."""
    with pytest.raises(BadValue) as refused:
        leave(session, hr, [Leaving(account.official_id, forward_to=goal)])

    assert refused.value.fields["field"] == "forward_to"


def test_policy_can_forbid_forwarding(session: Session, actor: Actor, hr: Actor, house: House) -> None:
    """Where the policy says so, no mail goes on."""
    leaver, _ = hire(session, actor, house.unit, "Vũ Văn Em", "Lê Bình")
    set_policy(session, actor, [Setting(house.province.id, "forward_on_leaving", value=False)])

    with pytest.raises(BadValue):
        leave(session, hr, [Leaving(leaver.official_id, forward_to="binhl@tinh.gov.vn")])


@pytest.mark.parametrize("goal", ["ai@example.com", "ai@example.com,x@a.gov.vn", "x@gov.vn.example"])
def test_forward_outside_gov_vn_is_refused_by_postgresql(
    session: Session, hr: Actor, account: Account, goal: str
) -> None:
    """Going round the code, no mailbox can be forwarded out of .gov.vn."""
    statement = text("UPDATE mailboxes SET forward_to = :goal WHERE account_id = :account")

    with pytest.raises(DBAPIError):
        session.execute(statement, {"goal": goal, "account": account.id})


def test_nobody_lets_oneself_leave(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Leaving is not decided by oneself."""
    with pytest.raises(NotAllowed):
        leave(session, acting(actor, account), [Leaving(account.official_id)])


@pytest.mark.parametrize("role", ["operator", "agency_it", "hr", "head", "auditor"])
def test_equals_and_superiors_are_not_reached(
    session: Session, hr: Actor, house: House, account: Account, role: str
) -> None:
    """HR lets nobody leave who has a role of the same or a higher rank."""
    give(session, account, role, house.unit)

    with pytest.raises(NotAllowed):
        leave(session, hr, [Leaving(account.official_id)])


@pytest.mark.parametrize("where", ["elsewhere", "province"])
def test_officials_of_other_agencies_are_not_reached(
    session: Session, actor: Actor, hr: Actor, house: House, where: str
) -> None:
    """HR of one agency reaches nobody of another, nor of the agency above."""
    (other,) = hire(session, actor, getattr(house, where), "Lê Văn Hà")

    with pytest.raises(NotAllowed):
        leave(session, hr, [Leaving(other.official_id)])


def test_unknown_official_is_not_found(session: Session, hr: Actor) -> None:
    """An id that nobody has is not found."""
    with pytest.raises(NotFound):
        leave(session, hr, [Leaving(-1)])


def test_merged_record_does_not_leave(session: Session, actor: Actor, hr: Actor, house: House) -> None:
    """A record that another one took the place of is no longer acted on."""
    gone, stays = hire(session, actor, house.unit, "Lê Văn Hà", "Lê Văn Hà")
    gone.official.merged_into_id = stays.official_id

    with pytest.raises(Merged):
        leave(session, hr, [Leaving(gone.official_id)])


@pytest.mark.parametrize("table", ["sessions", "app_passwords", "grants", "holdings"])
def test_closed_account_gets_nothing_new(
    session: Session, actor: Actor, house: House, account: Account, table: str
) -> None:
    """Going round the code, a closed account gets no session, app password, role or role mailbox."""
    (mailbox,) = open_role_mailbox(session, actor, [RoleOpening(house.unit.id, "Văn thư", "vanthu@tinh.gov.vn")])
    leave(session, actor, [Leaving(account.official_id)])
    given: dict[str, Callable[[], object]] = {
        "sessions": lambda: sign_in(session, actor, account),
        "app_passwords": lambda: app_password(session, actor, account, mailbox_of(session, account)),
        "grants": lambda: give(session, account, "hr", house.unit),
        "holdings": lambda: _hold(session, actor, mailbox, account),
    }

    with pytest.raises(DBAPIError, match="is closed"), session.begin_nested():
        given[table]()


def _hold(session: Session, actor: Actor, mailbox: Mailbox, account: Account) -> None:
    """Let an account hold a role mailbox without asking anybody."""
    session.add(Holding(mailbox_id=mailbox.id, account_id=account.id, valid_from=actor.today))
    session.flush()


def test_forwarding_ends_with_whom_it_goes_to(session: Session, actor: Actor, house: House, account: Account) -> None:
    """When the successor leaves too, mail goes on no longer, and the address is kept from others from then on."""
    (successor,) = hire(session, actor, house.unit, "Lê Bình")
    leave(session, actor, [Leaving(account.official_id, forward_to="binhl@tinh.gov.vn")])
    later = on(actor, FRIDAY)
    leave(session, later, [Leaving(successor.official_id)])

    carry_out_days(session, later)

    session.expire_all()
    assert mailbox_of(session, account).forward_to is None
    assert (address(session).kind, address(session).valid_until) == ("quarantined", FRIDAY + timedelta(days=365))


def test_two_who_name_each_other_send_no_mail_round(session: Session, actor: Actor, house: House) -> None:
    """Who leaves on the same day and names the other forwards nothing."""
    one, other = hire(session, actor, house.unit, "Vũ Văn Em", "Lê Bình")
    goals = ((one, "binhl@tinh.gov.vn"), (other, "emvv@tinh.gov.vn"))
    leave(session, actor, [Leaving(who.official_id, actor.today, goal) for who, goal in goals])

    while carry_out_days(session, on(actor, FRIDAY)):
        pass

    session.expire_all()
    assert [mailbox_of(session, who).forward_to for who in (one, other)] == [None, None]


def test_who_has_left_gets_no_account(session: Session, actor: Actor, house: House) -> None:
    """No account is opened for somebody out of service."""
    (official,) = enlist(session, actor, [Newcomer(house.unit.id, "Lý Văn Sáu", valid_from=date(2020, 1, 1))])
    leave(session, actor, [Leaving(official.id)])

    with pytest.raises(OutOfService):
        open_accounts(session, actor, [Opening(official.id)])

"""Coming back: the same account, new credentials, the old address while it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.appointments import Appointment
from directory.base import Actor
from directory.credentials import issue_activation_codes
from directory.credentials.tables import AppPassword, SignInSession
from directory.domains import Domain
from directory.errors import AddressTaken, BadValue, Merged, NotAllowed, StillInService, WrongState
from directory.lifecycle import (
    Alias,
    Leaving,
    Newcomer,
    Opening,
    Rehiring,
    Setting,
    Transfer,
    add_alias,
    appoint,
    enlist,
    leave,
    open_accounts,
    rehire,
    set_policy,
    transfer,
)
from tests.book import LONG_AGO, House, acting, address_of, give, hire, mailbox_of
from tests.directory.test_suspension import app_password, sign_in


def test_rehired_official_has_the_same_account_anew(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """Who comes back has the account of before, which waits for activation, and the mailbox receives again."""
    version = gone.credential_version

    rehire(session, actor, [Rehiring(gone.official_id, house.unit.id, "Chuyên viên")])

    mailbox = mailbox_of(session, gone)
    assert (gone.state, gone.activated_at, gone.credential_version) == ("pending", None, version + 1)
    assert (mailbox.state, mailbox.kept_until, mailbox.forward_to) == ("active", None, None)
    assert session.scalars(select(Account).where(Account.official_id == gone.official_id)).one() == gone


def test_rehired_official_has_a_new_post(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """The new post follows the old one, which stays in the record."""
    rehire(session, actor, [Rehiring(gone.official_id, house.unit.id, "Chuyên viên", "01.003")])

    posts = select(Appointment).where(Appointment.official_id == gone.official_id).order_by(Appointment.valid_from)
    old, new = session.scalars(posts)
    assert (old.valid_to, new.valid_from, new.valid_to) == (actor.today, actor.today, None)
    assert (new.agency_id, new.title, new.rank) == (house.unit.id, "Chuyên viên", "01.003")


def test_old_address_comes_back(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """An address in quarantine is its last owner's again, and primary as before."""
    rehire(session, actor, [Rehiring(gone.official_id, house.department.id)])

    assert address_of(session, gone) == "annv@tinh.gov.vn"


def test_aliases_come_back_as_aliases(session: Session, actor: Actor, house: House) -> None:
    """Of several addresses the one that was primary is primary again."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    add_alias(session, actor, [Alias(mailbox_of(session, account).id, "nguyen.an@tinh.gov.vn")])
    leave(session, actor, [Leaving(account.official_id)])

    rehire(session, actor, [Rehiring(account.official_id, house.department.id)])

    kinds = dict(session.execute(select(Address.address, Address.kind)).all())
    assert kinds == {"annv@tinh.gov.vn": "primary", "nguyen.an@tinh.gov.vn": "alias"}


def test_address_that_somebody_else_has_does_not_come_back(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """After the quarantine somebody else may have got the address; who comes back gets another."""
    session.execute(text("UPDATE addresses SET valid_until = DATE '2001-01-01'"))
    appoint(session, actor, [Newcomer(house.department.id, "Nguyễn Văn An", address="annv@tinh.gov.vn")])

    rehire(session, actor, [Rehiring(gone.official_id, house.department.id)])

    assert address_of(session, gone) not in {None, "annv@tinh.gov.vn"}


def test_address_of_a_forwarded_mailbox_is_still_there(session: Session, actor: Actor, house: House) -> None:
    """Who comes back while mail was forwarded gets it directly again."""
    leaver, _ = hire(session, actor, house.unit, "Vũ Văn Em", "Lê Bình")
    leave(session, actor, [Leaving(leaver.official_id, forward_to="binhl@tinh.gov.vn")])

    rehire(session, actor, [Rehiring(leaver.official_id, house.unit.id)])

    assert (address_of(session, leaver), mailbox_of(session, leaver).forward_to) == ("emvv@tinh.gov.vn", None)


def test_address_in_a_retired_domain_does_not_come_back(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """Where the old domain is given up, who comes back gets an address in the domain of the agency."""
    domain = session.scalars(select(Domain).where(Domain.name == "tinh.gov.vn")).one()
    domain.state = "retired"

    rehire(session, actor, [Rehiring(gone.official_id, house.elsewhere.id)])

    assert address_of(session, gone) == "annv@khac.gov.vn"


def test_old_address_is_an_alias_where_the_policy_wants_new_ones(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """By policy an agency gives its own addresses; the old one goes on as an alias."""
    set_policy(session, actor, [Setting(house.elsewhere.id, "keep_address", value=False)])

    rehire(session, actor, [Rehiring(gone.official_id, house.elsewhere.id)])

    kinds = dict(session.execute(select(Address.address, Address.kind)).all())
    assert kinds == {"annv@tinh.gov.vn": "alias", "annv@khac.gov.vn": "primary"}


def test_wanted_address_is_given(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """A wanted address that is free becomes the primary one."""
    rehire(session, actor, [Rehiring(gone.official_id, house.unit.id, address="an.nguyen@tinh.gov.vn")])

    assert address_of(session, gone) == "an.nguyen@tinh.gov.vn"


def test_wanted_address_of_somebody_else_is_refused(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """Nobody's address is taken for one who comes back."""
    hire(session, actor, house.unit, "Lê Bình")

    with pytest.raises(AddressTaken) as refused:
        rehire(session, actor, [Rehiring(gone.official_id, house.unit.id, address="binhl@tinh.gov.vn")])

    assert refused.value.fields["row"] == 0


def test_nothing_that_opened_before_opens_again(session: Session, actor: Actor, house: House) -> None:
    """App passwords and sessions of before stay dead."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    app_password(session, actor, account, mailbox_of(session, account))
    sign_in(session, actor, account)
    leave(session, actor, [Leaving(account.official_id)])

    rehire(session, actor, [Rehiring(account.official_id, house.department.id)])

    assert session.scalars(select(AppPassword).where(AppPassword.revoked_at.is_(None))).all() == []
    assert session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None))).all() == []


def test_rehired_official_gets_a_slip(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """A slip is printed for who comes back, as for a newcomer."""
    with pytest.raises(WrongState):
        issue_activation_codes(session, actor, [hire_again_refused(session, actor, house)])
    rehire(session, actor, [Rehiring(gone.official_id, house.department.id)])

    ((account, code),) = issue_activation_codes(session, actor, [gone.id])

    assert (account, bool(code)) == (gone, True)


def hire_again_refused(session: Session, actor: Actor, house: House) -> int:
    """Give the account of somebody suspended, who gets no slip."""
    (account,) = hire(session, actor, house.unit, "Lê Bình", state="suspended")
    return account.id


def test_official_without_an_account_comes_back(session: Session, actor: Actor, house: House) -> None:
    """Who left without an account comes back without one, and can get one then."""
    (official,) = enlist(session, actor, [Newcomer(house.unit.id, "Lý Văn Sáu", valid_from=LONG_AGO)])
    leave(session, actor, [Leaving(official.id)])

    rehire(session, actor, [Rehiring(official.id, house.unit.id)])

    (account,) = open_accounts(session, actor, [Opening(official.id)])
    assert address_of(session, account) == "saulv@tinh.gov.vn"


def test_rehired_later_begins_later(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """A post can begin on a day to come."""
    since = actor.today + timedelta(days=30)

    rehire(session, actor, [Rehiring(gone.official_id, house.unit.id, valid_from=since)])

    days = session.scalars(select(Appointment.valid_from).where(Appointment.official_id == gone.official_id))
    assert sorted(days) == [LONG_AGO, since]


def test_new_post_does_not_begin_before_the_old_one_ended(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """Two primary posts never overlap."""
    with pytest.raises(BadValue) as refused:
        rehire(session, actor, [Rehiring(gone.official_id, house.unit.id, valid_from=date(2026, 1, 1))])

    assert refused.value.fields["field"] == "valid_from"


def test_who_is_in_service_is_not_rehired(session: Session, actor: Actor, house: House) -> None:
    """Who never left, or will leave only later, cannot come back."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    leave(session, actor, [Leaving(account.official_id, actor.today)])

    with pytest.raises(StillInService):
        rehire(session, actor, [Rehiring(account.official_id, house.unit.id)])


def test_who_came_back_is_not_rehired_again(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """The same rehiring twice is refused."""
    rehire(session, actor, [Rehiring(gone.official_id, house.unit.id)])

    with pytest.raises(StillInService):
        rehire(session, actor, [Rehiring(gone.official_id, house.unit.id)])


def test_merged_record_does_not_come_back(session: Session, actor: Actor, house: House, gone: Account) -> None:
    """A record that another one took the place of is no longer acted on."""
    (stays,) = hire(session, actor, house.unit, "Nguyễn Văn An")
    gone.official.merged_into_id = stays.official_id

    with pytest.raises(Merged):
        rehire(session, actor, [Rehiring(gone.official_id, house.unit.id)])


@pytest.mark.parametrize(("left", "goal"), [("department", "elsewhere"), ("elsewhere", "department")])
def test_both_agencies_must_be_the_actor_s(session: Session, actor: Actor, house: House, left: str, goal: str) -> None:
    """HR brings nobody back from another agency, nor into one."""
    clerk, leaver = (
        *hire(session, actor, house.department, "Lê Thị Chi"),
        *hire(session, actor, getattr(house, left), "Lê Văn Hà"),
    )
    give(session, clerk, "hr", house.department)
    leave(session, actor, [Leaving(leaver.official_id)])

    with pytest.raises(NotAllowed):
        rehire(session, acting(actor, clerk), [Rehiring(leaver.official_id, getattr(house, goal).id)])


def test_whoever_left_leaves_again_after_coming_back(
    session: Session, actor: Actor, house: House, gone: Account
) -> None:
    """Leaving and coming back go on as long as life does, and the address with them."""
    rehire(session, actor, [Rehiring(gone.official_id, house.unit.id)])
    later = replace(actor, now=actor.now + timedelta(days=1))
    transfer(session, later, [Transfer(gone.official_id, house.department.id)])
    leave(session, later, [Leaving(gone.official_id)])

    rehire(session, later, [Rehiring(gone.official_id, house.unit.id)])

    assert (gone.state, address_of(session, gone)) == ("pending", "annv@tinh.gov.vn")

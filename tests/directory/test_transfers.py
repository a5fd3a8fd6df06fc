"""Transfers and new names, and the addresses that follow them or stay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.appointments import Appointment
from directory.audit import AuditEvent
from directory.base import Actor
from directory.domains import Domain
from directory.due import Due
from directory.errors import BadValue, NotAllowed, OutOfService
from directory.lifecycle import (
    Leaving,
    Renaming,
    Setting,
    Transfer,
    carry_out_days,
    leave,
    rename,
    set_policy,
    transfer,
)
from tests.book import House, acting, address_of, give, hire, mailbox_of
from tests.directory.test_leaving import on

DAY = date(2026, 12, 1)


@pytest.fixture
def account(session: Session, actor: Actor, house: House) -> Account:
    """Give somebody of the department."""
    (account,) = hire(session, actor, house.department, "Nguyễn Văn An")
    return account


@pytest.fixture
def own_addresses(session: Session, actor: Actor, house: House) -> None:
    """Let both provinces want addresses of their own, and let old ones go on for a month."""
    for agency in (house.province, house.elsewhere):
        set_policy(session, actor, [Setting(agency.id, "keep_address", value=False)])
        set_policy(session, actor, [Setting(agency.id, "alias_days", 30)])


def kinds(session: Session, account: Account) -> dict[str, tuple[str, date | None]]:
    """Give the kind and the last day of each address that somebody has or had."""
    columns = select(Address.address, Address.kind, Address.valid_until)
    rows = session.execute(columns.where(Address.mailbox_id == mailbox_of(session, account).id))
    return {address: (kind, until) for address, kind, until in rows}


def test_address_stays_by_default(session: Session, actor: Actor, house: House, account: Account) -> None:
    """A transfer alone changes no address."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id)])

    assert kinds(session, account) == {"annv@tinh.gov.vn": ("primary", None)}


@pytest.mark.usefixtures("own_addresses")
def test_address_follows_by_policy(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Where the new agency wants its own addresses, the old one goes on as an alias for a while."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id)])

    assert kinds(session, account) == {
        "annv@khac.gov.vn": ("primary", None),
        "annv@tinh.gov.vn": ("alias", actor.today + timedelta(days=30)),
    }


@pytest.mark.usefixtures("own_addresses")
def test_address_follows_on_the_day(session: Session, actor: Actor, house: House, account: Account) -> None:
    """The address of a transfer to come changes when the post begins, also if nobody looked for a day."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=DAY)])

    carry_out_days(session, on(actor, DAY - timedelta(days=1)))
    before = address_of(session, account)
    session.query(Due).delete()
    carry_out_days(session, on(actor, DAY + timedelta(days=1)))

    assert (before, address_of(session, account)) == ("annv@tinh.gov.vn", "annv@khac.gov.vn")
    assert session.get(Due, ("account", account.id)) is not None


@pytest.mark.usefixtures("own_addresses")
def test_address_comes_back_with_its_holder(session: Session, actor: Actor, house: House, account: Account) -> None:
    """Who goes back to the former agency gets the former address again."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id)])

    transfer(session, on(actor, DAY), [Transfer(account.official_id, house.department.id)])

    assert address_of(session, account) == "annv@tinh.gov.vn"


@pytest.mark.usefixtures("own_addresses")
def test_alias_ends_by_itself(session: Session, actor: Actor, house: House, account: Account) -> None:
    """After its last day an alias goes into quarantine, and the entry follows."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id)])
    last = actor.today + timedelta(days=30)

    carry_out_days(session, on(actor, last))
    before = kinds(session, account)["annv@tinh.gov.vn"]
    session.query(Due).delete()
    carry_out_days(session, on(actor, last + timedelta(days=1)))

    assert before == ("alias", last)
    assert kinds(session, account)["annv@tinh.gov.vn"] == ("quarantined", last + timedelta(days=1 + 365))
    assert session.get(Due, ("account", account.id)) is not None


@pytest.mark.usefixtures("own_addresses")
def test_who_can_get_no_address_keeps_the_old_one(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """If the agency has no domain when the day comes, the address stays, the audit says why, and others follow."""
    (other,) = hire(session, actor, house.elsewhere, "Lê Bình")
    goals = ((account, house.elsewhere), (other, house.department))
    transfer(session, actor, [Transfer(who.official_id, goal.id, valid_from=DAY) for who, goal in goals])
    session.execute(update(Domain).where(Domain.name == "khac.gov.vn").values(state="retired"))

    carry_out_days(session, on(actor, DAY))

    assert (address_of(session, account), address_of(session, other)) == ("annv@tinh.gov.vn", "binhl@tinh.gov.vn")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "address.kept")).one()
    assert event.subject == f"account:{account.number}"


@pytest.mark.parametrize(
    ("last_day", "refusal"), [(None, OutOfService), (date(2026, 11, 30), BadValue)], ids=["left", "leaves before"]
)
def test_who_leaves_is_not_transferred(
    session: Session, actor: Actor, house: House, account: Account, last_day: date | None, refusal: type[Exception]
) -> None:
    """Who has left, or will have by then, takes up no post elsewhere."""
    leave(session, actor, [Leaving(account.official_id, last_day)])

    with pytest.raises(refusal):
        transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=DAY)])


@pytest.fixture
def hr(session: Session, actor: Actor, house: House) -> Actor:
    """Give somebody of the province's HR as actor."""
    (clerk,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, clerk, "hr", house.province)
    return acting(actor, clerk)


def test_equals_and_superiors_are_not_moved(session: Session, hr: Actor, house: House, account: Account) -> None:
    """HR transfers nobody with a role of the same or a higher rank."""
    give(session, account, "agency_it", house.department)

    with pytest.raises(NotAllowed):
        transfer(session, hr, [Transfer(account.official_id, house.unit.id)])


def test_equals_and_superiors_are_not_renamed(session: Session, hr: Actor, house: House, account: Account) -> None:
    """HR renames nobody with a role of the same or a higher rank."""
    give(session, account, "hr", house.department)

    with pytest.raises(NotAllowed):
        rename(session, hr, [Renaming(account.official_id, "Nguyễn Văn Bình")])


def test_new_name_keeps_the_address_by_default(session: Session, actor: Actor, account: Account) -> None:
    """By default a new name stands everywhere and the address stays."""
    (official,) = rename(session, actor, [Renaming(account.official_id, "nguyễn  văn bình", "QĐ 5")])

    assert (official.full_name, official.given) == ("Nguyễn Văn Bình", "Bình")
    assert address_of(session, account) == "annv@tinh.gov.vn"


@pytest.mark.parametrize("said", [True, None])
@pytest.mark.usefixtures("own_addresses")
def test_new_name_gives_a_new_address(session: Session, actor: Actor, account: Account, *, said: bool | None) -> None:
    """Where it is wanted, by whoever decides or by policy, the address follows the name."""
    rename(session, actor, [Renaming(account.official_id, "Nguyễn Văn Bình", new_address=said)])

    assert kinds(session, account) == {
        "binhnv@tinh.gov.vn": ("primary", None),
        "annv@tinh.gov.vn": ("alias", actor.today + timedelta(days=30)),
    }


def test_name_that_gives_the_same_address_changes_none(session: Session, actor: Actor, account: Account) -> None:
    """A tone more or less gives the same letters: the address stays as it is."""
    rename(session, actor, [Renaming(account.official_id, "Nguyễn Văn Ân", new_address=True)])

    assert kinds(session, account) == {"annv@tinh.gov.vn": ("primary", None)}


def test_former_name_gives_the_former_address(session: Session, actor: Actor, account: Account) -> None:
    """Who takes the former name again gets the former address again."""
    rename(session, actor, [Renaming(account.official_id, "Nguyễn Văn Bình", new_address=True)])

    rename(session, actor, [Renaming(account.official_id, "Nguyễn Văn An", new_address=True)])

    assert address_of(session, account) == "annv@tinh.gov.vn"


def test_same_name_changes_nothing(session: Session, actor: Actor, account: Account) -> None:
    """The name that somebody has already is no event."""
    rename(session, actor, [Renaming(account.official_id, "Nguyễn Văn An", new_address=True)])

    assert session.scalars(select(AuditEvent).where(AuditEvent.action == "official.renamed")).all() == []


def test_name_of_digits_is_refused(session: Session, actor: Actor, account: Account) -> None:
    """What is no name is refused with its row."""
    with pytest.raises(BadValue) as refused:
        rename(session, actor, [Renaming(account.official_id, "12345")])

    assert refused.value.fields["row"] == 0


def test_later_plan_takes_the_place_of_an_earlier_one(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """A transfer decided for an earlier day than one planned before makes the plan void."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=DAY + timedelta(days=9))])

    transfer(session, actor, [Transfer(account.official_id, house.unit.id, valid_from=DAY)])

    assert posts(session, account) == [(house.department.id, DAY), (house.unit.id, None)]


def test_transfer_after_a_planned_one_follows_it(
    session: Session, actor: Actor, house: House, account: Account
) -> None:
    """A second transfer on a later day ends the first one's post on that day."""
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=DAY)])

    transfer(session, actor, [Transfer(account.official_id, house.unit.id, valid_from=DAY + timedelta(days=9))])

    ends = [(house.department.id, DAY), (house.elsewhere.id, DAY + timedelta(days=9)), (house.unit.id, None)]
    assert posts(session, account) == ends


def test_plan_of_somebody_else_is_not_undone(session: Session, actor: Actor, house: House, account: Account) -> None:
    """HR of one agency makes no plan void that leads to another's agencies."""
    (clerk,) = hire(session, actor, house.department, "Lê Thị Chi")
    give(session, clerk, "hr", house.department)
    transfer(session, actor, [Transfer(account.official_id, house.elsewhere.id, valid_from=DAY)])

    with pytest.raises(NotAllowed):
        transfer(session, acting(actor, clerk), [Transfer(account.official_id, house.unit.id)])


def posts(session: Session, account: Account) -> list[tuple[int, date | None]]:
    """Give the agency and the end of each post, in order."""
    columns = select(Appointment.agency_id, Appointment.valid_to).order_by(Appointment.valid_from)
    rows = session.execute(columns.where(Appointment.official_id == account.official_id))
    return [(agency_id, until) for agency_id, until in rows]

"""Role mailboxes: opened for an agency, handed over from holder to holder."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address, owner_of
from directory.base import Actor
from directory.credentials.tables import AppPassword
from directory.domains import Domain
from directory.due import Due
from directory.errors import AddressReserved, AddressTaken, BadValue, DomainUnknown, NotAllowed, NotFound, WrongState
from directory.lifecycle import (
    Alias,
    HandOver,
    NewDomain,
    Retirement,
    RoleOpening,
    add_alias,
    add_domain,
    hand_over,
    open_role_mailbox,
    retire_domain,
    suspend,
)
from directory.mailboxes import Holding, Mailbox
from directory.policies import DEFAULTS
from tests.book import House, acting, give, hire, mailbox_of

LAST_DAY = date(2027, 6, 30)


@pytest.fixture
def clerks(session: Session, actor: Actor, house: House) -> list[Account]:
    """Give two people of the department."""
    return hire(session, actor, house.unit, "Lê Bình", "Vũ Chi")


@pytest.fixture
def officer(session: Session, actor: Actor, house: House) -> Actor:
    """Give the IT officer of the department as actor."""
    (account,) = hire(session, actor, house.department, "Lê Thị Dung")
    give(session, account, "agency_it", house.department)
    return acting(actor, account)


@pytest.fixture
def mailbox(session: Session, officer: Actor, house: House, clerks: list[Account]) -> Mailbox:
    """Give the registry's mailbox, held by the first clerk."""
    opening = RoleOpening(house.department.id, "Văn thư", "vanthu.snv@tinh.gov.vn", [clerks[0].id])
    return open_role_mailbox(session, officer, [opening])[0]


def holders(session: Session, mailbox: Mailbox) -> set[int]:
    """Give the accounts that hold a mailbox without an end."""
    rows = select(Holding.account_id).where(Holding.mailbox_id == mailbox.id, Holding.valid_to.is_(None))
    return set(session.scalars(rows))


def test_opened_mailbox_has_address_quota_holder(session: Session, mailbox: Mailbox, clerks: list[Account]) -> None:
    """An opened role mailbox receives, is as large as the policy says, is held and is due."""
    assert owner_of(session, "vanthu.snv@tinh.gov.vn") == mailbox
    assert mailbox.quota_bytes == DEFAULTS["role_quota_bytes"]
    assert holders(session, mailbox) == {clerks[0].id}
    assert session.get(Due, ("mailbox", mailbox.id)) is not None


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("vanthu.snv@tinh.gov.vn", AddressTaken),
        ("root@tinh.gov.vn", AddressReserved),
        ("vanthu@khac.gov.vn", DomainUnknown),
        ("văn.thư@tinh.gov.vn", BadValue),
    ],
)
def test_unfit_address_is_refused(
    session: Session, officer: Actor, house: House, mailbox: Mailbox, address: str, refusal: type[Exception]
) -> None:
    """A role mailbox gets no address that is taken, the service's, foreign or misspelled."""
    with pytest.raises(refusal):
        open_role_mailbox(session, officer, [RoleOpening(house.department.id, "Một cửa", address)])


def test_mailbox_without_a_name_is_refused(session: Session, officer: Actor, house: House) -> None:
    """A role mailbox says what it is for."""
    with pytest.raises(BadValue):
        open_role_mailbox(session, officer, [RoleOpening(house.department.id, " ", "motcua@tinh.gov.vn")])


def test_mailbox_passes_from_hand_to_hand(
    session: Session, officer: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """After a hand-over the new holder has it from today on, the former until today."""
    hand_over(session, officer, [HandOver(mailbox.id, [clerks[1].id])])

    ended = session.scalars(select(Holding).where(Holding.account_id == clerks[0].id)).one()
    assert holders(session, mailbox) == {clerks[1].id}
    assert ended.valid_to == officer.today


def test_former_holder_loses_app_passwords(
    session: Session, officer: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """The app passwords by which a former holder opened the mailbox are revoked, other people's are not."""
    hand_over(session, officer, [HandOver(mailbox.id, [clerk.id for clerk in clerks])])
    made = [
        AppPassword(
            account_id=clerk.id,
            mailbox_id=mailbox.id,
            label="PC",
            lookup_key="0" * 16,
            hash="{SSHA512}x",
            scopes=["imap"],
            made_at=officer.now,
            expires_at=officer.now + timedelta(days=1),
        )
        for clerk in clerks
    ]
    session.add_all(made)
    session.flush()

    hand_over(session, officer, [HandOver(mailbox.id, [clerks[1].id])])

    session.expire_all()
    assert [each.revoked_at for each in made] == [officer.now, None]


def test_hand_over_is_due_urgently(session: Session, officer: Actor, mailbox: Mailbox, clerks: list[Account]) -> None:
    """Whoever holds a mailbox no longer is shut out before other work."""
    hand_over(session, officer, [HandOver(mailbox.id, [clerks[1].id])])

    waiting = session.get(Due, ("mailbox", mailbox.id), populate_existing=True)
    assert waiting is not None
    assert waiting.urgent


def test_holder_who_stays_is_left_alone(
    session: Session, officer: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """Adding a second holder leaves the first one's holding as it is."""
    hand_over(session, officer, [HandOver(mailbox.id, [clerk.id for clerk in clerks])])

    assert holders(session, mailbox) == {clerk.id for clerk in clerks}
    assert len(session.scalars(select(Holding).where(Holding.account_id == clerks[0].id)).all()) == 1


def test_suspended_person_becomes_no_holder(
    session: Session, actor: Actor, officer: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """A role mailbox is not handed to somebody whose account is shut."""
    suspend(session, actor, [clerks[1].id], "Đình chỉ")

    with pytest.raises(WrongState):
        hand_over(session, officer, [HandOver(mailbox.id, [clerks[1].id])])


def test_stranger_becomes_no_holder(
    session: Session, actor: Actor, officer: Actor, house: House, mailbox: Mailbox
) -> None:
    """A role mailbox is not handed to somebody outside the officer's agencies."""
    (stranger,) = hire(session, actor, house.elsewhere, "Lê Phúc")

    with pytest.raises(NotAllowed):
        hand_over(session, officer, [HandOver(mailbox.id, [stranger.id])])


def test_personal_mailbox_is_not_handed_over(session: Session, officer: Actor, clerks: list[Account]) -> None:
    """Only role mailboxes change hands."""
    with pytest.raises(NotFound):
        hand_over(session, officer, [HandOver(mailbox_of(session, clerks[0]).id, [clerks[1].id])])


@pytest.mark.parametrize("role", ["hr", "head", "auditor"])
def test_other_roles_open_and_hand_over_nothing(
    session: Session, actor: Actor, house: House, mailbox: Mailbox, clerks: list[Account], role: str
) -> None:
    """HR, heads and auditors neither open role mailboxes nor hand them over."""
    give(session, clerks[1], role, house.department)

    with pytest.raises(NotAllowed):
        hand_over(session, acting(actor, clerks[1]), [HandOver(mailbox.id, [clerks[1].id])])
    with pytest.raises(NotAllowed):
        open_role_mailbox(
            session, acting(actor, clerks[1]), [RoleOpening(house.unit.id, "Khác", "khac.snv@tinh.gov.vn")]
        )


def test_alias_receives_too(session: Session, officer: Actor, mailbox: Mailbox, clerks: list[Account]) -> None:
    """A mailbox can have further addresses."""
    personal = mailbox_of(session, clerks[0])

    added = add_alias(
        session, officer, [Alias(mailbox.id, "congvan.snv@tinh.gov.vn"), Alias(personal.id, "le.binh@tinh.gov.vn")]
    )

    assert added == ["congvan.snv@tinh.gov.vn", "le.binh@tinh.gov.vn"]
    assert [owner_of(session, address) for address in added] == [mailbox, personal]


@pytest.fixture
def moving(session: Session, actor: Actor, house: House, mailbox: Mailbox) -> Mailbox:
    """Give the role mailbox after its domain began to retire beside one that is in use."""
    (domain,) = session.scalars(select(Domain).where(Domain.name == "tinh.gov.vn"))
    add_domain(session, actor, [NewDomain(house.department.id, "moi.tinh.gov.vn")])
    retire_domain(session, actor, [Retirement(domain.id, LAST_DAY)])
    return mailbox


def addresses_of(session: Session, mailbox: Mailbox) -> set[tuple[str, str, date | None]]:
    """Give the addresses of a mailbox with what they are, and until when."""
    rows = select(Address.address, Address.kind, Address.valid_until).where(Address.mailbox_id == mailbox.id)
    return {(row.address, row.kind, row.valid_until) for row in session.execute(rows)}


def test_role_mailbox_leaves_a_domain_that_retires(session: Session, officer: Actor, moving: Mailbox) -> None:
    """A new official address takes the place of one that still receives as long as its domain does."""
    add_alias(session, officer, [Alias(moving.id, "vanthu.snv@moi.tinh.gov.vn", is_primary=True)])

    assert addresses_of(session, moving) == {
        ("vanthu.snv@moi.tinh.gov.vn", "primary", None),
        ("vanthu.snv@tinh.gov.vn", "receive_only", LAST_DAY),
    }


def test_role_mailbox_leaves_a_domain_for_an_address_it_has(session: Session, officer: Actor, moving: Mailbox) -> None:
    """An alias of the mailbox can become the official address."""
    add_alias(session, officer, [Alias(moving.id, "vanthu.snv@moi.tinh.gov.vn")])

    add_alias(session, officer, [Alias(moving.id, "vanthu.snv@moi.tinh.gov.vn", is_primary=True)])

    assert ("vanthu.snv@moi.tinh.gov.vn", "primary", None) in addresses_of(session, moving)


def test_former_official_address_goes_on_as_the_policy_says(session: Session, officer: Actor, mailbox: Mailbox) -> None:
    """In a domain that is in use the former official address stays an alias for as long as the policy says."""
    add_alias(session, officer, [Alias(mailbox.id, "congvan.snv@tinh.gov.vn", is_primary=True)])

    until = officer.today + timedelta(days=365)
    assert ("vanthu.snv@tinh.gov.vn", "alias", until) in addresses_of(session, mailbox)


def test_no_official_address_in_a_domain_that_retires(session: Session, officer: Actor, moving: Mailbox) -> None:
    """Nobody moves into a domain that retires."""
    with pytest.raises(BadValue):
        add_alias(session, officer, [Alias(moving.id, "congvan.snv@tinh.gov.vn", is_primary=True)])


def test_address_of_another_becomes_nobodys_official_one(
    session: Session, officer: Actor, mailbox: Mailbox, clerks: list[Account]
) -> None:
    """An address that somebody else has is refused as an official one too."""
    add_alias(session, officer, [Alias(mailbox_of(session, clerks[0]).id, "le.binh@tinh.gov.vn")])

    with pytest.raises(AddressTaken):
        add_alias(session, officer, [Alias(mailbox.id, "le.binh@tinh.gov.vn", is_primary=True)])


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("binhl@tinh.gov.vn", AddressTaken),
        ("vanthu@tinh.gov.vn", AddressReserved),
        ("binhl@khac.gov.vn", DomainUnknown),
        ("b@nh@tinh.gov.vn", BadValue),
    ],
)
def test_unfit_alias_is_refused(
    session: Session, officer: Actor, clerks: list[Account], address: str, refusal: type[Exception]
) -> None:
    """An alias that is taken, a role's or foreign is refused."""
    with pytest.raises(refusal):
        add_alias(session, officer, [Alias(mailbox_of(session, clerks[1]).id, address)])

"""What entries should be, read from the book for many at once."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.appointments import Appointment
from directory.base import Actor
from directory.credentials.tables import AppPassword
from directory.desired import wanted
from directory.domains import Domain
from directory.due import mark
from directory.lifecycle import Alias, Newcomer, RoleOpening, add_alias, appoint, open_role_mailbox
from directory.links import Link
from directory.mailboxes import Holding, Mailbox
from tests.book import House, hire
from tests.engines import Engine
from tests.statements import statements


def test_account_shows_its_agency_and_addresses(session: Session, actor: Actor, house: House) -> None:
    """An account's entry shows the code of its agency and all addresses of its mailbox."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    mailbox = session.scalars(select(Mailbox).where(Mailbox.account_id == account.id)).one()
    add_alias(session, actor, [Alias(mailbox.id, "nguyenvanan@tinh.gov.vn")])

    found = wanted(session, actor, [("account", account.id)])["account", account.id]

    assert found.entry.attributes["cvAgencyCode"] == ("H36.05",)
    assert found.entry.attributes["cvAddress"] == ("annv@tinh.gov.vn", "nguyenvanan@tinh.gov.vn")


def test_account_shows_its_telephone_at_work(session: Session, actor: Actor, house: House) -> None:
    """What the record says of the office stands in the entry, and nothing private does."""
    newcomer = Newcomer(house.unit.id, "Lê Bình", phone="0912345678", work_phone="02193866555", extension="12")
    [account] = appoint(session, actor, [newcomer])

    found = wanted(session, actor, [("account", account.id)])["account", account.id]

    assert found.entry.attributes["telephoneNumber"] == ("+842193866555 ext. 12",)
    assert "0912345678" not in repr(found.entry)


def test_unit_without_a_code_shows_the_one_above(session: Session, actor: Actor, house: House) -> None:
    """An official of a unit without an identifier code has the code of the nearest agency above."""
    [account] = hire(session, actor, house.unit, "Nguyễn Văn An")

    found = wanted(session, actor, [("account", account.id)])["account", account.id]

    assert found.entry.attributes["cvAgencyCode"] == ("H36.05",)


def test_official_without_a_post_shows_no_agency(session: Session, actor: Actor, house: House) -> None:
    """Somebody whose post has ended has no agency in the entry."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    session.execute(update(Appointment).values(valid_to=actor.today))

    found = wanted(session, actor, [("account", account.id)])["account", account.id]

    assert "cvAgencyCode" not in found.entry.attributes


def test_role_mailbox_shows_who_holds_it_today(session: Session, actor: Actor, house: House) -> None:
    """A role mailbox's entry belongs to its agency and is delivered at its address."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    opening = RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", [account.id])
    [mailbox] = open_role_mailbox(session, actor, [opening])

    found = wanted(session, actor, [("mailbox", mailbox.id)])["mailbox", mailbox.id]

    assert found.entry.attributes["cvAgencyCode"] == ("H36.05",)
    assert found.entry.attributes["cvAddress"] == ("vanthu@tinh.gov.vn",)


def give_app_password(session: Session, actor: Actor, account: Account, mailbox: Mailbox) -> None:
    """Give somebody an app password of a mailbox, held or not."""
    session.add(
        AppPassword(
            account_id=account.id,
            mailbox_id=mailbox.id,
            label="phone",
            lookup_key="0123456789abcdef",
            hash="{SSHA512}abc=",
            scopes=["imap"],
            made_at=actor.now,
            expires_at=actor.now + timedelta(days=1),
        )
    )
    session.flush()


def test_app_password_opens_no_mailbox_that_others_hold(session: Session, actor: Actor, house: House) -> None:
    """Whoever holds a role mailbox no more is shut out of it, though a colleague holds it today."""
    former, holder = hire(session, actor, house.department, "Nguyễn Văn An", "Trần Văn Bình")
    opening = RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", [former.id, holder.id])
    [mailbox] = open_role_mailbox(session, actor, [opening])
    give_app_password(session, actor, former, mailbox)
    session.execute(update(Holding).where(Holding.account_id == former.id).values(valid_to=actor.today))

    found = wanted(session, actor, [("mailbox", mailbox.id)])["mailbox", mailbox.id]

    assert [device.state for device in found.entry.children] == ["disabled"]


def test_official_who_works_elsewhere_shows_the_own_agency(session: Session, actor: Actor, house: House) -> None:
    """Somebody with posts at several agencies has the code of that of the primary post."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    second = {"official_id": account.official_id, "agency_id": house.elsewhere.id, "kind": "concurrent"}
    session.add(Appointment(**second, valid_from=actor.today))
    session.flush()

    found = wanted(session, actor, [("account", account.id)])["account", account.id]

    assert found.entry.attributes["cvAgencyCode"] == ("H36.05",)


def test_account_has_the_entry_that_was_confirmed(session: Session, actor: Actor, house: House) -> None:
    """Other entries that were thought to be an account's make no difference."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    for name, state in (("A", "refused"), ("B", "confirmed"), ("C", "refused"), ("D", "proposed")):
        link = Link(
            account_id=account.id, path=f"cn={name},ou=Users", name=[["cn", name], ["ou", "Users"]], state=state
        )
        link.confidence, link.reasons, link.shown, link.csn = "likely", [], {}, "1"
        link.confirmed_csn = "1" if state == "confirmed" else None
        link.proposed_at, link.decided_at = actor.now, None if state == "proposed" else actor.now
        session.add(link)
        session.flush()

    found = wanted(session, actor, [("account", account.id)])["account", account.id]

    assert found.entry.name == (("cn", "B"), ("ou", "Users"))


@pytest.mark.parametrize(("begins_in", "state"), [(0, "active"), (1, "disabled")])
def test_app_password_opens_while_the_holding_runs(
    session: Session, actor: Actor, house: House, begins_in: int, state: str
) -> None:
    """An app password of a role mailbox opens it on the days on which its owner holds it, and on no other."""
    [account] = hire(session, actor, house.department, "Nguyễn Văn An")
    opening = RoleOpening(house.department.id, "Văn thư", "vanthu@tinh.gov.vn", [account.id])
    [mailbox] = open_role_mailbox(session, actor, [opening])
    give_app_password(session, actor, account, mailbox)
    session.execute(update(Holding).values(valid_from=actor.today + timedelta(days=begins_in)))

    found = wanted(session, actor, [("mailbox", mailbox.id)])["mailbox", mailbox.id]

    assert [device.state for device in found.entry.children] == [state]


@pytest.mark.parametrize("size", [1, 20])
def test_statements_do_not_grow_with_the_batch(session: Session, actor: Actor, house: House, size: int) -> None:
    """However many subjects are asked for, the same few statements are sent."""
    accounts = hire(session, actor, house.department, *(f"Nguyễn Văn A{'n' * (each + 1)}" for each in range(size)))
    domain = session.scalars(select(Domain).limit(1)).one()
    keys = [("account", account.id) for account in accounts] + [("domain", domain.id)]
    session.expire_all()

    with statements(session) as sent:
        found = wanted(session, actor, keys)

    assert len(found) == size + 1
    assert len(sent) == 7


def test_subject_that_is_gone_is_left_out(session: Session, actor: Actor) -> None:
    """A subject that is not in the book has no entry to be."""
    assert wanted(session, actor, [("account", 0), ("mailbox", 0), ("domain", 0)]) == {}


@pytest.mark.parametrize("moment", range(5))
def test_change_between_two_statements_is_not_lost(engine: Engine, moment: int) -> None:
    """Though the book moves on while it is read, no entry shows a revision without what that revision brought."""
    [number] = engine.hire("Nguyễn Văn An")
    sent = count()

    def move_on(*_: object) -> None:
        if next(sent) == moment:
            engine.app_password(number)
            with engine.outbox.transaction() as other:
                mark(other, engine.actor, "account", [account_id])

    with engine.outbox.transaction() as session:
        account_id = engine.account(session, number).id
    with engine.outbox.transaction() as session:
        event.listen(session.connection(), "before_cursor_execute", move_on)
        found = wanted(session, engine.actor, [("account", account_id), ("domain", 1)])["account", account_id]

    assert found.revision == 1 or found.entry.children

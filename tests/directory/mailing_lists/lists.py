"""Opening lists in the small book, and asking who is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.base import Actor
from directory.due import Due
from directory.lifecycle import ListOpening, ListRule, Membership, RoleOpening, open_mailing_list, open_role_mailbox
from directory.lifecycle import add_members as add
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList, MembershipChange, addresses_of, follow
from tests.book import House, hire, mailbox_of

_numbers = count(1)


class Lists:
    """The small book with an eye on its lists."""

    def __init__(self, session: Session, actor: Actor, house: House) -> None:
        self.session, self.actor, self.house = session, actor, house

    def open(self, rule: str = "staff", at: Agency | None = None, **values: Any) -> MailingList:  # noqa: ANN401 - as dataclasses.replace
        """Open a list, by default of all staff of the department."""
        domain = "khac.gov.vn" if at is self.house.elsewhere else "tinh.gov.vn"
        address = f"danhsach{next(_numbers)}@{domain}"
        wish = replace(ListRule("Danh sách", "members", rule), **values)
        opening = ListOpening((at or self.house.department).id, address, wish)
        return open_mailing_list(self.session, self.actor, [opening])[0]

    def hire(self, name: str, at: Agency | None = None, **post: object) -> Account:
        """Appoint somebody, by default in the department, with what the post is."""
        (account,) = hire(self.session, self.actor, at or self.house.department, name)
        for field, value in post.items():
            setattr(self.post_of(account), field, value)
        self.session.flush()
        return account

    def post_of(self, account: Account) -> Appointment:
        """Give the main post of somebody."""
        return self.session.scalars(select(Appointment).where(Appointment.official_id == account.official_id)).one()

    def role_mailbox(self, at: Agency | None = None) -> Mailbox:
        """Open a role mailbox, by default of the department."""
        address = f"vanthu{next(_numbers)}@tinh.gov.vn"
        opening = RoleOpening((at or self.house.department).id, "Văn thư", address)
        return open_role_mailbox(self.session, self.actor, [opening])[0]

    def add(self, found: MailingList, account: Account, kind: str = "added") -> None:
        """Decide about somebody by hand."""
        add(self.session, self.actor, [Membership(found.id, mailbox_of(self.session, account).id, kind)])

    def members(self, found: MailingList, day: date | None = None) -> list[str]:
        """Give the local parts of the members' addresses."""
        self.session.flush()
        given = addresses_of(self.session, [found.id], day or self.actor.today)[found.id]
        return sorted(address.partition("@")[0] for address in given)

    def forget(self) -> None:
        """Take everything off what is due, and every note."""
        self.session.flush()
        self.session.execute(delete(MembershipChange))
        self.session.execute(delete(Due))

    def due_after_following(self) -> set[int]:
        """Give the lists that are due once they have followed what happened."""
        self.session.flush()
        follow(self.session, self.actor)
        return set(self.session.scalars(select(Due.subject_id).where(Due.subject == "mailing_list")))

    def run(self, statement: str, **values: object) -> None:
        """Go round the code."""
        self.session.flush()
        self.session.execute(text(statement), values)

"""A book with people whose entries are on real servers, and Postfix asking it who may send to mailing lists."""

from __future__ import annotations

import hashlib
import secrets
import time
from itertools import count
from pathlib import Path

from sqlalchemy import select

from directory.addresses import Address
from directory.agencies import Agency
from directory.due import mark
from directory.lifecycle import Alias, ListOpening, ListRule, Membership, add_alias, add_members, open_mailing_list
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList, follow
from provisioning.outbox import Outbox
from stack.secret_files import ssha512
from tests.book import hire
from tests.contracts.conftest import target_on
from tests.engines import Engine
from tests.stack_fixtures import Servers

DELIVERY_SECONDS = 180
QUEUES = ("maildrop", "incoming", "active", "deferred")
_numbers = count(1)


class Office:
    """The book, its engine and the servers."""

    def __init__(self, servers: Servers, outbox: Outbox) -> None:
        self.servers = servers
        self.engine = Engine(outbox, target_on(servers))
        self.settle()

    def settle(self) -> None:
        """Let lists follow their members, and make everything real."""
        with self.engine.outbox.transaction() as session:
            follow(session, self.engine.actor)
        self.engine.settle()
        assert self.engine.due() == 0

    def hire(self, *names: str, at: str = "H36.05") -> dict[str, str]:
        """Appoint people at an agency; give their addresses by account number, in the order of their names."""
        with self.engine.outbox.transaction() as session:
            agency = session.scalars(select(Agency).where(Agency.code == at)).one()
            numbers = {each.id: each.number for each in hire(session, self.engine.actor, agency, *names)}
            primary = select(Mailbox.account_id, Address.address).join(Address, Address.mailbox_id == Mailbox.id)
            theirs = primary.where(Mailbox.account_id.in_(numbers), Address.kind == "primary")
            addresses = dict(session.execute(theirs).all())
            return {number: addresses[account_id] for account_id, number in numbers.items()}

    def password(self, number: str, mailbox_id: int | None = None) -> str:
        """Give somebody an app password for everything of the personal mailbox, or of a role mailbox."""
        password = secrets.token_urlsafe(16)
        key = hashlib.sha256(password.encode()).hexdigest()[:16]
        self.engine.app_password(number, mailbox_id, lookup_key=key, hash=ssha512(password), scopes=["imap", "smtp"])
        with self.engine.outbox.transaction() as session:
            if mailbox_id is None:
                mark(session, self.engine.actor, "account", [self.engine.account(session, number).id])
            else:
                mark(session, self.engine.actor, "mailbox", [mailbox_id])
        return password

    def open_list(self, senders: str, rule: str = "hand", members: tuple[str, ...] = (), at: str = "H36.05") -> str:
        """Open a mailing list of an agency with members by account number; give its address."""
        address = f"danhsach{next(_numbers)}@tinh.gov.vn"
        with self.engine.outbox.transaction() as session:
            agency = session.scalars(select(Agency).where(Agency.code == at)).one()
            opening = ListOpening(agency.id, address, ListRule("Danh sách", senders, rule, with_units=True))
            [made] = open_mailing_list(session, self.engine.actor, [opening])
            accounts = [self.engine.account(session, each).id for each in members]
            boxes = session.scalars(select(Mailbox.id).where(Mailbox.account_id.in_(accounts))).all()
            if boxes:
                add_members(session, self.engine.actor, [Membership(made.id, each) for each in boxes])
        return address

    def move_list(self, before: str, after: str) -> None:
        """Give a mailing list another official address beside that of before."""
        list_id = self.id_of(before)
        with self.engine.outbox.transaction() as session:
            add_alias(session, self.engine.actor, [Alias(list_id, after, is_primary=True, is_list=True)])

    def id_of(self, address: str) -> int:
        """Give the key of the list that has an address."""
        with self.engine.outbox.transaction() as session:
            owner = select(MailingList.id).join(Address, Address.mailing_list_id == MailingList.id)
            return session.scalars(owner.where(Address.address == address)).one()

    def public_id_of(self, address: str) -> str:
        """Give the id that the entry of the list has that has an address."""
        with self.engine.outbox.transaction() as session:
            owner = select(MailingList.public_id).join(Address, Address.mailing_list_id == MailingList.id)
            return session.scalars(owner.where(Address.address == address)).one()

    def letters(self, word: str) -> list[Path]:
        """Give the messages with a word in them, once Postfix has nothing left to deliver."""
        spool = self.servers.layout.root / "postfix/spool"
        deadline = time.monotonic() + DELIVERY_SECONDS
        while any(path.is_file() for queue in QUEUES for path in (spool / queue).rglob("*")):
            assert time.monotonic() < deadline, "Postfix still has something to deliver"
            time.sleep(0.1)
        kept = (self.servers.layout.root / "mail").glob("*/*/Maildir/*/*")
        return [path for path in kept if path.is_file() and word in path.read_text(errors="replace")]

    def letters_of(self, number: str, word: str) -> int:
        """Count the messages with a word in somebody's mailbox, once Postfix has nothing left to deliver."""
        with self.engine.outbox.transaction() as session:
            account = self.engine.account(session, number)
            box = session.scalars(select(Mailbox.public_id).where(Mailbox.account_id == account.id)).one()
        return sum(
            path.is_relative_to(self.servers.layout.root / "mail" / box[:2] / box) for path in self.letters(word)
        )

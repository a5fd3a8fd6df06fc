"""A book that commits, a target and an engine between them, for tests of what the engine does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.agencies import Agency
from directory.base import Actor, system
from directory.credentials.tables import AppPassword
from directory.desired import Name
from directory.due import Due, mark
from directory.lifecycle import RoleOpening, open_role_mailbox
from directory.mailboxes import Mailbox
from directory.notices import Notice
from directory.targets import DEFAULT
from provisioning.outbox import Outbox
from provisioning.ports import MailServer, TargetSystem
from provisioning.reconcile import Reconciler, Report
from provisioning.reconcile.tables import EntryStatus
from provisioning.reconcile.targets import Maintenance, begin_maintenance, end_maintenance
from tests.book import found_house, hire
from tests.conftest import NOW
from tests.fakes import FakeMailServer

_keys = count(1)
_NO_WAIT = text("UPDATE due SET not_before = NULL, claimed_until = NULL")
_NO_PAUSE = text("UPDATE target_status SET paused_until = NULL")


@dataclass
class Engine:
    """An engine over a target and the small book. People are named by their account numbers."""

    outbox: Outbox
    target: TargetSystem
    mail: MailServer = field(default_factory=FakeMailServer)
    now: datetime = NOW

    def __post_init__(self) -> None:
        with self.outbox.transaction() as session:
            if session.scalar(select(Agency.id).limit(1)) is None:
                found_house(session, self.actor)

    @property
    def actor(self) -> Actor:
        """The system, now."""
        return system(self.now, "test")

    def reconciler(self, target: TargetSystem | None = None) -> Reconciler:
        """One more worker."""
        return Reconciler(self.outbox, target or self.target, self.mail, lambda: self.now)

    def run(self) -> Report:
        """Do one round."""
        return self.reconciler().run()

    def settle(self, rounds: int = 10) -> None:
        """Do rounds, without their waits, until nothing is due."""
        for _ in range(rounds):
            self.let_time_pass()
            self.run()
            if not self.due():
                return

    def let_time_pass(self) -> None:
        """Take away every wait, pause and lease."""
        with self.outbox.transaction() as session:
            session.execute(_NO_WAIT)
            session.execute(_NO_PAUSE)

    @contextmanager
    def kept_still(self) -> Iterator[None]:
        """Have nothing written to the target meanwhile."""
        with self.outbox.transaction() as session:
            begin_maintenance(session, self.actor, [Maintenance(DEFAULT)])
        yield
        with self.outbox.transaction() as session:
            end_maintenance(session, self.actor, [DEFAULT])

    def hire(self, *names: str, state: str = "active") -> list[str]:
        """Appoint people in the department."""
        with self.outbox.transaction() as session:
            department = session.scalars(select(Agency).where(Agency.code == "H36.05")).one()
            return [account.number for account in hire(session, self.actor, department, *names, state=state)]

    def do(self, verb: Callable[..., object], number: str, *more: object) -> None:
        """Let the system do something to an account."""
        with self.outbox.transaction() as session:
            verb(session, self.actor, [self.account(session, number).id], *more)

    def write_again(self, number: str) -> None:
        """Have an account's entries written anew."""
        with self.outbox.transaction() as session:
            mark(session, self.actor, "account", [self.account(session, number).id])
        self.settle()

    def app_password(self, number: str, mailbox_id: int | None = None, **values: object) -> str:
        """Give a person an app password for the personal mailbox, or for a role mailbox; give its id."""
        with self.outbox.transaction() as session:
            account = self.account(session, number)
            own = session.scalars(select(Mailbox.id).where(Mailbox.account_id == account.id)).one()
            made = AppPassword(
                **{
                    "account_id": account.id,
                    "mailbox_id": mailbox_id or own,
                    "label": "phone",
                    "lookup_key": f"{next(_keys):016x}",
                    "hash": "{SSHA512}abc=",
                    "scopes": ["imap"],
                    "made_at": self.now,
                    "expires_at": self.now + timedelta(days=365),
                    **values,
                }
            )
            session.add(made)
            session.flush()
            public_id: str = made.public_id
        return public_id

    def role_mailbox(self, *holders: str) -> tuple[int, str]:
        """Open a role mailbox; give its key and its storage id."""
        with self.outbox.transaction() as session:
            department = session.scalars(select(Agency).where(Agency.code == "H36.05")).one()
            ids = [self.account(session, number).id for number in holders]
            opening = RoleOpening(department.id, "Văn thư", f"vanthu{next(_keys)}@tinh.gov.vn", ids)
            [mailbox] = open_role_mailbox(session, self.actor, [opening])
            return mailbox.id, mailbox.public_id

    def due(self) -> int:
        """Count what waits."""
        with self.outbox.transaction() as session:
            return session.scalars(select(func.count()).select_from(Due)).one()

    def status(self, number: str) -> EntryStatus | None:
        """Give what came of the latest try of an account."""
        with self.outbox.transaction() as session:
            found = session.get(EntryStatus, ("account", self.account(session, number).id))
            session.expunge_all()
            return found

    def welcomes(self) -> int:
        """Count the welcome notices."""
        with self.outbox.transaction() as session:
            return session.scalars(select(func.count(Notice.id)).where(Notice.message == "welcome")).one()

    @staticmethod
    def account(session: Session, number: str) -> Account:
        """Find an account by its number."""
        return session.scalars(select(Account).where(Account.number == number)).one()


def person(number: str) -> Name:
    """Name the entry of an account."""
    return (("uid", number), ("ou", "people"))


def device(device_id: str, parent: Name) -> Name:
    """Name the entry of an app password."""
    return (("cvDeviceId", device_id), *parent)

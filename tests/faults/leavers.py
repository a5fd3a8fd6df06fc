"""Somebody with open mail who leaves, and what may be wrong just then."""

from __future__ import annotations

import hashlib
import imaplib
import smtplib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from ldap3 import MODIFY_REPLACE, Connection
from sqlalchemy import select

from directory.accounts import Account
from directory.lifecycle import Leaving, leave
from directory.linking import READ, conclude, propose
from provisioning.reconcile import linking
from provisioning.reconcile.refusals import STILL_IN
from provisioning.reconcile.settling import limit_of
from stack.secret_files import ssha512
from tests.faults.slapds import configured, many_names, must
from tests.faults.tally import BASE, PromisingEngine
from tests.stack.mail_clients import imap, submission
from tests.stack_fixtures import Servers

CONSTRAINTS = "olcOverlay={1}constraint,olcDatabase={1}mdb,cn=config"
QUEUE = 600
"""More than a round takes at once."""


@dataclass(frozen=True)
class Person:
    """Somebody who reads and sends mail."""

    number: str
    address: str
    password: str


@dataclass
class Office:
    """A leaver and a colleague, on real servers."""

    servers: Servers
    engine: PromisingEngine
    hand: Connection
    leaver: Person
    colleague: Person
    dn: str
    """The leaver's entry, wherever it is."""

    def leave(self) -> None:
        """Let the leaver be out of service today."""
        with self.engine.outbox.transaction() as session:
            mine = select(Account.official_id).where(Account.number == self.leaver.number)
            leave(session, self.engine.actor, [Leaving(session.scalars(mine).one(), reason="a reason")])
        self.engine.people[self.leaver.number] = "disabled"

    def rename(self, rdn: str, superior: str) -> None:
        """Let others give the leaver's entry another name."""
        must(self.hand, lambda: self.hand.modify_dn(self.dn, rdn, new_superior=superior))
        self.dn = f"{rdn},{superior}"

    def edit(self, dn: str, **values: str) -> None:
        """Let others write into an entry."""
        changes = {name: [(MODIFY_REPLACE, [value] if value else [])] for name, value in values.items()}
        must(self.hand, self.hand.modify, dn, changes)

    def opens(self, person: Person) -> list[str]:
        """Give the doors that let somebody in."""
        found = []
        for name, door in (("imap", imap), ("smtp", submission)):
            try:
                with door(self.servers, person.address, person.password):
                    found.append(name)
            except (imaplib.IMAP4.error, smtplib.SMTPAuthenticationError):
                continue
        return found


Situation = Callable[[Office], AbstractContextManager[None]]


def give_mail(engine: PromisingEngine, number: str, local_part: str, mailbox_id: int | None = None) -> Person:
    """Let somebody have an app password, for the own mailbox or another; the entries follow."""
    password = f"{local_part}-mot-hai-ba"
    lookup_key = hashlib.sha256(password.encode()).hexdigest()[:16]
    values = {"lookup_key": lookup_key, "hash": ssha512(password), "scopes": ["imap", "smtp"]}
    engine.app_password(number, mailbox_id, **values)
    engine.write_again(number)
    return Person(number, f"{local_part}@tinh.gov.vn", password)


def adopt(engine: PromisingEngine, hand: Connection) -> str:
    """Let somebody's entry have been there before; give the account's number."""
    must(hand, hand.add, f"ou=Users,{BASE}", "organizationalUnit")
    values = {"sn": "Nguyễn", "cn": "Nguyễn Văn An", "uid": "an.nguyen", "mail": "annv@tinh.gov.vn"}
    [number] = engine.hire("Nguyễn Văn An")
    with engine.kept_still():
        must(hand, hand.add, f"uid=an.nguyen,ou=Users,{BASE}", "inetOrgPerson", values)
        for page in engine.target.survey("ou=Users", READ):
            with engine.outbox.transaction() as session:
                propose(session, engine.actor, page)
        with engine.outbox.transaction() as session:
            conclude(session, engine.actor, "ou=Users", engine.now)
            refs = [line.ref for line in linking.links(session, engine.actor)]
            assert linking.confirm(session, engine.actor, refs) == 1
    engine.settle()
    return number


@contextmanager
def nothing(office: Office) -> Iterator[None]:
    """Nothing is wrong."""
    office.leave()
    yield


@contextmanager
def away(office: Office) -> Iterator[None]:
    """The LDAP server is stopped, and comes back."""
    office.hand.unbind()
    office.servers.stop("slapd")
    office.leave()
    assert office.engine.run().paused_for is not None
    office.servers.need("slapd")
    yield


@contextmanager
def maintenance(office: Office) -> Iterator[None]:
    """The LDAP server is kept still while many are appointed, until a person ends that."""
    with office.engine.kept_still():
        office.engine.hire(*many_names(QUEUE))
        office.leave()
        assert office.engine.run().claimed == 0
    yield


@contextmanager
def renamed(office: Office) -> Iterator[None]:
    """Others gave the entry another name."""
    office.rename("uid=khac", f"ou=people,{BASE}")
    office.leave()
    yield


@contextmanager
def renamed_by_two(office: Office) -> Iterator[None]:
    """Others gave the entry a name of two attributes."""
    office.rename("uid=khac+cn=Người Khác", office.dn.partition(",")[2])
    office.leave()
    yield


@contextmanager
def put_elsewhere(office: Office) -> Iterator[None]:
    """Others put the entry into a branch that is not ours."""
    must(office.hand, office.hand.add, f"ou=Left,{BASE}", "organizationalUnit")
    office.rename("uid=khac", f"ou=Left,{BASE}")
    office.leave()
    yield


@contextmanager
def put_elsewhere_unmarked(office: Office) -> Iterator[None]:
    """Others put an adopted entry elsewhere, and took away what says whose it is."""
    must(office.hand, office.hand.add, f"ou=Left,{BASE}", "organizationalUnit")
    office.rename("uid=khac", f"ou=Left,{BASE}")
    office.edit(office.dn, cvAccountNumber="")
    office.leave()
    yield


@contextmanager
def given_to_another(office: Office) -> Iterator[None]:
    """Others wrote the number of another account into an adopted entry."""
    office.edit(office.dn, cvAccountNumber="cvkhackhac")
    office.leave()
    yield


@contextmanager
def removed(office: Office) -> Iterator[None]:
    """Others removed the entry with all that is below."""
    office.hand.search(office.dn, "(objectClass=cvAppPassword)", attributes=["cvDeviceId"])
    for each in [found["dn"] for found in office.hand.response or ()]:
        must(office.hand, office.hand.delete, each)
    must(office.hand, office.hand.delete, office.dn)
    office.leave()
    yield


@contextmanager
def held(office: Office) -> Iterator[None]:
    """So much was changed at once that a scan waits for a person; the leaver's entry is among it."""
    numbers = office.engine.hire(*many_names(2 * limit_of(0)))
    office.engine.settle()
    for number in numbers:
        must(office.hand, office.hand.delete, f"uid={number},ou=people,{BASE}")
    office.edit(office.dn, cvQuota="1")
    assert office.engine.scan().is_held
    office.leave()
    yield


@contextmanager
def later(office: Office) -> Iterator[None]:
    """The entry shows more than the book knows, as after the book was restored to an earlier state."""
    office.edit(office.dn, cvRevision="1000")
    office.leave()
    yield


@contextmanager
def shut_off(office: Office) -> Iterator[None]:
    """The server's access rules let us write nothing for a while; nobody presses a button afterwards."""
    reads = f'to dn.subtree="{BASE}" by dn.exact="cn=provisioner,ou=services,{BASE}" read'
    colleague = f'by dn.exact="cn=mailreader,ou=services,{BASE}" read by anonymous auth'
    with configured(office.servers, "olcAccess", f"{reads} {colleague}"):
        office.leave()
        assert office.engine.run().retried == 1
        status = office.engine.status(office.leaver.number)
        assert status is not None
        assert status.reason == STILL_IN
    yield


@contextmanager
def unwanted(office: Office) -> Iterator[None]:
    """The server takes a value no more that the entry is to have with its new state."""
    with configured(office.servers, "olcConstraintAttribute", "cvQuota regex ^1$", entry=CONSTRAINTS):
        office.edit(office.dn, cvQuota="1")
        office.leave()
        yield


OWN: dict[str, tuple[str, Situation]] = {
    "nothing": ("F34", nothing),
    "away": ("F01", away),
    "maintenance": ("F34", maintenance),
    "renamed": ("F22", renamed),
    "renamed by two": ("F22", renamed_by_two),
    "put elsewhere": ("F22", put_elsewhere),
    "removed": ("F23", removed),
    "held": ("F22", held),
    "later": ("F15", later),
    "unwanted": ("F33", unwanted),
    "shut off": ("F19", shut_off),
}
"""What may be wrong with an entry of ours, by the fault that it is."""
ADOPTED: dict[str, tuple[str, Situation]] = {
    "nothing": ("F34", nothing),
    "renamed by two": ("F22", renamed_by_two),
    "put elsewhere": ("F22", put_elsewhere),
    "put elsewhere unmarked": ("F22", put_elsewhere_unmarked),
    "given to another": ("F22", given_to_another),
    "later": ("F15", later),
}
"""What may be wrong with one that was there before."""

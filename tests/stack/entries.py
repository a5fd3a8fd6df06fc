"""Entries as the service will write them, made by hand, for tests of the servers alone."""

import hashlib
import itertools
import secrets
from dataclasses import dataclass, field

from ldap3 import BASE, MODIFY_REPLACE, NONE, Connection, Server

from stack.secret_files import ssha512
from tests.stack_fixtures import Servers

ROOT = "dc=gov,dc=vn"
DOMAIN = "sokhcn.danang.gov.vn"

numbers = itertools.count(1)


def bind(servers: Servers, name: str, password: str) -> Connection:
    """A connection over the local socket, bound or not: `result` says."""
    connection = Connection(Server(servers.slapd.local_uri, get_info=NONE), name, password, auto_referrals=False)
    connection.bind()
    return connection


def bind_service(servers: Servers, service: str) -> Connection:
    """A connection of `provisioner` or `mailreader`."""
    return bind(servers, f"cn={service},ou=services,{ROOT}", servers.password(service))


@dataclass
class Mailbox:
    """A personal mailbox and the first of its app passwords."""

    id: str
    dn: str
    address: str
    passwords: list[str] = field(default_factory=list)

    @property
    def password(self) -> str:
        """What a mail client of the holder sends."""
        return self.passwords[0]


class Tree:
    """The book's side of the target: writes entries as the provisioner."""

    def __init__(self, servers: Servers) -> None:
        self.connection = bind_service(servers, "provisioner")

    def add(self, dn: str, classes: list[str], **attributes: object) -> int:
        """Adds an entry; the answer is LDAP's result code, 0 for success."""
        self.connection.add(dn, classes, {"cvRevision": 1, "cvState": "active", **attributes})
        return int(self.connection.result["result"])

    def set(self, dn: str, **attributes: object) -> int:
        """Replaces attributes; the answer is LDAP's result code."""
        changes = {name: [(MODIFY_REPLACE, as_list(value))] for name, value in attributes.items()}
        self.connection.modify(dn, changes)
        return int(self.connection.result["result"])

    def add_domain(self, name: str = DOMAIN, state: str = "active") -> int:
        """A domain that mail is taken for."""
        return self.add(f"cvDomain={name},ou=domains,{ROOT}", ["cvMailDomain"], cvDomain=name, cvState=state)

    def add_mailbox(self, *more_addresses: str, **attributes: object) -> Mailbox:
        """An official with a mailbox that has an address of its own and `more_addresses`."""
        number = next(numbers)
        uid, mailbox_id = f"cv{number:08}", f"mb{secrets.token_hex(6)}"
        address = f"canbo{number}@{DOMAIN}"
        mailbox = Mailbox(mailbox_id, f"uid={uid},ou=people,{ROOT}", address)
        person = {"uid": uid, "cn": "Nguyễn Thị Ánh Đào", "sn": "Nguyễn"}
        mail = {"mail": address, "cvMailboxId": mailbox_id, "cvAddress": [address, *more_addresses]}
        code = self.add(mailbox.dn, ["inetOrgPerson", "cvAccount", "cvMailbox"], **{**person, **mail, **attributes})
        assert code == 0, self.connection.result
        return mailbox

    def add_app_password(self, mailbox: Mailbox, *scopes: str, **attributes: object) -> str:
        """An app password below the mailbox's entry; the answer is the id of its entry."""
        password, device = secrets.token_urlsafe(16), f"d{next(numbers)}"
        code = self.add(
            f"cvDeviceId={device},{mailbox.dn}",
            ["cvAppPassword"],
            **{
                "cvDeviceId": device,
                "cvMailboxId": mailbox.id,
                "cvScope": list(scopes or ("imap", "pop3", "smtp")),
                "cvDeviceKey": hashlib.sha256(password.encode()).hexdigest()[:16],
                "userPassword": ssha512(password),
                **attributes,
            },
        )
        assert code == 0, self.connection.result
        mailbox.passwords.append(password)
        return device

    def add_client(self, *more_addresses: str, **attributes: object) -> Mailbox:
        """A mailbox with one app password for everything."""
        mailbox = self.add_mailbox(*more_addresses, **attributes)
        self.add_app_password(mailbox)
        return mailbox


def as_list(value: object) -> list[object]:
    """ldap3 wants a list for each change; nothing means that the attribute goes."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def read(connection: Connection, dn: str, *attributes: str) -> dict[str, list[bytes]]:
    """The attributes of one entry that a connection may see."""
    connection.search(dn, "(objectClass=*)", BASE, attributes=list(attributes) or ["*"])
    for found in connection.response or []:
        return dict(found["raw_attributes"])
    return {}

"""An LDAP server as an agency may have it before this directory: people in a branch of their own, mail by `mail`."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from ldap3 import BASE, EXTERNAL, MODIFY_REPLACE, NONE, SASL, SUBTREE, Connection, Server

from tests.stack.entries import ROOT
from tests.stack.mail_clients import answer_to
from tests.stack_fixtures import Servers

USERS = f"ou=Users,{ROOT}"
OWNER = f"cn=overlays,{ROOT}"
PASSWORD = "chu-cu"
DATABASE = "olcDatabase={1}mdb,cn=config"
PROBERS = 3


def owner_of(servers: Servers) -> Connection:
    """Give a connection of the tree's owner, who wrote into it before there was this service."""
    server = Server(servers.slapd.local_uri, get_info=NONE)
    config = Connection(server, authentication=SASL, sasl_mechanism=EXTERNAL, sasl_credentials="", auto_bind=True)
    config.modify(DATABASE, {"olcRootPW": [(MODIFY_REPLACE, [PASSWORD])]})
    config.unbind()
    owner = Connection(server, OWNER, PASSWORD, auto_bind=True)
    owner.add(USERS, "organizationalUnit", {"ou": "Users"})
    return owner


def add_official(owner: Connection, name: str, address: str) -> str:
    """Add somebody as the old program did; give the DN."""
    dn = f"cn={name},{USERS}"
    uid = address.partition("@")[0]
    attributes = {
        "sn": name.split(maxsplit=1)[0],
        "uid": uid,
        "mail": address,
        "labeledURI": f"https://{uid}.example",
        "telephoneNumber": "024 3804 4444",
        "userPassword": "{SSHA512}theirs=",
        "description": "Phòng 12",
    }
    owner.add(dn, ["inetOrgPerson", "labeledURIObject"], attributes)
    assert owner.result["result"] == 0, owner.result
    return dn


def attributes_of(owner: Connection, dn: str) -> dict[str, list[bytes]]:
    """Read an entry whole, as its owner sees it."""
    [found] = subtree(owner, dn, BASE)
    return found


def subtree(owner: Connection, dn: str, reach: Literal["BASE", "SUBTREE"] = SUBTREE) -> list[dict[str, list[bytes]]]:
    """Read an entry and those below it whole, as its owner sees them."""
    owner.search(dn, "(objectClass=*)", reach, attributes=["*"])
    return [dict(each["raw_attributes"]) for each in owner.response or [] if "raw_attributes" in each]


@contextmanager
def old_lookup(servers: Servers) -> Iterator[None]:
    """Let Postfix also take mail for whom the old program takes it, as on the day before the change."""
    etc = servers.layout.root / "postfix/etc"
    connection = (etc / "mailboxes.cf").read_text().partition("search_base")[0]
    lines = [line for line in connection.splitlines() if not line.startswith(("bind_dn", "bind_pw"))]
    query = [f"bind_dn = {OWNER}", f"bind_pw = {PASSWORD}", f"search_base = {USERS}"]
    answer = ["query_filter = (&(objectClass=inetOrgPerson)(mail=%s))", "result_attribute = uid", ""]
    (etc / "existing.cf").write_text("\n".join([*lines, *query, *answer]))
    own = f"proxy:ldap:{etc}/mailboxes.cf"
    _set_maps(servers, f"{own}, proxy:ldap:{etc}/existing.cf")
    yield
    _set_maps(servers, own)


def _set_maps(servers: Servers, maps: str) -> None:
    etc = str(servers.layout.root / "postfix/etc")
    subprocess.run(["postconf", "-c", etc, "-e", f"virtual_mailbox_maps = {maps}"], check=True)
    subprocess.run(["postfix", "-c", etc, "reload"], check=True, capture_output=True)


@dataclass
class Prober:
    """Asks Postfix all the time whether it takes mail for some addresses."""

    servers: Servers
    addresses: list[str]
    answers: list[int] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask from several sides, from before the body until each has asked for every address once more after it."""
        threads = [threading.Thread(target=self.ask, args=(turn,)) for turn in range(PROBERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def ask(self, turn: int) -> None:
        """Ask for one address after the other."""
        last = False
        while not last:
            last = self.is_over.is_set()
            for address in self.addresses[turn::PROBERS]:
                self.answers.append(answer_to(self.servers, address))

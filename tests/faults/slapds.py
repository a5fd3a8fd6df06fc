"""What an operator of slapd may do to it while it runs, and names enough for a batch."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ldap3 import MODIFY_ADD, MODIFY_REPLACE, NO_ATTRIBUTES, NONE, SASL, Connection, Server

from stack.accounts import give
from stack.secret_files import ssha512
from stack.slapd import run as offline
from tests.faults.tally import BASE
from tests.stack_fixtures import Servers

DATABASE = "olcDatabase={1}mdb,cn=config"
MODULES = "cn=module{0},cn=config"
RETCODE = f"olcOverlay=retcode,{DATABASE}"
NAMES = [f"Nguyễn Văn {first}{second}" for first in "ABCDEGHKLM" for second in ("n", "nh", "i", "a", "o")]
_ROOT_DN = f"cn=overlays,{BASE}"
_PASSWORD = "an operator's own"


def many_names(count: int) -> list[str]:
    """Give so many names; there are namesakes among them."""
    return [NAMES[number % len(NAMES)] for number in range(count)]


@contextmanager
def administering(servers: Servers) -> Iterator[Connection]:
    """Give a connection of whoever started slapd: it may change its settings."""
    connection = Connection(
        Server(servers.slapd.local_uri, get_info=NONE),
        authentication=SASL,
        sasl_mechanism="EXTERNAL",
        sasl_credentials="",
    )
    connection.bind()
    yield connection
    connection.unbind()


def settings_of(servers: Servers, attribute: str, entry: str = DATABASE) -> list[str]:
    """Give the values that a setting of the running slapd has."""
    with administering(servers) as connection:
        connection.search(entry, "(objectClass=*)", "BASE", attributes=[attribute])
        found = next(iter(connection.response or ()))
        return [value.decode() for value in found["raw_attributes"].get(attribute, [])]


def configure(servers: Servers, attribute: str, *values: str, entry: str = DATABASE) -> None:
    """Change a setting of the running slapd."""
    with administering(servers) as connection:
        must(connection, connection.modify, entry, {attribute: [(MODIFY_REPLACE, list(values))]})


@contextmanager
def configured(servers: Servers, attribute: str, *values: str, entry: str = DATABASE) -> Iterator[None]:
    """Change a setting for a while."""
    before = settings_of(servers, attribute, entry)
    configure(servers, attribute, *values, entry=entry)
    yield
    configure(servers, attribute, *before, entry=entry)


@contextmanager
def answering(servers: Servers, code: int, parent: str, *names: str) -> Iterator[None]:
    """Let slapd answer for a while every write of these entries below a parent with a code (its overlay `retcode`)."""
    items = [f'"{name}" {code:#x} op=add,modify' for name in names]
    rules = {"olcRetcodeParent": f"{parent},{BASE}", "olcRetcodeItem": items}
    with administering(servers) as connection:
        must(connection, connection.modify, MODULES, {"olcModuleLoad": [(MODIFY_ADD, ["retcode"])]})
        must(connection, connection.add, RETCODE, ["olcOverlayConfig", "olcRetcodeConfig"], rules)
        yield
        connection.search(DATABASE, "(objectClass=olcRetcodeConfig)", attributes=NO_ATTRIBUTES)
        must(connection, connection.delete, next(iter(connection.response or ()))["dn"])


@contextmanager
def by_hand(servers: Servers) -> Iterator[Connection]:
    """Give a connection of somebody who may do anything in the tree, past the service."""
    configure(servers, "olcRootPW", ssha512(_PASSWORD))
    connection = Connection(Server(servers.slapd.local_uri, get_info=NONE), _ROOT_DN, _PASSWORD, auto_referrals=False)
    assert connection.bind(), connection.result
    yield connection
    connection.unbind()


def must(connection: Connection, action: Callable[..., object], *words: object) -> None:
    """Do something by hand that must succeed."""
    action(*words)
    assert connection.result["result"] == 0, connection.result


def load(servers: Servers, backup: str, folder: Path) -> None:
    """Stop slapd, put the backup in place of its data, and start it."""
    source = folder / "backup.ldif"
    source.write_text(backup, encoding="utf-8")
    servers.stop("slapd")
    shutil.rmtree(servers.slapd.data)
    servers.slapd.data.mkdir(mode=0o700)
    offline("slapadd", "-n1", "-q", "-w", "-F", str(servers.slapd.config), "-l", str(source))
    give(servers.slapd.account, servers.slapd.folder)
    servers.need("slapd")

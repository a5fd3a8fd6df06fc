"""The set of servers as others use it: for tests of faults, for the service, for production's templates."""

import re
import signal
import socket
import ssl
import stat
import subprocess
from pathlib import Path

import pytest
import sqlalchemy

from provisioning.config import Settings
from stack.errors import StackError
from stack.layout import DEPLOY
from stack.ports import Ports
from stack.templates import fill
from tests.stack.entries import Tree, read
from tests.stack_fixtures import Servers


@pytest.mark.faults
def test_what_slapd_has_taken_survives_a_kill(own_servers: Servers) -> None:
    """An entry that was acknowledged is there after kill -9."""
    own_servers.need("slapd")
    tree = Tree(own_servers)
    mailbox = tree.add_mailbox()

    own_servers.kill("slapd")
    tree.connection.strategy.close()
    own_servers.need("slapd")

    again = Tree(own_servers)
    assert read(again.connection, mailbox.dn, "cvMailboxId") == {"cvMailboxId": [mailbox.id.encode()]}
    again.connection.unbind()


@pytest.mark.faults
def test_a_frozen_server_can_be_stopped(own_servers: Servers) -> None:
    """A test that froze a server leaves nothing behind."""
    own_servers.need("slapd")

    own_servers.send("slapd", signal.SIGSTOP)
    own_servers.stop("slapd")

    assert own_servers.supervisor.running == {}


def test_a_changed_configuration_keeps_the_data(own_servers: Servers) -> None:
    """When a template changes, cn=config is built anew and the entries stay."""
    own_servers.need("slapd")
    tree = Tree(own_servers)
    mailbox = tree.add_mailbox()
    tree.connection.unbind()
    own_servers.stop("slapd")

    own_servers.durable = True
    own_servers.need("slapd")

    again = Tree(own_servers)
    assert "FALSE" in (own_servers.layout.root / "slapd/config.built").read_text().split("olcDbNoSync: ")[1][:6]
    assert read(again.connection, mailbox.dn, "cvMailboxId") == {"cvMailboxId": [mailbox.id.encode()]}
    again.connection.unbind()


def test_the_service_finds_its_database(servers: Servers) -> None:
    """The role owns its database and may add the extensions that the book needs."""
    engine = sqlalchemy.create_engine(servers.need("postgresql").environment()["CONGVU_DATABASE_URL"])

    with engine.begin() as connection:
        for extension in ("pg_trgm", "unaccent", "ltree", "btree_gist"):
            connection.execute(sqlalchemy.text(f"CREATE EXTENSION {extension}"))
        names = sqlalchemy.text(
            "SELECT name FROM (VALUES ('Đào'), ('Dũng')) t(name) ORDER BY name COLLATE \"vi-VN-x-icu\""
        )
        in_order = connection.scalars(names).all()

    engine.dispose()
    assert in_order == ["Dũng", "Đào"]


def test_a_wrong_database_password_is_refused(servers: Servers) -> None:
    """Another user of the machine does not reach the book of record."""
    url = sqlalchemy.make_url(servers.need("postgresql").environment()["CONGVU_DATABASE_URL"])
    engine = sqlalchemy.create_engine(url.set(password="sai"))

    with pytest.raises(sqlalchemy.exc.OperationalError, match="password authentication failed"):
        engine.connect()

    engine.dispose()


def test_the_service_takes_the_settings(mail: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting that a stack gives is one that the service knows, and its keys are keys."""
    given = mail.need("postgresql").environment()
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    settings = Settings()  # type: ignore[call-arg]  # pydantic reads the environment

    assert {name.removeprefix("CONGVU_").lower() for name in given} - {"sample_file"} <= set(Settings.model_fields)
    assert len({settings.keys.field, settings.keys.index, settings.keys.audit, settings.secret("session_key")}) == 4


def test_secrets_are_for_the_caller_only(mail: Servers) -> None:
    """No other user of the machine reads a secret, a key or a configuration with a password."""
    root = mail.layout.root
    secret = [*mail.secrets.iterdir(), *root.glob("tls/*.key"), *root.glob("slapd/*.key"), *root.glob("dovecot/*.ext")]

    assert [path for path in secret if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)] == []


def test_a_foreign_authority_is_not_trusted(mail: Servers) -> None:
    """Who trusts the world's authorities does not trust a stack by accident."""
    probe = ["openssl", "s_client", "-connect", f"127.0.0.1:{mail.ports.imap}", "-verify_return_error"]

    done = subprocess.run(probe, input=b"", capture_output=True, check=False)

    assert done.returncode != 0


def test_the_certificate_holds_for_strict_clients(mail: Servers) -> None:
    """Python 3.13 and mail clients check key usage and authority ids; ours pass."""
    context = ssl.create_default_context(cafile=str(mail.certificate.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT

    with (
        socket.create_connection(("127.0.0.1", mail.ports.imap)) as line,
        context.wrap_socket(line, server_hostname="127.0.0.1") as safe,
    ):
        greeting = safe.recv(4)

    assert greeting == b"* OK"


def test_a_template_with_an_unknown_place_is_refused(tmp_path: Path) -> None:
    """A place that nobody fills stops the start instead of reaching a server."""
    template = tmp_path / "main.cf.in"
    template.write_text("myhostname = @HOSTNAME@\n")

    with pytest.raises(StackError, match="@HOSTNAME@"):
        fill(template, {})


@pytest.mark.parametrize("base", [80, 65_500])
def test_a_base_outside_the_ports_is_refused(base: int) -> None:
    """A base leaves room for all ports and needs no root."""
    with pytest.raises(StackError, match="take a number from"):
        Ports.from_base(base)


def test_the_schema_s_numbers_are_used_once() -> None:
    """No two attributes or classes share an object identifier."""
    numbers = re.findall(r"\( (cv(?:Attribute|Class):\d+) ", (DEPLOY / "slapd/congvu.ldif").read_text())

    assert len(numbers) == len(set(numbers)) == 29

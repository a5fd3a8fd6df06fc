"""What every mail store and every mailer does, the fakes and Dovecot and Postfix alike."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from provisioning.ldap import LdapTarget
from provisioning.ldap.connection import Line
from provisioning.mail import Doveadm, SmtpMailer
from provisioning.ports import Mailer, MailServer, Refused, Unavailable
from tests.fakes import FakeMailer, FakeMailServer
from tests.stack_fixtures import Servers


def doveadm_on(servers: Servers) -> Doveadm:
    """Give the door to a set of servers' Dovecot."""
    settings = servers.environment()
    return Doveadm(settings["CONGVU_DOVEADM_URL"], (servers.secrets / "doveadm").read_text())


@pytest.fixture(params=["fake", "dovecot"])
def mail_server(request: pytest.FixtureRequest) -> MailServer:
    """Give the mail store: the fake, then Dovecot."""
    if request.param == "fake":
        return FakeMailServer()
    return doveadm_on(request.getfixturevalue("servers").need("dovecot"))


@pytest.fixture(params=["fake", "postfix"])
def mailer(request: pytest.FixtureRequest) -> Mailer:
    """Give the mailer: the fake, then Postfix."""
    if request.param == "fake":
        return FakeMailer()
    servers: Servers = request.getfixturevalue("servers").need("mail")
    return SmtpMailer("127.0.0.1", servers.ports.smtp, servers.certificate.authority)


@pytest.fixture(params=["doveadm", "smtp", "ldap"])
def nobody(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Give the ping of each neighbour at an address where nobody listens."""
    pings: dict[str, Callable[[], None]] = {
        "doveadm": Doveadm("http://127.0.0.1:1/doveadm/v1", "key").ping,
        "smtp": SmtpMailer("127.0.0.1", 1).ping,
        "ldap": LdapTarget(Line("ldap://127.0.0.1:1", "cn=x", "secret", None, 1), "dc=x").ping,
    }
    return pings[request.param]


def test_kick_without_a_session_is_fine(mail_server: MailServer) -> None:
    """Ending the sessions of mailboxes that have none is no error."""
    mail_server.kick(["khongco", "cungkhong"])


def test_ping_of_the_mail_store_is_silent_when_all_is_well(mail_server: MailServer) -> None:
    """A mail store that answers says nothing."""
    mail_server.ping()


def test_ping_of_the_mailer_is_silent_when_all_is_well(mailer: Mailer) -> None:
    """A mailer that answers says nothing."""
    mailer.ping()


def test_server_that_is_away_is_unavailable(nobody: Callable[[], None]) -> None:
    """Where nobody listens, every neighbour says so in the same way."""
    with pytest.raises(Unavailable):
        nobody()


def test_wrong_key_is_unavailable(servers: Servers) -> None:
    """Dovecot's interface with a wrong key is a fault of the whole, not of a mailbox."""
    servers.need("dovecot")

    with pytest.raises(Unavailable, match="401"):
        Doveadm(servers.environment()["CONGVU_DOVEADM_URL"], "wrong").kick(["m"])


def letter() -> EmailMessage:
    """Write a message."""
    message = EmailMessage()
    message.set_content("x")
    return message


def smtp(servers: Servers) -> SmtpMailer:
    """Give the mailer on a set of servers' Postfix."""
    servers.need("mail")
    return SmtpMailer("127.0.0.1", servers.ports.smtp, servers.certificate.authority)


def test_unknown_recipient_is_refused(servers: Servers) -> None:
    """A recipient that Postfix does not know is a no to this message alone, and the next one has its own answer."""
    with smtp(servers).visit() as counter:
        for _ in range(2):
            with pytest.raises(Refused):
                counter.send(letter(), "khongco@khongco.gov.vn")


def test_visit_is_one_connection(servers: Servers) -> None:
    """However many messages are handed in during a visit, one connection is made."""
    mailer = smtp(servers)

    with mailer.visit() as counter:
        lines = set()
        for _ in range(3):
            with pytest.raises(Refused):
                counter.send(letter(), "khongco@khongco.gov.vn")
            lines.add(id(counter.server))

    assert len(lines) == 1
    assert counter.server is None


def test_visit_goes_on_after_the_server_hung_up(servers: Servers) -> None:
    """A connection that the server has closed between two messages is made anew, and nothing is lost."""
    with smtp(servers).visit() as counter:
        with pytest.raises(Refused):
            counter.send(letter(), "khongco@khongco.gov.vn")
        counter.line().docmd("QUIT")

        with pytest.raises(Refused):
            counter.send(letter(), "khongco@khongco.gov.vn")

"""A mail client and a foreign server, reduced to what tests ask of them."""

import contextlib
import imaplib
import poplib
import smtplib
import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.stack_fixtures import Servers

ADDRESS = "127.0.0.1"
ARRIVAL_SECONDS = 15


def trust(servers: Servers) -> ssl.SSLContext:
    """Trusts the stack's own authority and nobody else."""
    return ssl.create_default_context(cafile=str(servers.certificate.authority))


@contextlib.contextmanager
def imap(servers: Servers, user: str, password: str) -> Iterator[imaplib.IMAP4]:
    """An IMAP session; raises imaplib's error if it is refused."""
    with imaplib.IMAP4_SSL(ADDRESS, servers.ports.imap, ssl_context=trust(servers)) as client:
        client.login(user, password)
        client.select()
        yield client


@contextlib.contextmanager
def pop3(servers: Servers, user: str, password: str) -> Iterator[poplib.POP3]:
    """A POP3 session; raises poplib's error if it is refused."""
    client = poplib.POP3_SSL(ADDRESS, servers.ports.pop3, context=trust(servers))
    try:
        client.user(user)
        client.pass_(password)
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def submission(servers: Servers, user: str, password: str) -> Iterator[smtplib.SMTP]:
    """A submission session; raises smtplib's error if it is refused."""
    with smtplib.SMTP(ADDRESS, servers.ports.submission) as client:
        client.starttls(context=trust(servers))
        client.login(user, password)
        yield client


@contextlib.contextmanager
def outsider(servers: Servers) -> Iterator[smtplib.SMTP]:
    """Another server that comes to port 25."""
    with smtplib.SMTP(ADDRESS, servers.ports.smtp) as client:
        client.ehlo()
        yield client


def answer_to(servers: Servers, recipient: str, sender: str = "ai-do@example.com") -> int:
    """What port 25 says to a sender and a recipient: the first refusal, or the answer to RCPT."""
    with outsider(servers) as client:
        code, _ = client.mail(sender)
        return code if code != 250 else client.rcpt(recipient)[0]


def letter(sender: str, recipient: str, text: str = "Kính gửi") -> EmailMessage:
    """A short message."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, "Giấy mời họp"
    message.set_content(text)
    return message


def wait_for_line(log: Path, *parts: str) -> str:
    """The line of a log that holds all these parts, as soon as it is written."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < deadline:
        for line in log.read_text(encoding="utf-8").splitlines():
            if all(part in line for part in parts):
                return line
        time.sleep(0.05)
    raise AssertionError(f"{log} has no line with {parts}")


def wait_for_mail(client: imaplib.IMAP4) -> str:
    """The text of the newest message in the open mailbox, as soon as there is one."""
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < deadline:
        client.noop()
        _, found = client.search(None, "ALL")
        if found[0]:
            _, parts = client.fetch(found[0].split()[-1].decode(), "(BODY[])")
            assert isinstance(parts[0], tuple)
            text = message_from_bytes(parts[0][1], policy=default).get_body(("plain",))
            assert text is not None
            return str(text.get_content())
        time.sleep(0.05)
    raise AssertionError("No mail arrived")

"""The brakes on guessing, as in production: who guesses is slowed down and stopped, everybody else goes on."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.stack.entries import Mailbox, Tree
from tests.stack.mail_clients import trust
from tests.stack_fixtures import Servers

pytestmark = pytest.mark.slow

GUESSER, ELSEWHERE = "127.0.0.2", "127.0.0.3"
# Each wrong guess makes Dovecot wait longer over the next one (0, 2, 4, 8 s): a third would come near the ten
# seconds after which Postfix gives up on it (454), and would not be the brake that is tested.
GUESSES = 2


class ImapFrom(imaplib.IMAP4_SSL):
    """A mail client with an address of its own."""

    def __init__(self, servers: Servers, source: str) -> None:
        self.source = source
        super().__init__("127.0.0.1", servers.ports.imap, ssl_context=trust(servers))

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout, (self.source, 0))
        secured: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return secured


@pytest.fixture
def braked(own_servers: Servers) -> Servers:
    """Give servers with the brakes of production, at a number of tries that a test reaches."""
    own_servers.auth_rate = GUESSES
    return own_servers.need("mail")


@pytest.fixture
def holder(braked: Servers) -> Iterator[Mailbox]:
    """Give somebody with an app password."""
    tree = Tree(braked)
    tree.add_domain()
    yield tree.add_client()
    tree.connection.unbind()


def sign_in(servers: Servers, source: str, address: str, password: str) -> bool:
    """Sign in over IMAP; say whether that was let in."""
    with ImapFrom(servers, source) as client:
        try:
            client.login(address, password)
        except imaplib.IMAP4.error:
            return False
        return True


def submit(servers: Servers, source: str, address: str, password: str) -> int:
    """Sign in to submission with one try; give the answer."""
    with smtplib.SMTP("127.0.0.1", servers.ports.submission, source_address=(source, 0)) as client:
        client.starttls(context=trust(servers))
        client.ehlo()
        client.user, client.password = address, password
        try:
            return client.auth("PLAIN", client.auth_plain)[0]
        except smtplib.SMTPResponseException as error:
            return error.smtp_code


def test_who_guesses_waits_and_others_do_not(braked: Servers, holder: Mailbox) -> None:
    """After wrong tries the next from that address is kept waiting; the holder elsewhere is let in meanwhile."""
    for guess in range(GUESSES):
        sign_in(braked, GUESSER, holder.address, f"sai-{guess}")
    last = threading.Thread(target=sign_in, args=(braked, GUESSER, holder.address, "sai-nua"))

    last.start()
    is_in = sign_in(braked, ELSEWHERE, holder.address, holder.password)
    is_waiting = last.is_alive()
    last.join()

    assert is_in
    assert is_waiting


def test_who_guesses_at_submission_is_told_to_come_again(braked: Servers, holder: Mailbox) -> None:
    """More tries a minute than allowed are refused unheard, even the right one; from elsewhere the holder sends."""
    wrong = [submit(braked, GUESSER, holder.address, f"sai-{guess}") for guess in range(GUESSES)]

    too_many = submit(braked, GUESSER, holder.address, holder.password)
    elsewhere = submit(braked, ELSEWHERE, holder.address, holder.password)

    assert wrong == [535] * GUESSES
    assert too_many == 450
    assert elsewhere == 235

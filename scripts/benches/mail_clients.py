"""Those who ask the mail servers: a mail client that signs in, and another server that has mail for somebody."""

import imaplib
import smtplib
import ssl
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from benches.figures import BenchError
from directory.addresses import Address
from directory.base import Actor
from directory.credentials.app_passwords import make_app_password
from directory.mailboxes import Mailbox
from provisioning.bootstrap import Service, clock
from stack.ports import ADDRESS
from stack.servers import Stack

SENDER = "ai-do@example.com"
_MOST = 1_000
"""Recipients that Postfix takes of one message."""
_OK = 250


def imap(stack: Stack, address: str, password: str) -> imaplib.IMAP4:
    """Sign in and open the mailbox; raises imaplib's error if it is refused."""
    context = ssl.create_default_context(cafile=str(stack.certificate.authority))
    client = imaplib.IMAP4_SSL(ADDRESS, stack.ports.imap, ssl_context=context)
    try:
        client.login(address, password)
    except imaplib.IMAP4.error:
        client.shutdown()
        raise
    client.select()
    return client


def app_password(service: Service, account_id: int) -> tuple[str, str]:
    """Let an active account make itself an app password; give the address and the password."""
    actor = Actor(clock(), "bench", account_id=account_id, factor_at=clock() - timedelta(seconds=1))
    with service.outbox.transaction() as session:
        own = select(Mailbox.id, Address.address).join(Address, Address.mailbox_id == Mailbox.id)
        mailbox_id, address = session.execute(
            own.where(Mailbox.account_id == account_id, Address.kind == "primary")
        ).one()
        _, secret = make_app_password(session, actor, mailbox_id, label="bench", scopes=["imap"])
    return address, secret


def deliverable(stack: Stack, addresses: Sequence[str]) -> None:
    """Refuse a figure unless Postfix takes mail for each of these addresses, asked once."""
    with smtplib.SMTP(ADDRESS, stack.ports.smtp) as client:
        client.ehlo()
        for at in range(0, len(addresses), _MOST):
            client.mail(SENDER)
            for address in addresses[at : at + _MOST]:
                code, words = client.rcpt(address)
                if code != _OK:
                    raise BenchError(f"Postfix answers {code} for {address}: {words.decode()}")
            client.rset()

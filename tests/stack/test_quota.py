"""Quota on real servers: what is too much is refused at once, and a change of quota holds from the next letter on."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.stack.entries import Mailbox, Tree
from tests.stack.mail_clients import answer_to, imap, letter, outsider, wait_for_mail
from tests.stack_fixtures import Servers


def fill_mailbox(servers: Servers, mailbox: Mailbox) -> None:
    """Lets one letter of some 16 kB arrive."""
    with outsider(servers) as client:
        client.send_message(big_letter(mailbox))
    with imap(servers, mailbox.address, mailbox.password) as client:
        wait_for_mail(client)


def big_letter(mailbox: Mailbox) -> EmailMessage:
    """A letter of some 16 kB from outside."""
    return letter("ai-do@example.com", mailbox.address, "Kinh gui\n" * 1_800)


def test_a_letter_that_does_not_fit_is_refused(mail: Servers, tree: Tree) -> None:
    """A sender to a nearly full mailbox is told so before the letter is sent."""
    holder = tree.add_client(cvQuota=20_000)
    fill_mailbox(mail, holder)

    with outsider(mail) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(big_letter(holder))

    assert refused.value.recipients[holder.address][0] == 552


def test_a_raised_quota_opens_a_full_mailbox(mail: Servers, tree: Tree) -> None:
    """The next letter after a raise is taken; no server is told to reload."""
    holder = tree.add_client(cvQuota=20_000)
    fill_mailbox(mail, holder)

    tree.set(holder.dn, cvQuota=1_000_000, cvRevision=2)

    with outsider(mail) as client:
        assert client.send_message(big_letter(holder)) == {}


def test_a_lowered_quota_closes_a_mailbox(mail: Servers, tree: Tree) -> None:
    """The next letter after a quota was lowered below what is there is refused; no server is told to reload."""
    holder = tree.add_client(cvQuota=1_000_000)
    fill_mailbox(mail, holder)

    tree.set(holder.dn, cvQuota=10_000, cvRevision=2)

    assert answer_to(mail, holder.address) == 552

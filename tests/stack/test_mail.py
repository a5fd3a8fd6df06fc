"""Mail for real: sign-in by app password only, delivery, submission, quota, and the end of open sessions."""

import base64
import contextlib
import imaplib
import json
import poplib
import smtplib
import time
import urllib.request

import pytest

from tests.stack.entries import DOMAIN, Tree
from tests.stack.mail_clients import answer_to, imap, letter, outsider, pop3, submission, wait_for_mail
from tests.stack_fixtures import Servers


def test_an_app_password_opens_imap(mail: Servers, tree: Tree) -> None:
    """The holder's mail client signs in with an address and an app password."""
    holder = tree.add_client()

    with imap(mail, holder.address, holder.password) as client:
        assert client.state == "SELECTED"


def test_any_address_of_the_mailbox_signs_in(mail: Servers, tree: Tree) -> None:
    """The address may be typed as any that the mailbox sends from, in capitals too."""
    alias = f"ten.khac.1@{DOMAIN}"
    holder = tree.add_client(alias)

    with imap(mail, alias.upper(), holder.password) as client:
        assert client.state == "SELECTED"


def test_a_letter_is_sent_and_read(mail: Servers, tree: Tree) -> None:
    """What one official submits another one reads."""
    sender, reader = tree.add_client(), tree.add_client()

    with submission(mail, sender.address, sender.password) as client:
        client.send_message(letter(sender.address, reader.address, "Nội dung"))

    with imap(mail, reader.address, reader.password) as client:
        assert wait_for_mail(client).decode().strip() == "Nội dung"

"""Who may sign in to mail: an app password of an active mailbox for that protocol, and nothing else."""

import base64
import contextlib
import imaplib
import json
import poplib
import smtplib
import socket
import urllib.request
from collections.abc import Callable

import pytest

from stack.secret_files import ssha512
from tests.stack.entries import DOMAIN, Mailbox, Tree
from tests.stack.mail_clients import imap, letter, outsider, pop3, submission, trust, wait_for_line, wait_for_mail
from tests.stack_fixtures import Servers

REFUSALS = (imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPAuthenticationError)
Door = Callable[[Servers, str, str], contextlib.AbstractContextManager[object]]
EVERY_DOOR = pytest.mark.parametrize("door", [imap, pop3, submission])


def opens(door: Door, servers: Servers, user: str, password: str) -> bool:
    """Whether a mail client is let in."""
    try:
        with door(servers, user, password):
            return True
    except REFUSALS:
        return False


@EVERY_DOOR
def test_an_app_password_opens(mail: Servers, tree: Tree, door: Door) -> None:
    """The holder's mail client signs in with an address and an app password."""
    holder = tree.add_client()

    assert opens(door, mail, holder.address, holder.password)


@EVERY_DOOR
def test_a_wrong_password_is_refused(mail: Servers, tree: Tree, door: Door) -> None:
    """Something that is no app password of the mailbox lets nobody in."""
    holder = tree.add_client()

    assert not opens(door, mail, holder.address, "*)(cvMailboxId=*")


def test_an_empty_password_is_refused(mail: Servers, tree: Tree) -> None:
    """LDAP takes a bind without a password for anonymous; mail does not take it for a proof."""
    holder = tree.add_client()

    assert not opens(pop3, mail, holder.address, "")


def test_another_mailbox_s_password_is_refused(mail: Servers, tree: Tree) -> None:
    """An app password opens its own mailbox only."""
    holder, other = tree.add_client(), tree.add_client()

    assert not opens(imap, mail, other.address, holder.password)


def test_a_password_on_the_person_is_refused(mail: Servers, tree: Tree) -> None:
    """The target takes no password on a person's entry, so none can be guessed at the mail servers."""
    holder = tree.add_mailbox()

    code = tree.set(holder.dn, userPassword=ssha512("mat-khau-cong"))

    assert (code, opens(imap, mail, holder.address, "mat-khau-cong")) == (50, False)


@EVERY_DOOR
@pytest.mark.parametrize("state", ["suspended", "disabled"])
def test_a_mailbox_that_is_not_active_is_closed(mail: Servers, tree: Tree, door: Door, state: str) -> None:
    """After a suspension the very next sign-in is refused."""
    holder = tree.add_client()
    assert opens(door, mail, holder.address, holder.password)

    tree.set(holder.dn, cvState=state, cvRevision=2)

    assert not opens(door, mail, holder.address, holder.password)


def test_a_revoked_app_password_is_refused(mail: Servers, tree: Tree) -> None:
    """Revoking one app password closes that mail client and leaves the others."""
    holder = tree.add_client()
    device = tree.add_app_password(holder)

    tree.set(f"cvDeviceId={device},{holder.dn}", cvState="disabled", cvRevision=2)

    assert [opens(imap, mail, holder.address, password) for password in holder.passwords] == [True, False]


@pytest.mark.parametrize("scope", ["imap", "pop3", "smtp"])
def test_an_app_password_opens_its_scope_only(mail: Servers, tree: Tree, scope: str) -> None:
    """A password made for one protocol does not open the others."""
    holder = tree.add_mailbox()

    tree.add_app_password(holder, scope)

    doors: dict[str, Door] = {"imap": imap, "pop3": pop3, "smtp": submission}
    opened = [name for name, door in doors.items() if opens(door, mail, holder.address, holder.password)]
    assert opened == [scope]


def test_any_sending_address_signs_in(mail: Servers, tree: Tree) -> None:
    """The address may be any that the mailbox sends from, in capitals too."""
    alias = f"ten.khac.1@{DOMAIN}"

    holder = tree.add_client(alias)

    assert opens(imap, mail, alias.upper(), holder.password)


def test_a_receive_only_address_does_not_sign_in(mail: Servers, tree: Tree) -> None:
    """An old address is known to many; it names no mailbox at the door."""
    old = f"cu.roi@{DOMAIN}"

    holder = tree.add_client(old, cvReceiveOnly=[old])

    assert not opens(imap, mail, old, holder.password)


def test_a_mailbox_id_does_not_sign_in(mail: Servers, tree: Tree) -> None:
    """The storage id is in logs; it is no name for signing in."""
    holder = tree.add_client()

    assert not opens(imap, mail, holder.id, holder.password)


def test_nobody_signs_in_as_another(mail: Servers, tree: Tree) -> None:
    """SASL lets a client ask to act for somebody else; here that is refused."""
    holder, victim = tree.add_client(), tree.add_client()

    with smtplib.SMTP("127.0.0.1", mail.ports.submission) as client:
        client.starttls(context=trust(mail))
        client.ehlo()
        plea = f"{victim.address}\0{holder.address}\0{holder.password}".encode()
        code, _ = client.docmd("AUTH PLAIN", base64.b64encode(plea).decode())

    assert code == 535


@pytest.mark.parametrize("port", ["imap", "pop3"])
def test_clear_text_gets_no_greeting(mail: Servers, port: str) -> None:
    """A mail client without TLS is not even asked for a password."""
    with socket.create_connection(("127.0.0.1", getattr(mail.ports, port))) as line:
        line.sendall(b"a CAPABILITY\r\n" * 20)
        answer = line.recv(100)

    assert not answer.startswith((b"*", b"+", b"a"))


def test_submission_without_tls_takes_no_password(mail: Servers, tree: Tree) -> None:
    """Before STARTTLS there is no AUTH at all."""
    with smtplib.SMTP("127.0.0.1", mail.ports.submission) as client:
        client.ehlo()

        assert not client.has_extn("auth")


def kick(servers: Servers, mailbox: Mailbox) -> None:
    """Asks Dovecot to end the sessions of a mailbox, as the service does."""
    settings = servers.environment()
    key = (servers.secrets / "doveadm").read_text(encoding="ascii")
    request = urllib.request.Request(  # noqa: S310  (a URL of this stack)
        settings["CONGVU_DOVEADM_URL"],
        json.dumps([["kick", {"mask": [mailbox.id]}, "t"]]).encode(),
        {
            "Authorization": "X-Dovecot-API " + base64.b64encode(key.encode()).decode(),
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310  (as above)
        assert json.load(answer)[0][0] == "doveadmResponse"


def test_a_kick_ends_an_open_session(mail: Servers, tree: Tree) -> None:
    """A session that was open before a suspension is ended on request."""
    holder = tree.add_client()
    client = imaplib.IMAP4_SSL("127.0.0.1", mail.ports.imap, ssl_context=trust(mail))
    client.login(holder.address, holder.password)

    kick(mail, holder)

    with contextlib.closing(client.file), client.sock:
        assert b"BYE" in client.readline()


@pytest.mark.parametrize(
    ("door", "service", "user"),
    [
        (imap, "imap", lambda mailbox, _device: mailbox),
        (pop3, "pop3", lambda mailbox, _device: mailbox),
        (submission, "smtp", lambda mailbox, device: f"{mailbox}@{device}"),
    ],
)
def test_the_log_says_which_app_password_it_was(
    mail: Servers, tree: Tree, door: Door, service: str, user: Callable[[str, str], str]
) -> None:
    """A sign-in leaves one JSON line with the mailbox, the protocol and the app password's id."""
    holder = tree.add_mailbox()
    device = tree.add_app_password(holder)

    opens(door, mail, holder.address, holder.password)

    line = wait_for_line(mail.dovecot.log, "stats: Info: {", f'"user":"{user(holder.id, device)}"', '"success":"yes"')
    fields = json.loads(line.partition(" stats: Info: ")[2])["fields"]
    assert (fields["service"], fields["master_user"]) == (service, device)


def test_reading_leaves_a_line_without_words_of_the_letter(mail: Servers, tree: Tree) -> None:
    """Marking as read is logged with the mailbox; neither subject nor sender is."""
    holder = tree.add_client()
    with outsider(mail) as client:
        client.send_message(letter("ai-do@example.com", holder.address))

    with imap(mail, holder.address, holder.password) as client:
        wait_for_mail(client)

    wait_for_line(mail.dovecot.log, f"imap({holder.id})", "flag_change: uid=1, flags=(\\Seen")
    said = mail.dovecot.log.read_text(encoding="utf-8")
    assert "ai-do@example.com" not in said
    assert "subject" not in said.lower()
    assert "msgid" not in said

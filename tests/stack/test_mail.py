"""Delivery, submission and quota on real servers."""

import smtplib

import pytest

from tests.stack.entries import DOMAIN, Tree
from tests.stack.mail_clients import answer_to, imap, letter, outsider, pop3, submission, trust, wait_for_mail
from tests.stack_fixtures import Servers

CONSTRAINT_VIOLATION = 19


def test_a_letter_is_sent_and_read(mail: Servers, tree: Tree) -> None:
    """What one official submits another one reads over IMAP."""
    sender, reader = tree.add_client(), tree.add_client()

    with submission(mail, sender.address, sender.password) as client:
        client.send_message(letter(sender.address, reader.address, "Nội dung"))

    with imap(mail, reader.address, reader.password) as client:
        assert wait_for_mail(client).strip() == "Nội dung"


def test_a_letter_is_read_over_pop3(mail: Servers, tree: Tree) -> None:
    """A mail client that speaks POP3 reads the same mailbox."""
    reader = tree.add_client()
    with outsider(mail) as client:
        client.send_message(letter("ai-do@example.com", reader.address, "Chao"))
    with imap(mail, reader.address, reader.password) as client:
        wait_for_mail(client)

    with pop3(mail, reader.address, reader.password) as client:
        assert b"Chao" in client.retr(1)[1]


def test_mail_comes_to_each_address_of_a_mailbox(mail: Servers, tree: Tree) -> None:
    """Every address of the mailbox is delivered, one with a detail after a plus sign too."""
    alias = f"dia-chi-phu@{DOMAIN}"

    tree.add_mailbox(alias)

    assert [answer_to(mail, alias), answer_to(mail, f"dia-chi-phu+hoi-nghi@{DOMAIN}")] == [250, 250]


def test_mail_to_a_retiring_domain_is_taken(mail: Servers, tree: Tree) -> None:
    """The old domain of a merged province still receives."""
    tree.add_domain("quangnam.gov.vn", state="suspended")

    tree.add_mailbox("cu@quangnam.gov.vn")

    assert answer_to(mail, "cu@quangnam.gov.vn") == 250


def test_mail_to_a_disabled_domain_is_not_taken(mail: Servers, tree: Tree) -> None:
    """Who writes to a retired domain learns that it is retired, and not that we relay for nobody."""
    tree.add_domain("da-nghi.gov.vn", state="disabled")
    tree.add_mailbox("cu@da-nghi.gov.vn")

    with outsider(mail) as client:
        client.mail("ai-do@example.com")
        answer = client.rcpt("cu@da-nghi.gov.vn")

    assert answer[0] == 550
    assert b"5.1.2" in answer[1]
    assert b"da-nghi.gov.vn is retired" in answer[1]


def test_mail_below_a_disabled_domain_is_another_domains(mail: Servers, tree: Tree) -> None:
    """A retired domain says nothing about the domains below it."""
    tree.add_domain("het-han.gov.vn", state="disabled")

    assert answer_to(mail, "ai@con.het-han.gov.vn") == 554


def test_an_unknown_address_is_refused(mail: Servers, tree: Tree) -> None:
    """The sender learns at once that there is no such address."""
    assert answer_to(mail, f"khong-co@{DOMAIN}") == 550


@pytest.mark.parametrize(("state", "code"), [("suspended", 250), ("disabled", 550)])
def test_delivery_follows_the_state(mail: Servers, tree: Tree, state: str, code: int) -> None:
    """A suspended mailbox still receives, a disabled one does not."""
    mailbox = tree.add_mailbox(cvState=state)

    assert answer_to(mail, mailbox.address) == code


def test_a_suspended_mailbox_keeps_what_comes(mail: Servers, tree: Tree) -> None:
    """What arrives during a suspension is there when it ends."""
    holder = tree.add_client(cvState="suspended")
    with outsider(mail) as client:
        client.send_message(letter("ai-do@example.com", holder.address, "Trong luc tam dung"))

    tree.set(holder.dn, cvState="active", cvRevision=2)

    with imap(mail, holder.address, holder.password) as client:
        assert "Trong luc tam dung" in wait_for_mail(client)


def test_mail_to_somebody_who_left_goes_on(mail: Servers, tree: Tree) -> None:
    """While the mailbox of somebody who left is kept, mail goes on to the successor and stays nowhere else."""
    successor = tree.add_client()
    leaver = tree.add_client(cvState="disabled", cvForwardTo=successor.address)

    with outsider(mail) as client:
        client.send_message(letter("ai-do@example.com", leaver.address, "Gui nguoi cu"))

    with imap(mail, successor.address, successor.password) as client:
        assert "Gui nguoi cu" in wait_for_mail(client)
    assert not (mail.layout.root / "mail" / leaver.id[:2] / leaver.id).exists()


def test_mail_is_refused_once_it_no_longer_goes_on(mail: Servers, tree: Tree) -> None:
    """When the mailbox is kept no longer, the sender is told that there is no such address."""
    successor = tree.add_client()
    leaver = tree.add_client(cvState="disabled", cvForwardTo=successor.address)
    assert answer_to(mail, leaver.address) == 250

    tree.set(leaver.dn, cvForwardTo=None, cvAddress=None, mail=None, cvRevision=2)

    assert answer_to(mail, leaver.address) == 550


def test_mail_of_somebody_in_service_stays(mail: Servers, tree: Tree) -> None:
    """A mailbox that is open takes its mail itself, whatever its entry says of forwarding."""
    successor = tree.add_client()
    holder = tree.add_client(cvForwardTo=successor.address)

    with outsider(mail) as client:
        client.send_message(letter("ai-do@example.com", holder.address, "Gui nguoi cu"))

    with imap(mail, holder.address, holder.password) as client:
        assert "Gui nguoi cu" in wait_for_mail(client)


def test_mail_goes_on_only_inside_gov_vn(tree: Tree) -> None:
    """The target takes no address outside .gov.vn to forward to."""
    leaver = tree.add_mailbox(cvState="disabled")

    assert tree.set(leaver.dn, cvForwardTo="ai-do@example.com") == CONSTRAINT_VIOLATION


def test_mail_to_foreign_domains_is_not_relayed(mail: Servers, tree: Tree) -> None:
    """Port 25 takes mail for our own domains only."""
    assert answer_to(mail, "ai-do@example.org") == 554


def test_an_outsider_may_not_use_our_domain(mail: Servers, tree: Tree) -> None:
    """Who did not sign in cannot send as one of us."""
    victim = tree.add_mailbox()

    assert answer_to(mail, victim.address, sender=victim.address) == 550


def test_a_foreign_domain_below_ours_may_send(mail: Servers, tree: Tree) -> None:
    """A domain that only ends like ours is another server's."""
    reader = tree.add_mailbox()

    assert answer_to(mail, reader.address, sender=f"ai-do@xa-khac.{DOMAIN}") == 250


def test_automatic_mail_may_come_to_port_25(mail: Servers, tree: Tree) -> None:
    """The service's own notices have the empty sender and pass."""
    reader = tree.add_mailbox()

    assert answer_to(mail, reader.address, sender="") == 250


def test_submission_needs_a_sign_in(mail: Servers, tree: Tree) -> None:
    """Nobody submits without an app password, not even to our own people."""
    reader = tree.add_mailbox()

    with smtplib.SMTP("127.0.0.1", mail.ports.submission) as client:
        client.starttls(context=trust(mail))
        client.ehlo()
        client.mail(reader.address)
        code, _ = client.rcpt(reader.address)

    assert code == 554


def test_sending_as_another_person_is_refused(mail: Servers, tree: Tree) -> None:
    """A sender address must belong to the mailbox that signed in."""
    sender, other = tree.add_client(), tree.add_mailbox()

    with submission(mail, sender.address, sender.password) as client:
        client.mail(other.address)
        code, _ = client.rcpt(other.address)

    assert code == 553


def test_sending_as_an_alias_is_allowed(mail: Servers, tree: Tree) -> None:
    """Any address of the mailbox may be the sender."""
    alias = f"bi-danh@{DOMAIN}"
    sender = tree.add_client(alias)

    with submission(mail, sender.address, sender.password) as client:
        client.mail(alias)
        code, _ = client.rcpt(sender.address)

    assert code == 250


def test_a_receive_only_address_may_not_send(mail: Servers, tree: Tree) -> None:
    """An old address that still receives is no sender any more."""
    old = f"dia-chi-cu@{DOMAIN}"
    sender = tree.add_client(old, cvReceiveOnly=[old])

    with submission(mail, sender.address, sender.password) as client:
        client.mail(old)
        code, _ = client.rcpt(sender.address)

    assert code == 553


@pytest.mark.parametrize("state", ["suspended", "disabled"])
def test_a_suspended_mailbox_stops_sending_in_an_open_session(mail: Servers, tree: Tree, state: str) -> None:
    """A submission session that was open before the mailbox was shut sends nothing more from its address."""
    sender, reader = tree.add_client(), tree.add_mailbox()

    with submission(mail, sender.address, sender.password) as client:
        tree.set(sender.dn, cvState=state, cvRevision=2)
        client.mail(sender.address)
        code, _ = client.rcpt(reader.address)

    assert code == 553


@pytest.mark.parametrize(("origin", "refusal"), [("own", 553), ("empty", 550)])
def test_a_revoked_app_password_sends_nothing_in_an_open_session(
    mail: Servers, tree: Tree, origin: str, refusal: int
) -> None:
    """A submission session does not outlive its app password, from the own address or an empty one; others go on."""
    sender, reader = tree.add_client(), tree.add_mailbox()
    revoked = tree.add_app_password(sender)
    address = {"own": sender.address, "empty": ""}[origin]

    with (
        submission(mail, sender.address, sender.passwords[1]) as thief,
        submission(mail, sender.address, sender.password) as holder,
    ):
        tree.set(f"cvDeviceId={revoked},{sender.dn}", cvState="disabled", cvScope=None, cvDeviceKey=None, cvRevision=2)
        codes = []
        for client in (thief, holder):
            client.mail(address)
            codes.append(client.rcpt(reader.address)[0])

    assert codes == [refusal, 250]


def test_no_log_says_what_a_letter_is_about(mail: Servers, tree: Tree) -> None:
    """Neither sending nor delivering leaves a subject in a log of Postfix or Dovecot."""
    sender, reader = tree.add_client(), tree.add_client()
    message = letter(sender.address, reader.address)
    message.replace_header("Subject", "BiMat-Hop-Kin")

    with submission(mail, sender.address, sender.password) as client:
        client.send_message(message)
    with imap(mail, reader.address, reader.password) as client:
        wait_for_mail(client)

    logs = list(mail.layout.log.rglob("*"))
    assert any(sender.address in path.read_text(errors="replace") for path in logs if path.is_file())
    assert not [path for path in logs if path.is_file() and "BiMat" in path.read_text(errors="replace")]


def test_mail_lies_under_the_mailbox_id(mail: Servers, tree: Tree) -> None:
    """A new address moves no mail, because no address names the folder."""
    holder = tree.add_client()
    with outsider(mail) as client:
        client.send_message(letter("ai-do@example.com", holder.address))

    with imap(mail, holder.address, holder.password) as client:
        wait_for_mail(client)

    assert (mail.layout.root / "mail" / holder.id[:2] / holder.id / "Maildir").is_dir()


@pytest.mark.faults
def test_mail_waits_while_the_target_is_down(own_servers: Servers) -> None:
    """Without slapd senders are told to come again; soon after it is back they are let in."""
    own_servers.need("mail")
    tree = Tree(own_servers)
    tree.add_domain()
    reader = tree.add_mailbox()
    tree.connection.unbind()

    own_servers.stop("slapd")
    down = answer_to(own_servers, reader.address)
    own_servers.need("slapd")
    tries = (answer_to(own_servers, reader.address) for _ in range(11))

    assert down == 451
    assert 250 in tries

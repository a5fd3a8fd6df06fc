"""App passwords: one a device, shown once, for one's own mailbox or a role mailbox held."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from passlib.hash import ldap_salted_sha512
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import (
    app_passwords_of,
    check_password,
    mailboxes_of,
    make_app_password,
    revoke_app_password,
)
from directory.due import Due
from directory.errors import BadValue, FactorNeeded, NotAllowed, NotFound, SignInRefused, TooMany
from directory.mailboxes import Holding, Mailbox
from tests.book import LONG_AGO, House
from tests.credentials import Enrolled, tried


def make(session: Session, whose: Enrolled, mailbox: Mailbox | None = None, actor: Actor | None = None) -> str:
    """Make an app password and give its text."""
    box = mailbox or mailboxes_of(session, whose.actor, whose.id)[0]
    return make_app_password(session, actor or whose.actor, box.id, label="phone", scopes=["imap", "smtp"])[1]


@pytest.fixture
def office(session: Session, house: House, an: Enrolled) -> Mailbox:
    """Give a role mailbox that nobody holds."""
    mailbox = Mailbox(
        kind="role", agency_id=house.department.id, name="Văn thư", quota_bytes=1, created_at=an.actor.now
    )
    session.add(mailbox)
    session.flush()
    return mailbox


def hold(session: Session, mailbox: Mailbox, account_id: int, until: int | None = None) -> None:
    """Let an account hold a role mailbox, perhaps only until some day of this year's November."""
    end = LONG_AGO.replace(year=2026, month=11, day=until) if until else None
    session.add(Holding(mailbox_id=mailbox.id, account_id=account_id, valid_from=LONG_AGO, valid_to=end))
    session.flush()


def test_app_password_carries_120_bits(session: Session, an: Enrolled) -> None:
    """It has twenty-four characters of base32, with no space that a client would send along."""
    assert re.fullmatch(r"[a-z2-7]{24}", make(session, an))


def test_entry_is_found_and_opened_by_what_is_stored(session: Session, an: Enrolled) -> None:
    """The lookup key is what Dovecot computes, the hash is what slapd verifies, and neither is the text."""
    secret = make(session, an)

    (made,) = app_passwords_of(session, an.actor, an.id)
    assert made.lookup_key == hashlib.sha256(secret.encode()).hexdigest()[:16]
    assert made.hash.startswith("{SSHA512}")
    assert ldap_salted_sha512.verify(secret, made.hash)


def test_personal_mailbox_makes_its_account_due(session: Session, an: Enrolled) -> None:
    """An app password of one's own mailbox is part of the account's entry."""
    session.query(Due).delete()

    make(session, an)

    assert session.get(Due, ("account", an.id)) is not None


def test_role_mailbox_makes_itself_due(session: Session, an: Enrolled, office: Mailbox) -> None:
    """An app password of a role mailbox held is part of that mailbox's entry."""
    hold(session, office, an.id)

    make(session, an, office)

    assert session.get(Due, ("mailbox", office.id)) is not None


@pytest.mark.parametrize("until", [None, 23])
def test_role_mailbox_of_others_is_refused(
    session: Session, an: Enrolled, binh: Enrolled, office: Mailbox, until: int | None
) -> None:
    """Whoever does not hold the mailbox, or does not any more since today, gets no app password for it."""
    hold(session, office, an.id if until else binh.id, until)

    with pytest.raises(NotFound):
        make(session, an, office)


def test_mailbox_of_another_person_is_refused(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """Nobody makes an app password for a colleague's mailbox."""
    theirs = mailboxes_of(session, binh.actor, binh.id)[0]

    with pytest.raises(NotFound):
        make(session, an, theirs)


@pytest.mark.parametrize("minutes", [None, 6])
def test_fresh_factor_is_needed(session: Session, an: Enrolled, minutes: int | None) -> None:
    """A session whose second factor is older than five minutes makes none."""
    shown = None if minutes is None else an.actor.now - timedelta(minutes=minutes)

    with pytest.raises(FactorNeeded):
        make(session, an, actor=replace(an.actor, factor_at=shown))


def test_eleventh_is_refused_until_one_is_revoked(session: Session, an: Enrolled) -> None:
    """Ten live at a time; revoking one makes room for another."""
    for _ in range(10):
        make(session, an)

    with pytest.raises(TooMany):
        make(session, an)
    revoke_app_password(session, an.actor, app_passwords_of(session, an.actor, an.id)[0].public_id)

    assert make(session, an)


def test_app_password_lives_a_year(session: Session, an: Enrolled) -> None:
    """A year later it is not listed any more."""
    make(session, an)
    later = replace(an.actor, now=an.actor.now + timedelta(days=365))

    assert not app_passwords_of(session, later, an.id)


@pytest.mark.parametrize(
    ("label", "scopes"),
    [("", ["imap"]), (" " * 5, ["imap"]), ("x" * 61, ["imap"]), ("a", []), ("a", ["sieve"]), ("a", ["imap", "ldap"])],
)
def test_odd_wishes_are_refused(session: Session, an: Enrolled, label: str, scopes: list[str]) -> None:
    """A label that says nothing and a service that there is not are refused."""
    mailbox = mailboxes_of(session, an.actor, an.id)[0]

    with pytest.raises(BadValue):
        make_app_password(session, an.actor, mailbox.id, label=label, scopes=scopes)


def test_revoked_twice_is_unknown(session: Session, an: Enrolled) -> None:
    """The form sent twice revokes once."""
    make(session, an)
    public = app_passwords_of(session, an.actor, an.id)[0].public_id
    revoke_app_password(session, an.actor, public)

    with pytest.raises(NotFound):
        revoke_app_password(session, an.actor, public)


def test_nobody_revokes_another_persons(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """Someone else's app password is as good as unknown."""
    make(session, an)

    with pytest.raises(NotFound):
        revoke_app_password(session, binh.actor, app_passwords_of(session, an.actor, an.id)[0].public_id)


def test_suspended_account_makes_none(session: Session, an: Enrolled) -> None:
    """While an account is suspended it gets no new app password."""
    an.account.state = "suspended"
    session.flush()

    with pytest.raises(NotAllowed):
        make(session, an)


def test_portal_takes_no_app_password(session: Session, an: Enrolled) -> None:
    """What opens the mailbox does not open the portal."""
    secret = make(session, an)

    with pytest.raises(SignInRefused):
        check_password(session, tried(session, an.actor, "password", an.subject), an.account, secret)

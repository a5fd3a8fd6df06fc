"""The portal password: stored, compared, changed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Literal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import change_password, check_password, open_sessions, set_password
from directory.credentials.sessions import start_session
from directory.credentials.tables import Password
from directory.errors import NotAllowed, SignInRefused, WeakPassword
from directory.notices import Notice
from tests.credentials import OTHER_PASSWORD, PASSWORD, Enrolled, tried


def test_password_is_kept_as_argon2id(session: Session, an: Enrolled) -> None:
    """What is stored is an argon2id hash with 19 MiB, two passes and one lane."""
    kept = session.get_one(Password, an.id).hash

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_password_is_the_same_in_both_spellings(session: Session, an: Enrolled, form: Literal["NFC", "NFD"]) -> None:
    """A keyboard that writes letters and marks apart types the same password."""
    typed = unicodedata.normalize(form, PASSWORD)

    found = check_password(session, tried(session, an.actor, "password", an.subject), an.account, typed)

    assert found is an.account


@pytest.mark.parametrize("typed", ["", PASSWORD + " ", PASSWORD.upper(), "x" * 300, PASSWORD + "\0", "\0"])
def test_other_password_is_refused(session: Session, an: Enrolled, typed: str) -> None:
    """Nothing is trimmed, folded or cut: what is not the password is refused."""
    attempt = tried(session, an.actor, "password", an.subject)

    with pytest.raises(SignInRefused):
        check_password(session, attempt, an.account, typed)


@pytest.mark.parametrize("state", ["pending", "suspended", "disabled"])
def test_right_password_of_a_closed_account_is_refused(session: Session, an: Enrolled, state: str) -> None:
    """Only an active account signs in, and the refusal is the same."""
    an.account.state = state

    with pytest.raises(SignInRefused):
        check_password(session, tried(session, an.actor, "password", an.subject), an.account, PASSWORD)


def test_unknown_account_is_refused_alike(session: Session, an: Enrolled) -> None:
    """Without an account the refusal is the same error."""
    with pytest.raises(SignInRefused):
        check_password(session, tried(session, an.actor, "password", "nobody:1"), None, PASSWORD)


def test_empty_password_of_an_account_without_one_is_refused(session: Session, an: Enrolled) -> None:
    """An account that has no password yet cannot be entered with the password of nobody."""
    session.delete(session.get_one(Password, an.id))
    session.flush()

    with pytest.raises(SignInRefused):
        check_password(session, tried(session, an.actor, "password", an.subject), an.account, "")


def test_weak_password_is_not_stored(session: Session, an: Enrolled) -> None:
    """A password made of the holder's name is refused and the old one stays."""
    before = session.get_one(Password, an.id).hash

    with pytest.raises(WeakPassword):
        set_password(session, an.actor, an.account, "nguyenvanan2026")

    assert session.scalar(select(Password.hash).where(Password.account_id == an.id)) == before


def test_change_needs_the_present_password(session: Session, an: Enrolled) -> None:
    """Whoever does not know the present password cannot change it."""
    attempt = tried(session, an.actor, "password", an.subject)

    with pytest.raises(SignInRefused):
        change_password(session, an.actor, attempt, OTHER_PASSWORD, OTHER_PASSWORD)


def test_change_ends_the_other_sessions(session: Session, an: Enrolled) -> None:
    """After a change only the session in which it was made is left."""
    _, here = start_session(session, an.actor, an.account, "full", "here")
    start_session(session, an.actor, an.account, "full", "elsewhere")
    actor = replace(an.actor, session_id=here.id)

    change_password(session, actor, tried(session, actor, "password", an.subject), PASSWORD, OTHER_PASSWORD)

    assert [row.id for row in open_sessions(session, actor, an.id)] == [here.id]


def test_change_is_told_to_the_mailbox(session: Session, an: Enrolled) -> None:
    """The holder gets a notice of the change."""
    change_password(session, an.actor, tried(session, an.actor, "password", an.subject), PASSWORD, OTHER_PASSWORD)

    last = session.scalars(select(Notice).where(Notice.account_id == an.id).order_by(Notice.id.desc())).first()
    assert last is not None
    assert last.fields["action"] == "password.changed"


def test_password_of_someone_else_is_not_changed(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """A suspended holder changes nothing, and nobody changes another's password, whose try does not fit."""
    an.account.state = "suspended"
    session.flush()

    with pytest.raises(NotAllowed):
        change_password(session, an.actor, tried(session, an.actor, "password", an.subject), PASSWORD, OTHER_PASSWORD)


def test_system_has_no_password(session: Session, actor: Actor, an: Enrolled) -> None:
    """The operator's shell sets passwords but never compares one for somebody."""
    set_password(session, actor, an.account, OTHER_PASSWORD)

    found = check_password(session, tried(session, an.actor, "password", an.subject), an.account, OTHER_PASSWORD)
    assert found is an.account

"""Sign-in sessions: begun by a password, raised by a second factor, ended from anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.credentials import (
    Opened,
    end_session,
    end_sessions,
    load_session,
    note_seen,
    open_session,
    open_sessions,
    prove_enrolment,
    prove_factor,
    sign_in,
    start_totp,
)
from directory.credentials.tables import SignInSession
from directory.errors import CodeRefused, NotFound, SignInRefused
from directory.policies import Policy
from tests.book import House, hire
from tests.credentials import PASSWORD, Enrolled, tried

NOBODY = {"value": {"who": "nobody", "since": None}}
"""The policy that demands a second factor of nobody."""


def enter(session: Session, whose: Enrolled, name: str | None = None) -> Opened:
    """Show the first factor."""
    actor = replace(whose.actor, account_id=None, factor_at=None)
    attempt = tried(session, actor, "password", whose.subject)
    return sign_in(session, actor, attempt, name or whose.number, PASSWORD, browser="x")


def within(whose: Enrolled, opened: Opened, **changes: object) -> Actor:
    """Give the actor of a session."""
    return replace(whose.actor, session_id=opened.row.id, factor_at=None, **changes)  # type: ignore[arg-type]  # a table of fields


def raised(session: Session, whose: Enrolled, opened: Opened, code: str) -> str:
    """Show the second factor."""
    actor = within(whose, opened)
    return prove_factor(session, actor, tried(session, actor, "code", whose.subject), code, stage="password")


@pytest.mark.parametrize("name", ["number", "NUMBER", "address", " Address ", "local@TINH.gov.vn"])
def test_one_signs_in_by_number_or_address(session: Session, an: Enrolled, name: str) -> None:
    """The account number and an address of one's own mailbox, in any case, name the account."""
    names = {"number": an.number, "NUMBER": an.number.upper(), "address": "annv@tinh.gov.vn"}

    opened = enter(session, an, names.get(name, " Annv@tinh.gov.vn " if "A" in name else "annv@TINH.gov.vn"))

    assert opened.row.account_id == an.id


@pytest.mark.parametrize(
    "name",
    ["", "@", "an", "ănnv@tinh.gov.vn", "annv＠tinh.gov.vn", "annv@tinh.gov.vn\0", "annv\n@tinh.gov.vn", "x" * 9999],
)
def test_no_other_name_is_mapped_to_an_account(session: Session, an: Enrolled, name: str) -> None:
    """Marks, full-width signs and the like never lead to somebody's account."""
    actor = replace(an.actor, account_id=None)
    attempt = tried(session, actor, "password", "nobody:x")

    with pytest.raises(SignInRefused):
        sign_in(session, actor, attempt, name, PASSWORD, browser="x")


def test_password_alone_begins_a_session_that_is_not_full(session: Session, an: Enrolled) -> None:
    """After the first factor the session stands at `password`."""
    assert enter(session, an).row.stage == "password"


@pytest.mark.parametrize("factor", ["app", "recovery code"])
def test_second_factor_makes_the_session_full(session: Session, an: Enrolled, factor: str) -> None:
    """The authenticator app or a recovery code raises the session, and the factor is fresh."""
    token = raised(session, an, enter(session, an), an.code(an.actor.now) if factor == "app" else an.codes[0])

    row = load_session(session, an.actor, token)
    assert row is not None
    assert (row.stage, row.factor_at) == ("full", an.actor.now)


def test_token_changes_with_the_privilege(session: Session, an: Enrolled) -> None:
    """The token from before the second factor is dead after it."""
    opened = enter(session, an)

    token = raised(session, an, opened, an.code(an.actor.now))

    assert token != opened.token
    assert load_session(session, an.actor, opened.token) is None


def test_token_changes_when_the_factor_is_shown_again(session: Session, an: Enrolled) -> None:
    """A step-up gives a new token and a fresh factor."""
    opened = enter(session, an)
    first = raised(session, an, opened, an.code(an.actor.now, -1))
    later = within(an, opened, now=an.actor.now + timedelta(minutes=10))

    second = prove_factor(session, later, tried(session, later, "code", an.subject), an.code(later.now), stage="full")

    assert load_session(session, later, first) is None
    row = load_session(session, later, second)
    assert row is not None
    assert row.factor_at == later.now


def test_first_app_makes_the_session_full(session: Session, actor: Actor, house: House) -> None:
    """Whoever enrols the first authenticator app has shown it and goes on."""
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    holder = replace(actor, is_system=False)
    opened = open_session(session, holder, account, "x")
    holder = replace(holder, account_id=account.id, session_id=opened.row.id)
    secret = start_totp(session, holder, account.id)
    token = prove_enrolment(
        session,
        holder,
        tried(session, holder, "code", f"account:{account.number}"),
        pyotp.TOTP(secret).at(holder.now),
        stage="password",
    )

    assert load_session(session, holder, token) is not None


def test_wrong_code_leaves_the_session_where_it_was(session: Session, an: Enrolled) -> None:
    """After a wrong code the session still stands at `password`."""
    opened = enter(session, an)

    with pytest.raises(CodeRefused):
        raised(session, an, opened, "000000")

    assert session.get_one(SignInSession, opened.row.id).stage == "password"


def test_full_session_is_not_raised_from_the_password_stage_again(session: Session, an: Enrolled) -> None:
    """The form sent twice raises once."""
    opened = enter(session, an)
    raised(session, an, opened, an.code(an.actor.now))

    with pytest.raises(SignInRefused):
        raised(session, an, opened, an.codes[0])


def test_session_of_another_person_is_not_raised(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """A second factor raises a session of its own account only."""
    theirs = enter(session, binh)

    with pytest.raises(SignInRefused):
        raised(session, an, theirs, an.code(an.actor.now))


@pytest.mark.parametrize(("minutes", "alive"), [(14, True), (15, False)])
def test_idle_session_dies(session: Session, an: Enrolled, minutes: int, *, alive: bool) -> None:
    """A session unused for fifteen minutes is over."""
    opened = enter(session, an)
    later = replace(an.actor, now=an.actor.now + timedelta(minutes=minutes))

    assert (load_session(session, later, opened.token) is not None) == alive


def test_used_session_dies_after_twelve_hours(session: Session, an: Enrolled) -> None:
    """However busy, a session ends twelve hours after it began."""
    opened = enter(session, an)
    now = an.actor.now
    while now < an.actor.now + timedelta(hours=12) - timedelta(minutes=10):
        now += timedelta(minutes=10)
        note_seen(session, replace(an.actor, now=now), opened.row)

    late = replace(an.actor, now=an.actor.now + timedelta(hours=12))
    assert load_session(session, replace(an.actor, now=now), opened.token) is not None
    assert load_session(session, late, opened.token) is None


def test_policy_sets_how_long_a_session_may_idle(session: Session, house: House, an: Enrolled) -> None:
    """An agency may set another time, which counts from the next sign-in on."""
    session.add(Policy(agency_id=house.province.id, name="session_idle_minutes", value={"value": 5}))
    session.flush()

    opened = enter(session, an)

    assert load_session(session, replace(an.actor, now=an.actor.now + timedelta(minutes=5)), opened.token) is None


def test_policy_without_second_factor_opens_at_once(session: Session, actor: Actor, house: House) -> None:
    """Where the agency demands no second factor, someone who has none signs in with the password."""
    session.add(Policy(agency_id=house.province.id, name="second_factor", value=NOBODY))
    (account,) = hire(session, actor, house.department, "Phạm Văn Cường")
    assert open_session(session, actor, account, "x").row.stage == "full"


def test_policy_without_second_factor_still_asks_whoever_has_one(session: Session, house: House, an: Enrolled) -> None:
    """Whoever enrolled an app is asked for it whatever the policy says."""
    session.add(Policy(agency_id=house.province.id, name="second_factor", value=NOBODY))
    session.flush()

    assert enter(session, an).row.stage == "password"


@pytest.mark.parametrize("state", ["suspended", "disabled"])
def test_closed_account_has_no_session(session: Session, an: Enrolled, state: str) -> None:
    """The next request after a suspension is nobody's."""
    opened = enter(session, an)
    an.account.state = state
    session.flush()

    assert load_session(session, an.actor, opened.token) is None


def test_session_ended_is_dead(session: Session, an: Enrolled) -> None:
    """Signing out kills the token on the server."""
    opened = enter(session, an)

    end_session(session, within(an, opened), opened.row.id)

    assert load_session(session, an.actor, opened.token) is None


def test_nobody_ends_another_persons_session(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """Another account's session is as good as unknown."""
    theirs = enter(session, binh)

    with pytest.raises(NotFound):
        end_session(session, an.actor, theirs.row.id)


def test_others_end_and_this_one_stays(session: Session, an: Enrolled) -> None:
    """Ending all others leaves the session in which it was asked for."""
    here = enter(session, an)
    for _ in range(3):
        enter(session, an)

    ended = end_sessions(session, within(an, here), an.id, but=here.row.id)

    assert ended == 3
    assert [row.id for row in open_sessions(session, an.actor, an.id)] == [here.row.id]


def test_token_is_not_kept(session: Session, an: Enrolled) -> None:
    """A copy of the table opens no session."""
    opened = enter(session, an)

    assert opened.token.encode() not in opened.row.digest
    assert load_session(session, an.actor, opened.row.digest.hex()) is None

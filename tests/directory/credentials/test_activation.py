"""Activation slips: issued by whoever may, good once, for one person, for three days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.audit import AuditEvent
from directory.base import Actor
from directory.credentials import activate, check_password, issue_activation_codes
from directory.credentials.tables import ActivationCode
from directory.due import Due
from directory.errors import CodeRefused, SlipUsed, WeakPassword
from provisioning.outbox import Outbox
from provisioning.signin import guarded
from tests.book import found_house, hire
from tests.credentials import PASSWORD, tried
from tests.directory.credentials.slips import slip, use


def test_slip_activates_the_account(session: Session, officer: Actor, newcomer: Account) -> None:
    """With the code the password is set and the account becomes active and due."""
    use(session, officer, slip(session, officer, newcomer))

    assert (newcomer.state, newcomer.activated_at) == ("active", officer.now)
    assert session.get(Due, ("account", newcomer.id)) is not None
    subject = f"account:{newcomer.number}"
    assert check_password(session, tried(session, officer, "password", subject), newcomer, PASSWORD) is newcomer


@pytest.mark.parametrize("separator", ["-", " ", "", " - ", "\u3000"])
def test_spelling_of_a_slip_does_not_matter(
    session: Session, officer: Actor, newcomer: Account, separator: str
) -> None:
    """Small letters and spaces are read as the code they mean."""
    code = slip(session, officer, newcomer)

    assert use(session, officer, code.lower().replace("-", separator)) is newcomer


def test_code_carries_eighty_bits_and_is_not_kept(session: Session, officer: Actor, newcomer: Account) -> None:
    """The code has sixteen characters out of thirty-two, and only a digest of it is stored."""
    code = slip(session, officer, newcomer).replace("-", "")

    kept = session.scalars(select(ActivationCode)).one()
    assert len(code) == 16
    assert code.encode() not in kept.digest


def test_used_slip_is_told_from_a_wrong_one(session: Session, officer: Actor, newcomer: Account) -> None:
    """A slip that comes a second time is refused in words that warn."""
    code = slip(session, officer, newcomer)
    use(session, officer, code)

    with pytest.raises(SlipUsed):
        use(session, officer, code)


@pytest.mark.parametrize("code", ["", "AAAA-BBBB-CCCC-DDDD", "0" * 16, "x" * 1000, "💥"])
def test_wrong_code_is_refused(session: Session, officer: Actor, newcomer: Account, code: str) -> None:
    """What is no slip's code activates nothing."""
    slip(session, officer, newcomer)

    with pytest.raises(CodeRefused):
        use(session, officer, code)


def test_new_slip_makes_the_old_one_worthless(session: Session, officer: Actor, newcomer: Account) -> None:
    """Only the last slip issued is good."""
    first = slip(session, officer, newcomer)
    slip(session, officer, newcomer)

    with pytest.raises(CodeRefused):
        use(session, officer, first)


def test_slip_is_good_for_three_days(session: Session, officer: Actor, newcomer: Account) -> None:
    """Seventy-two hours after it was issued a slip is worthless."""
    code = slip(session, officer, newcomer)

    with pytest.raises(CodeRefused):
        use(session, replace(officer, now=officer.now + timedelta(hours=72)), code)


def test_slip_of_earlier_credentials_is_refused(session: Session, officer: Actor, newcomer: Account) -> None:
    """A slip dies when the credentials it was made for are replaced."""
    code = slip(session, officer, newcomer)
    newcomer.credential_version += 1
    session.flush()

    with pytest.raises(CodeRefused):
        use(session, officer, code)


@pytest.mark.parametrize("state", ["suspended", "disabled"])
def test_slip_does_not_open_a_closed_account(session: Session, officer: Actor, newcomer: Account, state: str) -> None:
    """An account that was suspended or closed after the slip was printed stays so."""
    code = slip(session, officer, newcomer)
    newcomer.state = state
    session.flush()

    with pytest.raises(CodeRefused):
        use(session, officer, code)


def test_weak_password_does_not_use_up_the_slip(session: Session, officer: Actor, newcomer: Account) -> None:
    """Whoever chooses a weak password first can still activate with the same slip."""
    code = slip(session, officer, newcomer)

    with pytest.raises(WeakPassword), session.begin_nested():
        use(session, officer, code, "dominhkhoi2026")

    assert use(session, officer, code) is newcomer


def test_reused_slip_sounds_an_alarm(outbox: Outbox, actor: Actor) -> None:
    """The refusal of a used slip is written down, though the request itself changes nothing."""
    with outbox.transaction() as session:
        house = found_house(session, actor)
        (account,) = hire(session, actor, house.department, "Đỗ Minh Khôi", state="pending")
        ((_, code),) = issue_activation_codes(session, actor, [account.id])
    visitor = replace(actor, is_system=False)

    def twice() -> None:
        guarded(
            outbox,
            visitor,
            "activation",
            lambda _: "slip",
            lambda session, attempt: activate(session, visitor, attempt, code, PASSWORD),
        )

    twice()
    with pytest.raises(SlipUsed):
        twice()

    with outbox.transaction() as session:
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert actions[-2:] == ["activation.refused", "activation_code.reused"]

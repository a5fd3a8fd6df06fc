"""Recovery codes: ten, each good once, only for their holder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.credentials import make_recovery_codes, recovery_codes_left, spend_recovery_code
from directory.credentials.tables import RecoveryCode
from directory.errors import CodeRefused, FactorNeeded, NotAllowed
from directory.notices import Notice
from tests.credentials import Enrolled, tried


def spend(session: Session, an: Enrolled, code: str) -> None:
    """Type a code as at sign-in."""
    spend_recovery_code(session, an.actor, tried(session, an.actor, "code", an.subject), an.account, code)


def test_ten_codes_of_eighty_bits(session: Session, an: Enrolled) -> None:
    """There are ten different codes of sixteen characters out of thirty-two."""
    assert len({code.replace("-", "") for code in an.codes}) == 10
    assert {len(code.replace("-", "")) for code in an.codes} == {16}


def test_code_is_not_good_twice(session: Session, an: Enrolled) -> None:
    """A code that was used is refused, in any spelling."""
    spend(session, an, an.codes[0])

    with pytest.raises(CodeRefused):
        spend(session, an, an.codes[0].lower().replace("-", ""))


def test_code_of_another_person_is_refused(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """A code belongs to one account."""
    with pytest.raises(CodeRefused):
        spend(session, an, binh.codes[0])


def test_new_set_makes_the_old_one_void(session: Session, an: Enrolled) -> None:
    """After ten new codes none of the earlier ones is good."""
    make_recovery_codes(session, an.actor, an.id)

    with pytest.raises(CodeRefused):
        spend(session, an, an.codes[5])
    assert recovery_codes_left(session, an.id) == 10


def test_new_set_needs_a_fresh_factor(session: Session, an: Enrolled) -> None:
    """Codes are made only within five minutes after the second factor was shown."""
    with pytest.raises(FactorNeeded):
        make_recovery_codes(session, replace(an.actor, factor_at=an.actor.now - timedelta(minutes=6)), an.id)


def test_nobody_makes_them_for_another(session: Session, an: Enrolled, binh: Enrolled) -> None:
    """One's own account is the only one whose codes one can make."""
    with pytest.raises(NotAllowed):
        make_recovery_codes(session, binh.actor, an.id)


def test_use_is_told_to_the_mailbox(session: Session, an: Enrolled) -> None:
    """The holder gets a notice that a code was used."""
    spend(session, an, an.codes[0])

    actions = [notice.fields["action"] for notice in session.scalars(select(Notice).order_by(Notice.id))]
    assert actions[-1] == "recovery_code.used"


def test_codes_are_kept_as_keyed_digests(session: Session, an: Enrolled) -> None:
    """The table holds 32 bytes a code, none of which is the code."""
    kept = session.scalars(select(RecoveryCode.digest).where(RecoveryCode.account_id == an.id)).all()

    assert {len(digest) for digest in kept} == {32}
    assert not any(code.replace("-", "").encode() in digest for code in an.codes for digest in kept)

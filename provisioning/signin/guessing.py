"""The one way to compare a secret: count the try, commit, compare, and write down what was refused.

Every path that takes a password or a code goes through `guarded`; a verb that compares wants the `Try` it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from directory import audit
from directory.base import Actor
from directory.credentials import Try, begin_try, sound_alarm
from directory.credentials.tries import Kind, forget
from directory.errors import CodeRefused, SignInRefused, SlipUsed, WeakPassword
from provisioning.outbox import Outbox

T = TypeVar("T")
"""What a check gives."""


def guarded(
    outbox: Outbox, actor: Actor, kind: Kind, subject: Callable[[Session], str], check: Callable[[Session, Try], T]
) -> T:
    """Run a check that compares a secret: the try is committed before, a refusal is written down after.

    `TooManyTries` leaves before anything is compared, and so tells nothing about the secret.
    """
    with outbox.transaction() as session:
        attempt = begin_try(session, actor, kind, subject(session))
    try:
        with outbox.transaction() as session:
            return check(session, attempt)
    except (SignInRefused, CodeRefused) as refusal:
        with outbox.transaction() as session:
            _write_down(session, actor, attempt, refusal)
        raise
    except WeakPassword:
        # The verbs weigh a new password only after the secret was right: this was no wrong guess.
        with outbox.transaction() as session:
            forget(session, attempt)
        raise


def _write_down(session: Session, actor: Actor, attempt: Try, refusal: Exception) -> None:
    """Record the refusal; a slip that comes back after its use is an alarm."""
    audit.record(session, actor, f"{attempt.kind}.refused", attempt.subject)
    if isinstance(refusal, SlipUsed):
        sound_alarm(session, actor, int(str(refusal.fields["account_id"])))

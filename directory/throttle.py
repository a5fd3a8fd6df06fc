"""The brake on guessing: one atomic counter a key, taken before a secret is looked at."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base
from directory.errors import TooManyTries

FREE = 5
"""Tries before the brake begins."""
LONGEST = timedelta(seconds=60)
CEILING = 100
"""Consecutive failures after which a key stays shut until it is cleared (NIST SP 800-63B-4 §3.2.2)."""


class Failures(Base):
    """How often a key (`password:<account>:<source>`, `code:<account>`, …) failed in a row."""

    __tablename__ = "failures"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]
    open_at: Mapped[datetime]
    """The next instant at which a try is looked at."""


def take(session: Session, actor: Actor, key: str) -> None:
    """Count one try against a key, or raise `TooManyTries` while it is shut.

    One conditional statement: of many at once no more get through than the brake lets. Call it in a
    transaction of its own that is committed before the secret is compared, and `clear` on success.
    """
    after = Failures.count + 1
    wait = case(
        (after >= CEILING, timedelta(days=1)),
        (after < FREE, timedelta(0)),
        else_=func.least(LONGEST, func.make_interval(0, 0, 0, 0, 0, 0, func.power(2, func.least(after - FREE, 10)))),
    )
    row = insert(Failures).values(key=key, count=1, last_at=actor.now, open_at=actor.now)
    counted = session.execute(
        row.on_conflict_do_update(
            index_elements=[Failures.key],
            set_={"count": after, "last_at": actor.now, "open_at": actor.now + wait},
            where=Failures.open_at <= actor.now,
        ).returning(Failures.count)
    ).scalar_one_or_none()
    if counted is None:
        open_at = session.get_one(Failures, key).open_at
        raise TooManyTries(seconds=max(1, round((open_at - actor.now).total_seconds())))


def clear(session: Session, key: str) -> None:
    """Forget a key's failures after a success."""
    session.execute(delete(Failures).where(Failures.key == key))

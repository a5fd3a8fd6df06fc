"""The brake on guessing, taken before a secret is looked at, and on how much one person opens: atomic counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from directory.base import Actor, Base
from directory.errors import TooManyTries

LONGEST = timedelta(seconds=60)
SHUT = timedelta(days=1)


@dataclass(frozen=True)
class Brake:
    """How many tries in a row are free, and after how many only one a day is looked at."""

    free: int
    ceiling: int | None


PERSON = Brake(free=5, ceiling=100)
"""One account from one source (the ceiling is that of NIST SP 800-63B-4 §3.2.2)."""
ANYWHERE = Brake(free=20, ceiling=100)
"""One account from all sources together."""
CROWD = Brake(free=50, ceiling=None)
"""One source for all accounts: a whole agency may stand behind one address, so it is never shut."""


class Failures(Base):
    """How often a key (`password:<account>:<source>`, `code:<account>`, …) failed in a row."""

    __tablename__ = "failures"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime]
    open_at: Mapped[datetime]
    """The next instant at which a try is looked at."""


def take(session: Session, actor: Actor, key: str, brake: Brake = PERSON) -> None:
    """Count one try against a key, or raise `TooManyTries` while it is shut.

    One conditional statement: of many at once no more get through than the brake lets. Call it in a
    transaction of its own that is committed before the secret is compared, and `clear` on success.
    """
    after = Failures.count + 1
    slower = func.power(2, func.least(after - brake.free, 10))
    wait = case(
        *([(after >= brake.ceiling, SHUT)] if brake.ceiling else []),
        (after < brake.free, timedelta(0)),
        else_=func.least(LONGEST, func.make_interval(0, 0, 0, 0, 0, 0, slower)),
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


def take_one(session: Session, actor: Actor, key: str, most: int, span: timedelta) -> datetime | None:
    """Count one of so many that are free within a span; give None, or from when on there are more.

    The span begins with the first of them: `last_at` is its beginning here.
    """
    is_over = Failures.last_at <= actor.now - span
    row = insert(Failures).values(key=key, count=1, last_at=actor.now, open_at=actor.now)
    counted = session.execute(
        row.on_conflict_do_update(
            index_elements=[Failures.key],
            set_={
                "count": case((is_over, 1), else_=Failures.count + 1),
                "last_at": case((is_over, actor.now), else_=Failures.last_at),
            },
            where=is_over | (Failures.count < most),
        ).returning(Failures.count)
    ).scalar_one_or_none()
    return None if counted is not None else session.get_one(Failures, key).last_at + span


def clear(session: Session, key: str) -> None:
    """Forget a key's failures after a success."""
    session.execute(delete(Failures).where(Failures.key == key))

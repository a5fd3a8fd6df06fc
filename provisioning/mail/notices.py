"""Sends the notices that wait: each is taken for a while, handed in, and noted as sent; a fault loses none."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal_column, or_, select, true, update
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.addresses import Address
from directory.credentials.recovery_contacts import opened
from directory.credentials.tables import RecoveryContact
from directory.mailboxes import Mailbox
from directory.notices import Notice
from directory.officials import Official
from provisioning.mail.letters import Letter, LetterBox
from provisioning.outbox import Outbox
from provisioning.ports import Counter, Mailer, Reason, Refused, Unavailable

BATCH = 50
LEASE = timedelta(minutes=2)
"""A worker's time to hand in a batch; after it another may try, so a letter can come twice, but is never lost."""
LONGEST_WAIT = timedelta(hours=1)
NO_ADDRESS = "The account has no mailbox with a primary address."


@dataclass(frozen=True)
class Delivery:
    """What a round of sending did."""

    sent: int = 0
    failed: int = 0
    is_full: bool = False
    """There were as many as one round takes: there may be more."""


@dataclass(frozen=True)
class Postman:
    """Sends the notices that wait."""

    outbox: Outbox
    mailer: Mailer
    letters: LetterBox
    clock: Callable[[], datetime]
    chance: Callable[[], float] = random.random

    def run(self) -> Delivery:
        """Do one round."""
        with self.outbox.transaction() as session:
            taken = _take(session)
        with self.mailer.visit() as counter:
            return self.hand_in_all(counter, taken)

    def hand_in_all(self, counter: Counter, taken: Sequence[tuple[int, Letter | None]]) -> Delivery:
        """Hand in letters one after the other; one that is refused does not hold up the others."""
        sent = 0
        for place, (number, letter) in enumerate(taken):
            try:
                self.hand_in(counter, number, letter)
            except Unavailable as fault:
                left = [number for number, _ in taken[place:]]
                self.postpone(left, fault.reason)
                return Delivery(sent, len(left))
            except Refused as fault:
                self.postpone([number], " ".join((fault.reason.message, *fault.reason.fields.values())))
            else:
                sent += 1
        return Delivery(sent, len(taken) - sent, len(taken) == BATCH)

    def hand_in(self, counter: Counter, number: int, letter: Letter | None) -> None:
        """Hand one letter in and note it; in this order, because a letter twice is better than none."""
        if letter is None:
            raise Refused(Reason(NO_ADDRESS))
        counter.send(self.letters.write(letter), letter.address)
        with self.outbox.transaction() as session:
            session.execute(update(Notice).where(Notice.id == number).values(sent_at=self.clock(), failure=None))

    def postpone(self, numbers: list[int], failure: str) -> None:
        """Note why notices did not leave, and when to try them again."""
        doubled = func.make_interval(0, 0, 0, 0, 0, 0, func.power(2, func.least(Notice.attempts, 12)))
        wait = func.least(LONGEST_WAIT, doubled) * (0.5 + self.chance() / 2)
        with self.outbox.transaction() as session:
            session.execute(
                update(Notice)
                .where(Notice.id.in_(numbers))
                .values(attempts=Notice.attempts + 1, failure=failure, not_before=func.now() + wait)
            )


def _take(session: Session) -> list[tuple[int, Letter | None]]:
    """Take some notices that wait, with what is needed to write them.

    Who is told that somebody has reset the password is told at once, and not after ten thousand letters of welcome.
    """
    # Compared with a literal, as in the index: with a parameter PostgreSQL could not tell that it fits.
    first = _claim(session, BATCH, Notice.message != literal_column("'welcome'"))
    numbers = [*first, *_claim(session, BATCH - len(first), true())]
    rows = session.execute(
        select(Notice, Account.number, Official.full_name, Address.address, RecoveryContact)
        .join(Account, Account.id == Notice.account_id)
        .join(Official, Official.id == Account.official_id)
        .outerjoin(RecoveryContact, RecoveryContact.id == Notice.contact_id)
        .outerjoin(Mailbox, Mailbox.account_id == Account.id)
        .outerjoin(Address, (Address.mailbox_id == Mailbox.id) & (Address.kind == "primary"))
        .where(Notice.id.in_(numbers))
        .order_by(Notice.message == "welcome", Notice.id)
    )
    return [
        (notice.id, _letter(notice, number, name, goal) if goal else None)
        for notice, number, name, address, contact in rows
        for goal in [address if notice.contact_id is None else opened(session, contact)]
    ]


def _claim(session: Session, most: int, condition: ColumnElement[bool]) -> Sequence[int]:
    """Take the oldest of those that wait; nobody takes them again before the lease is over."""
    waiting = (
        select(Notice.id)
        .where(Notice.sent_at.is_(None), or_(Notice.not_before.is_(None), Notice.not_before <= func.now()), condition)
        .order_by(Notice.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        # Found once: as a subquery PostgreSQL may look for each row anew, and each time take the next ones.
        .cte("waiting")
    )
    return session.scalars(
        update(Notice)
        .where(Notice.id.in_(select(waiting.c.id)))
        .values(not_before=func.now() + LEASE)
        .returning(Notice.id)
    ).all()


def _letter(notice: Notice, number: str, name: str, address: str) -> Letter:
    return Letter(
        number=notice.id,
        message=notice.message,
        fields=notice.fields,
        queued_at=notice.queued_at,
        name=" ".join(name.split()),
        account_number=number,
        address=address,
    )

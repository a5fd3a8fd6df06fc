"""Tries: a guess is counted and committed before its secret is looked at, on every path alike.

A verb that compares a secret wants a `Try`, and only `begin_try` makes one. The transaction that made it cannot
also compare: otherwise a roll-back would forget the count, and many guesses at once would all get through.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from directory import throttle
from directory.accounts import Account
from directory.base import Actor
from directory.credentials.tables import SignInSession
from directory.keys import keys_of

Kind = Literal["password", "code", "activation", "recovery"]
"""What is guessed: a password; a second factor; an activation code; or, for `recovery`, who has an account."""

_UNCOMMITTED = "uncommitted try"


class TryMisused(RuntimeError):
    """The program compares a secret without a try that was counted for it and committed before."""


@dataclass(frozen=True)
class Try:
    """One counted guess: at what, whose, and under which keys it was counted."""

    kind: Kind
    subject: str
    keys: tuple[str, ...]


def subject_of(account: Account) -> str:
    """Name an account as the brake counts it."""
    return f"account:{account.number}"


def subject_nobody(session: Session, name: str) -> str:
    """Name what was typed but is nobody's, so that it is counted just as an account would be."""
    return f"nobody:{keys_of(session).blind(name, 'tries.nobody').hex()[:32]}"


def network(source: str) -> str:
    """Give the network a request comes from: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 6:  # noqa: PLR2004 - the version of IP
        return str(ipaddress.ip_network((address, 64), strict=False))
    return source


def begin_try(session: Session, actor: Actor, kind: Kind, subject: str) -> Try:
    """Count one guess, or raise `TooManyTries`; commit before the secret is compared."""
    near = network(actor.source)
    if kind == "activation":
        brakes = {f"{kind}:{near}": throttle.CROWD}
    elif kind == "recovery":
        brakes = {f"{kind}:{near}": throttle.CROWD, f"{kind}:{subject}": throttle.PERSON}
    else:
        brakes = {f"{kind}:{subject}:{near}": throttle.PERSON}
        if not _is_usual(session, actor, subject):
            brakes[f"{kind}:{subject}"] = throttle.ANYWHERE
    for key, brake in brakes.items():
        throttle.take(session, actor, key, brake)
    session.info[_UNCOMMITTED] = True
    return Try(kind, subject, tuple(brakes))


def _is_usual(session: Session, actor: Actor, subject: str) -> bool:
    """Say whether the account has signed in from this source before: a stranger's guesses do not shut it there."""
    return (
        session.scalar(
            select(
                exists().where(
                    SignInSession.account_id == Account.id,
                    SignInSession.source == actor.source,
                    SignInSession.stage == "full",
                    Account.number == subject.removeprefix("account:"),
                )
            )
        )
        is True
    )


def use(session: Session, attempt: Try, kind: Kind, subject: str | None = None) -> None:
    """Refuse, as a mistake of the program, a try that was not committed or was counted for something else."""
    if session.info.get(_UNCOMMITTED):
        raise TryMisused
    if attempt.kind != kind or (subject is not None and attempt.subject != subject):
        raise TryMisused


def forget(session: Session, attempt: Try) -> None:
    """Take the count back after the secret was right."""
    for key in attempt.keys:
        throttle.clear(session, key)

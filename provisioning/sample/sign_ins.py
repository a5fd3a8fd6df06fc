"""The people of the sample who can sign in: their passwords and authenticator secrets are drawn at random."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
from sqlalchemy import and_, select

from directory.accounts import Account
from directory.addresses import Address
from directory.base import Actor
from directory.credentials import activate, begin_try, confirm_totp, issue_activation_codes, start_totp, subject_of
from directory.mailboxes import Mailbox
from directory.officials import Official
from provisioning.outbox import Outbox

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 5
_STEP = timedelta(seconds=30)
"""How long a code of the authenticator app stands."""


@dataclass(frozen=True)
class Chosen:
    """An account that is to be let in, and what for."""

    role: str
    agency: str
    account_id: int


@dataclass(frozen=True)
class SignIn:
    """All that somebody needs for signing in. It stands in a file that only its owner reads."""

    role: str
    agency: str
    name: str
    address: str
    account_number: str
    password: str
    totp_secret: str


def let_in(outbox: Outbox, actor: Actor, chosen: Sequence[Chosen]) -> list[SignIn]:
    """Activate accounts and enrol their second factor by the steps that people take, slip and code included."""
    passwords = {each.account_id: _password() for each in chosen}
    _activate(outbox, actor, passwords)
    secrets_ = _enrol(outbox, actor, list(passwords))
    with outbox.transaction() as session:
        rows = session.execute(
            select(Account, Official.full_name, Address.address)
            .join(Official, Official.id == Account.official_id)
            .join(Mailbox, Mailbox.account_id == Account.id)
            .join(Address, and_(Address.mailbox_id == Mailbox.id, Address.kind == "primary"))
            .where(Account.id.in_(passwords))
        )
        found = {account.id: (name, address, account.number) for account, name, address in rows}
    return [
        SignIn(each.role, each.agency, *found[each.account_id], passwords[each.account_id], secrets_[each.account_id])
        for each in chosen
    ]


def _activate(outbox: Outbox, actor: Actor, passwords: Mapping[int, str]) -> None:
    """Set first passwords with the codes of slips."""
    with outbox.transaction() as session:
        codes = {account.id: code for account, code in issue_activation_codes(session, actor, passwords)}
    with outbox.transaction() as session:
        tries = {id_: begin_try(session, actor, "activation", f"sample:{id_}") for id_ in passwords}
    with outbox.transaction() as session:
        for id_, password in passwords.items():
            activate(session, actor, tries[id_], codes[id_], password)


def _enrol(outbox: Outbox, actor: Actor, account_ids: Sequence[int]) -> dict[int, str]:
    """Enrol an authenticator for each account; give the secrets by account id."""
    holders = {id_: replace(actor, is_system=False, account_id=id_) for id_ in account_ids}
    with outbox.transaction() as session:
        begun = {id_: start_totp(session, holders[id_], id_) for id_ in account_ids}
        subjects = {id_: subject_of(session.get_one(Account, id_)) for id_ in account_ids}
        tries = {id_: begin_try(session, holders[id_], "code", subjects[id_]) for id_ in account_ids}
    with outbox.transaction() as session:
        for id_, secret in begun.items():
            # The code before this one is still taken; the present one is left for whoever signs in first.
            confirm_totp(session, holders[id_], tries[id_], code_of(secret, actor.now - _STEP))
    return begun


def code_of(totp_secret: str, now: datetime) -> str:
    """Give the six digits that the authenticator app shows now."""
    return pyotp.TOTP(totp_secret).at(now)


def write_sign_ins(path: Path, sign_ins: Sequence[SignIn]) -> None:
    """Write the file anew, readable by its owner only from its first byte on."""
    text = json.dumps([asdict(each) for each in sign_ins], ensure_ascii=False, indent=2) + "\n"
    if path.exists() and not path.is_file():
        # A pipe or a device is written to; taking its place would break it for the whole machine.
        path.write_text(text, encoding="utf-8")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


def read_sign_ins(path: Path) -> list[SignIn]:
    """Read the file that `write_sign_ins` wrote."""
    return [SignIn(**each) for each in json.loads(path.read_text(encoding="utf-8"))]


def _password() -> str:
    """Draw a password of 98 bits that can be typed from a screen."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))

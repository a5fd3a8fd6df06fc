"""What waits for somebody in their agencies: how many, said in words, and where it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from directory.base import Actor
from directory.grants import Action
from directory.reorganisation import failed_endings
from directory.tallies import Counts
from provisioning.reconcile import status
from provisioning.web.language import ngettext


@dataclass(frozen=True)
class Duty:
    """Something that waits for the actor."""

    action: Action
    number: int
    text: str
    address: str
    is_wrong: bool


@dataclass(frozen=True)
class Kind:
    """What may wait, for whoever has a right: under which name it is counted, in which words, on which page."""

    action: Action
    counted: str
    say: Callable[[int], str]
    endpoint: str
    narrowed: Mapping[str, Any] = field(default_factory=dict)
    is_wrong: bool = False
    """Something failed, and does not only wait."""


KINDS = (
    Kind(
        Action.PROVISIONING,
        "refused",
        lambda number: ngettext("entry failed", "entries failed", number),
        "provisioning.index",
        is_wrong=True,
    ),
    Kind(
        Action.AGENCY,
        "failed_endings",
        lambda number: ngettext("agency could not end on its day", "agencies could not end on their day", number),
        "agencies.index",
        is_wrong=True,
    ),
    Kind(
        Action.CREDENTIAL,
        "pending",
        lambda number: ngettext("account waits for its slip", "accounts wait for their slips", number),
        "slips.index",
    ),
    Kind(
        Action.APPOINT,
        "without_account",
        lambda number: ngettext("official without an account", "officials without an account", number),
        "officials.index",
        {"state": "none"},
    ),
    Kind(
        Action.APPOINT,
        "corrections",
        lambda number: ngettext("correction waits for a decision", "corrections wait for a decision", number),
        "corrections.index",
    ),
    Kind(
        Action.ROLE_MAILBOX,
        "without_holder",
        lambda number: ngettext("role mailbox without a holder", "role mailboxes without a holder", number),
        "role_mailboxes.index",
    ),
    Kind(
        Action.SUSPEND,
        "suspended",
        lambda number: ngettext("suspended account", "suspended accounts", number),
        "officials.index",
        {"state": "suspended"},
    ),
)


def duties(session: Session, actor: Actor, allowed: frozenset[Action], figures: Counts, corrections: int) -> list[Duty]:
    """Give what waits in the actor's agencies and is the actor's to do; the menu has counted corrections already."""
    refused = status.refused(session, actor) if Action.PROVISIONING in allowed else 0
    failed = len(failed_endings(session, actor)) if Action.AGENCY in allowed else 0
    numbers = {**vars(figures), "refused": refused, "failed_endings": failed, "corrections": corrections}
    return [
        Duty(kind.action, number, kind.say(number), url_for(kind.endpoint, **kind.narrowed), kind.is_wrong)
        for kind in KINDS
        if kind.action in allowed and (number := numbers[kind.counted])
    ]

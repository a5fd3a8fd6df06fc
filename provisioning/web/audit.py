"""The audit as its readers see it: who did what to whom, newest first."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from directory.accounts import Account
from directory.credentials.holders import account_called
from directory.officials import official_by_public_id
from directory.trail import Trail, trail
from provisioning.web.guard import Stage, needs
from provisioning.web.request import actor, book
from provisioning.web.words import LABELS, word

blueprint = Blueprint("audit", __name__, url_prefix="/audit")


@blueprint.get("")
@needs(Stage.FULL)
def index() -> str:
    """List events, narrowed to an action, or to what somebody did and what was done to them."""
    action, who, person = (request.args.get(name, "").strip() for name in ("action", "who", "person"))
    before = request.args.get("before", type=int)
    asked: dict[str, Any] = {"action": action or None, "who": who or None, "person": person or None}
    with book() as session:
        account_id = _account_id(session, who, person)
        is_nobody = bool(who or person) and account_id is None
        found = trail(
            session,
            actor(),
            before=before,
            action=action if action in LABELS["audit"] else None,
            account_id=account_id,
        )
        return render_template(
            "audit/index.html",
            found=Trail([], None) if is_nobody else found,
            action=action,
            who=who,
            audit_actions=sorted(((code, word("audit", code)) for code in LABELS["audit"]), key=lambda pair: pair[1]),
            next_url=found.before and url_for(".index", **asked, before=found.before),
            first_url=before and url_for(".index", **asked),
            is_asked=any(asked.values()),
        )


def _account_id(session: Session, who: str, person: str) -> int | None:
    """Find the account meant by a typed address or number, or by the official whose page led here."""
    if who:
        account = account_called(session, who)
        return account.id if account else None
    if person:
        official = official_by_public_id(session, person)
        return session.scalar(select(Account.id).where(Account.official_id == official.id))
    return None

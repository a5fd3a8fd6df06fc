"""Corrections: officials say what is wrong in their records, somebody of their agency accepts or refuses it, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from directory import notices
from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment, posts_of
from directory.audit import record
from directory.base import Actor, public_id
from directory.corrections import FIELDS, Correction, seal_wish, wish_of
from directory.errors import BadValue, CorrectionDecided, CorrectionWaits, NotAllowed, NotFound
from directory.grants import Action, Grant, in_force, may
from directory.lifecycle.changes import Change, change
from directory.lifecycle.particulars import REQUIRED, checked, plain_text
from directory.lifecycle.suspension import needed_reason
from directory.officials import SEALED, Official, open_field
from directory.throttle import Brake, take

_TOLD_FIRST = ("hr", "agency_it", "operator")
_MOST_TOLD = 5
_BRAKE = Brake(free=20, ceiling=20)
"""So many times a day somebody may send corrections: each sends letters to those who decide."""


@dataclass(frozen=True)
class Wish:
    """What a field of one's own record should say (None: nothing), and why."""

    field: str
    value: object
    note: str


@dataclass(frozen=True)
class Refusal:
    """A correction that is not made, and why."""

    public_id: str
    reason: str


def send_corrections(session: Session, actor: Actor, wishes: Sequence[Wish]) -> list[Correction]:
    """Send what is wrong in one's own record to whoever decides it; one wish for a field at a time."""
    if actor.account_id is None or actor.within is not None:
        raise NotAllowed
    account = session.get_one(Account, actor.account_id)
    official = session.get_one(Official, account.official_id)
    post = posts_of(session, [official.id], actor.today).get(official.id)
    if post is None or account.state != "active":
        raise NotAllowed
    sent = [_correction(session, actor, official, post, wish) for wish in wishes]
    take(session, actor, f"correction:{account.id}:{actor.today}", _BRAKE)
    try:
        with session.begin_nested():
            session.add_all(sent)
            session.flush()
    except IntegrityError as error:  # one for the same field waits already
        raise CorrectionWaits from error
    for each in sent:
        subject = f"official:{official.public_id}"
        record(session, actor, "correction.sent", subject, post.agency_id, field=each.field)
    if sent:
        for account_id in _deciders(session, actor, post.agency_id):
            notices.notify(session, actor, account_id, "correction_sent", official=official.full_name)
    return sent


def withdraw_corrections(session: Session, actor: Actor, public_ids: Collection[str]) -> None:
    """Take back one's own corrections while they wait."""
    found = session.scalars(
        select(Correction).where(Correction.public_id.in_(public_ids), Correction.sent_by == actor.account_id)
    ).all()
    if len(found) < len(set(public_ids)):
        raise NotFound
    _decide(session, actor, found, "withdrawn")
    _note(session, actor, found, "correction.withdrawn")


def accept_corrections(session: Session, actor: Actor, public_ids: Collection[str]) -> None:
    """Write what was asked for into the records, as `change` does, and decide the corrections, or neither."""
    found = _to_decide(session, actor, public_ids)
    wishes: dict[int, dict[str, object]] = {}
    for each in found:
        if each.state == "waiting":
            value, _ = wish_of(session, each)
            wishes.setdefault(each.official_id, {})[each.field] = _as_sent(each.field, value)
    _decide(session, actor, found, "accepted")
    change(session, actor, [Change(official_id, fields) for official_id, fields in wishes.items()])
    _note(session, actor, found, "correction.accepted")
    _answer(session, actor, found, "accepted")


def refuse_corrections(session: Session, actor: Actor, refusals: Sequence[Refusal]) -> None:
    """Leave the records as they are, and tell the officials why."""
    reasons = {each.public_id: needed_reason(each.reason) for each in refusals}
    found = _to_decide(session, actor, reasons)
    for each in found:
        _decide(session, actor, [each], "refused", reasons[each.public_id])
    _note(session, actor, found, "correction.refused")
    _answer(session, actor, found, "refused")


def read_correction(session: Session, actor: Actor, public_id: str) -> tuple[str | None, str]:
    """Give what a waiting correction asks for, and why, to whoever decides it; of personal data the audit tells."""
    (found,) = _to_decide(session, actor, [public_id])
    if found.state != "waiting":
        raise CorrectionDecided
    if found.field in SEALED:
        _note(session, actor, [found], "correction.read")
    return wish_of(session, found)


def _correction(session: Session, actor: Actor, official: Official, post: Appointment, wish: Wish) -> Correction:
    """Make the row of a wish; one for what stands there already is refused."""
    if wish.field not in FIELDS:
        raise BadValue(field="field", reason="not a field of an official")
    if wish.value is None and wish.field in REQUIRED:
        raise BadValue(field="value", reason="missing")
    try:
        value = checked(wish.field, wish.value, actor.today)
    except BadValue as error:
        raise BadValue(field="value", reason=error.fields["reason"]) from error
    holder = post if wish.field in {"title", "rank"} else official
    present = open_field(session, official, wish.field) if wish.field in SEALED else getattr(holder, wish.field)
    if (value or None) == (present or None):
        raise BadValue(field="value", reason="what the directory says already")
    note = plain_text("note", wish.note)
    if not note:
        raise BadValue(field="note", reason="missing")
    correction = Correction(official_id=official.id, sent_by=actor.account_id, field=wish.field, sent_at=actor.now)
    correction.public_id = public_id()
    seal_wish(session, correction, value or "", note)
    return correction


def _as_sent(field: str, value: str | None) -> object:
    """Give a value as `change` takes it."""
    return date.fromisoformat(value) if field == "birth_date" and value else value


def _to_decide(session: Session, actor: Actor, public_ids: Collection[str]) -> Sequence[Correction]:
    """Find and lock corrections that the actor may decide: of the actor's agencies, and not the actor's own."""
    found = session.scalars(
        select(Correction)
        .where(Correction.public_id.in_(public_ids))
        .order_by(Correction.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    posts = posts_of(session, [each.official_id for each in found], actor.today)
    if not found or len(found) < len(set(public_ids)) or len(posts) < len({each.official_id for each in found}):
        raise NotFound
    try:
        may(session, actor, Action.APPOINT, *{post.agency_id for post in posts.values()})
    except NotAllowed as error:
        raise NotFound from error
    if actor.account_id in {each.sent_by for each in found}:
        raise NotAllowed
    return found


def _decide(session: Session, actor: Actor, found: Sequence[Correction], state: str, reason: str | None = None) -> None:
    """Decide corrections, each once, and forget what they said; one that is decided already stops all of them."""
    decided = session.scalars(
        update(Correction)
        .where(Correction.id.in_([each.id for each in found]), Correction.state == "waiting")
        .values(state=state, value=None, note=None, decided_at=actor.now, decided_by=actor.account_id, reason=reason)
        .returning(Correction)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    if len(decided) < len(found):
        raise CorrectionDecided


def _note(session: Session, actor: Actor, found: Sequence[Correction], action: str) -> None:
    """Write what happened to corrections into the audit; what they say stands nowhere."""
    posts = posts_of(session, [each.official_id for each in found], actor.today)
    for each in found:
        detail: Mapping[str, Any] = {"field": each.field} | ({"reason": each.reason} if each.reason else {})
        subject, post = f"official:{each.official.public_id}", posts.get(each.official_id)
        record(session, actor, action, subject, post.agency_id if post else None, **detail)


def _answer(session: Session, actor: Actor, found: Sequence[Correction], decision: str) -> None:
    """Tell the officials what was decided; the reason waits for them in the portal."""
    for each in found:
        notices.notify(session, actor, each.sent_by, "correction_decided", field=each.field, decision=decision)


def _deciders(session: Session, actor: Actor, agency_id: int) -> list[int]:
    """Give whom to tell of a correction: HR of the nearest agency that has any, else the IT staff, else operators."""
    here = select(Agency.path).where(Agency.id == agency_id).scalar_subquery()
    rows = session.execute(
        select(Grant.role, func.nlevel(Agency.path), Grant.account_id)
        .join(Agency, Agency.id == Grant.agency_id)
        .join(Account, Account.id == Grant.account_id)
        .where(Agency.path.op("@>")(here), Grant.role.in_(_TOLD_FIRST), in_force(actor.today))
        .where(Account.state == "active", Grant.account_id != actor.account_id)
    ).all()
    if not rows:
        return []
    first = min((_TOLD_FIRST.index(role), -level) for role, level, _ in rows)
    told = {account_id for role, level, account_id in rows if (_TOLD_FIRST.index(role), -level) == first}
    return sorted(told)[:_MOST_TOLD]

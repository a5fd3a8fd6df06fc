"""Merging: two records turn out to be of one person; one goes on, the other is closed and remembered by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from directory import due
from directory.accounts import Account
from directory.addresses import Address
from directory.appointments import Appointment
from directory.audit import record
from directory.base import Actor
from directory.errors import BadValue, Merged, MergedApart, OutOfService
from directory.lifecycle.careers import Career, careers_of
from directory.lifecycle.closing import close_accounts
from directory.lifecycle.leaving import close_mailboxes
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.reach import mark_with_role_mailboxes
from directory.mailboxes import Mailbox
from directory.naming import fold
from directory.officials import SEALED, Official, birth_digest, open_field, personal_id_digest, seal_field
from directory.source_keys import hand_on


@dataclass(frozen=True)
class Merging:
    """The record that goes on, and the other one, which was of the same person."""

    survivor_id: int
    other_id: int
    reason: str = ""


def merge(session: Session, actor: Actor, mergings: Sequence[Merging]) -> list[Official]:
    """Merge records two by two; errors carry `row`. It cannot be undone.

    Posts, addresses (as aliases) and what only the other record knew go to the one that goes on. The other account is
    closed: its roles, role mailboxes and credentials end, and are given again by whoever may give them.
    """
    if not mergings:
        return []
    named = [id_ for each in mergings for id_ in (each.survivor_id, each.other_id)]
    careers = careers_of(session, actor, named)
    for row, each in enumerate(mergings):
        if named.count(each.survivor_id) > 1 or named.count(each.other_id) > 1:
            raise BadValue(row=row, field="other", reason="stands twice among the records to merge")
        _check(session, row, actor, careers[each.survivor_id], careers[each.other_id])
    for each in mergings:
        survivor, other = careers[each.survivor_id], careers[each.other_id]
        told = {"into": survivor.official.public_id, "reason": plain_text("reason", each.reason)}
        record(session, actor, "official.merged", other.subject, other.post.agency_id, **told)
        told = {"other": other.official.public_id, "reason": told["reason"]}
        record(session, actor, "official.merged", survivor.subject, survivor.post.agency_id, **told)
        _move_particulars(session, survivor.official, other.official)
    hand_on(session, {each.other_id: each.survivor_id for each in mergings})
    pairs = [(careers[each.survivor_id], careers[each.other_id]) for each in mergings]
    _move_accounts(session, actor, pairs)
    _move_posts(session, actor, pairs)
    _close_later(session, [each.survivor_id for each in mergings])
    return [careers[each.survivor_id].official for each in mergings]


def _check(session: Session, row: int, actor: Actor, survivor: Career, other: Career) -> None:
    """Raise for records that cannot be of one person, or of which one is over."""
    if survivor.official.merged_into_id is not None or other.official.merged_into_id is not None:
        raise Merged(row=row)
    is_over, other_is_over = survivor.has_left(actor.today), other.has_left(actor.today)
    if is_over and not other_is_over:
        raise OutOfService(row=row, name=survivor.official.full_name)
    if other_is_over and other.account and not (is_over or survivor.account):
        raise BadValue(
            row=row,
            field=other.official.full_name,
            reason="has the only account, which is closed; rehire that one first",
        )
    # A leaving belongs to the person: forgotten with the closed record, it would leave the mailbox open for good.
    if (day := other.official.leaves_on) is not None and not is_over and survivor.official.leaves_on != day:
        raise BadValue(
            row=row,
            field=other.official.full_name,
            reason="is to leave on another day; plan the same day in the record that goes on, or take that back",
        )
    for field in ("personal_id", "birth_date"):
        known = {open_field(session, career.official, field) for career in (survivor, other)} - {None}
        if len(known) > 1:
            raise BadValue(
                row=row, field=other.official.full_name, reason="the personal ID numbers or birth dates differ"
            )


def _move_particulars(session: Session, survivor: Official, other: Official) -> None:
    """Give the record that goes on what only the other knew, sealed anew for its row; the other is found no more."""
    for field in SEALED:
        known = open_field(session, other, field)
        seal_field(session, other, field, None)
        if known is not None and open_field(session, survivor, field) is None:
            seal_field(session, survivor, field, known)
    for field in ("work_phone", "extension"):
        setattr(survivor, field, getattr(survivor, field) or getattr(other, field))
    staff_number = survivor.staff_number or other.staff_number
    other.personal_id_index = other.birth_date_index = other.staff_number = None
    other.merged_into_id, other.leaves_on = survivor.id, None
    session.flush()  # the number stands in one record at a time
    personal_id, born = open_field(session, survivor, "personal_id"), open_field(session, survivor, "birth_date")
    survivor.staff_number = staff_number
    survivor.personal_id_index = personal_id_digest(session, personal_id) if personal_id else None
    survivor.birth_date_index = birth_digest(session, fold(survivor.full_name), born) if born else None


def _move_posts(session: Session, actor: Actor, pairs: Sequence[tuple[Career, Career]]) -> None:
    """Move the posts that do not overlap with one of the record that goes on; the others end today where they are.

    The closed record keeps at least a primary post called off, which says in whose agencies it is looked up.
    """
    ids = {career.official.id for pair in pairs for career in pair}
    found = select(Appointment).where(Appointment.official_id.in_(ids)).with_for_update()
    posts = session.scalars(found.order_by(Appointment.valid_from, Appointment.id)).all()
    for survivor, other in pairs:
        own = [post for post in posts if post.official_id == survivor.official.id]
        theirs = [post for post in posts if post.official_id == other.official.id]
        agency_id, has_primary = other.post.agency_id, False
        for post in theirs:
            if not any(_collide(post, each) for each in own):
                post.official_id = survivor.official.id
                own.append(post)
                continue
            has_primary = has_primary or post.kind == "primary"
            if post.valid_to is None or post.valid_to > actor.today:
                post.valid_to, post.address_follows = max(post.valid_from, actor.today), False
        if not has_primary:
            session.add(
                Appointment(
                    official_id=other.official.id, agency_id=agency_id, valid_from=actor.today, valid_to=actor.today
                )
            )
    session.flush()


def _close_later(session: Session, survivor_ids: Collection[int]) -> None:
    """Let closed accounts of records that got a post which ended later be closed from that day on."""
    held = Appointment.valid_to > Appointment.valid_from
    last = select(func.max(Appointment.valid_to)).where(Appointment.official_id == Account.official_id, held)
    session.execute(
        update(Account)
        .where(Account.official_id.in_(survivor_ids), Account.state == "disabled")
        .values(closed_on=func.greatest(Account.closed_on, last.scalar_subquery()))
        .execution_options(synchronize_session="fetch")
    )


def _collide(post: Appointment, other: Appointment) -> bool:
    """Say whether one official cannot hold two posts: both primary or both seconded, or the same, in the same days."""
    if (other.valid_to is not None and other.valid_to <= post.valid_from) or (
        post.valid_to is not None and post.valid_to <= other.valid_from
    ):
        return False
    if post.kind != other.kind:
        return False
    return post.kind in {"primary", "secondment"} or (post.agency_id, post.title) == (other.agency_id, other.title)


def _move_accounts(session: Session, actor: Actor, pairs: Sequence[tuple[Career, Career]]) -> None:
    """Close the accounts of the other records; an official has one for life, and their addresses go to it."""
    closed: dict[int, tuple[Career, Account]] = {}
    for survivor, other in pairs:
        if other.account is None:
            continue
        if survivor.account is None:
            other.account.official_id = survivor.official.id
            due.mark(session, actor, "account", [other.account.id])
        else:
            closed[other.account.id] = (other, survivor.account)
    session.flush()
    if not closed:
        return
    _move_addresses(session, {gone: account.id for gone, (_, account) in closed.items()})
    posts = {other.official.id: other.post for other, _ in closed.values()}
    session.execute(update(Mailbox).where(Mailbox.account_id.in_(closed)).values(forward_to=None))
    close_mailboxes(session, posts, {gone: (other.official.id, actor.today) for gone, (other, _) in closed.items()})
    close_accounts(session, actor, dict.fromkeys(closed, actor.today))
    # The addresses leave one entry before they come into the other: what is urgent is written first, and alone.
    mark_with_role_mailboxes(session, actor, closed, urgent=True)
    due.mark(session, actor, "account", [account.id for _, account in closed.values()])


def _move_addresses(session: Session, goals: Mapping[int, int]) -> None:
    """Move the addresses of accounts, by id, to the mailboxes of others, where they are aliases."""
    columns = (Mailbox.account_id, Mailbox.id, Mailbox.target)
    found = session.execute(select(*columns).where(Mailbox.account_id.in_({*goals, *goals.values()})))
    boxes = {account_id: (mailbox_id, target) for account_id, mailbox_id, target in found}
    if any(boxes[gone][1] != boxes[goal][1] for gone, goal in goals.items()):
        raise MergedApart
    moves = {boxes[gone][0]: boxes[goal][0] for gone, goal in goals.items()}
    for address in session.scalars(select(Address).where(Address.mailbox_id.in_(moves)).with_for_update()):
        address.mailbox_id = moves[address.mailbox_id or 0]
        if address.kind == "primary":
            address.kind = "alias"
        if address.kind_before == "primary":
            address.kind_before = "alias"
    session.flush()

"""Mailing lists: open them for an agency, change their rule, add and take out members by hand, close them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import Session, joinedload

from directory import due
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import posts_of
from directory.audit import record
from directory.base import Actor, insert_all, public_id
from directory.errors import BadValue, NotFound, WrongState
from directory.grants import Action, may
from directory.lifecycle.allotment import Wish, allot
from directory.lifecycle.enlistment import refuse_closed
from directory.lifecycle.particulars import plain_text
from directory.lifecycle.quarantine import HELD
from directory.lifecycle.surroundings import Surroundings, surroundings_of
from directory.mailboxes import Mailbox
from directory.mailing_lists.membership import normal_title
from directory.mailing_lists.tables import BY_HAND, RULES, SENDERS, ListMember, MailingList
from directory.policies import effective_values

_MOST_TITLES = 20
Pair = tuple[int, int]
"""A list and a mailbox, by id."""


@dataclass(frozen=True)
class ListRule:
    """What a list is called, whom its rule makes members, and who may send to it."""

    name: str
    senders: str
    rule: str
    with_units: bool = False
    titles: Sequence[str] = ()
    """With the rule `titles`: how the titles of members begin."""


@dataclass(frozen=True)
class ListOpening:
    """A mailing list for an agency, with its address."""

    agency_id: int
    address: str
    rule: ListRule


@dataclass(frozen=True)
class ListChange:
    """What a list is called, does and allows from now on."""

    list_id: int
    rule: ListRule


@dataclass(frozen=True)
class Membership:
    """A mailbox that is a member of a list whatever its rule says (`added`), or is none (`excluded`)."""

    list_id: int
    mailbox_id: int
    kind: str = "added"


def open_mailing_list(session: Session, actor: Actor, openings: Sequence[ListOpening]) -> list[MailingList]:
    """Open mailing lists; errors carry `row`."""
    if not openings:
        return []
    agency_ids = {each.agency_id for each in openings}
    may(session, actor, Action.MAILING_LIST, *agency_ids)
    refuse_closed(session, actor, agency_ids)
    rows = [
        {"public_id": public_id(), "agency_id": each.agency_id, "created_at": actor.now, **_checked(row, each.rule)}
        for row, each in enumerate(openings)
    ]
    opened = {each.public_id: each for each in session.scalars(insert(MailingList).returning(MailingList), rows)}
    lists = [opened[str(row["public_id"])] for row in rows]
    surroundings = surroundings_of(session, agency_ids)
    wishes = [
        _wish(row, surroundings[each.agency_id], made, each.address)
        for row, (made, each) in enumerate(zip(lists, openings, strict=True))
    ]
    addresses = allot(session, actor, wishes)
    for made in lists:
        detail = {"address": addresses[made.id], **_told(made)}
        record(session, actor, "mailing_list.opened", _subject(made), made.agency_id, **detail)
    due.mark(session, actor, "mailing_list", [made.id for made in lists])
    return lists


def change_mailing_list(session: Session, actor: Actor, changes: Sequence[ListChange]) -> list[MailingList]:
    """Change what lists are called, whom they reach and who may send; errors carry `row`."""
    found = _open_lists(session, actor, [each.list_id for each in changes])
    for row, each in enumerate(changes):
        values = _checked(row, each.rule)
        changed = found[each.list_id]
        before = _told(changed)
        for name, value in values.items():
            setattr(changed, name, value)
        detail = {name: [before[name], value] for name, value in _told(changed).items() if before[name] != value}
        if detail:
            record(session, actor, "mailing_list.changed", _subject(changed), changed.agency_id, **detail)
    due.mark(session, actor, "mailing_list", found)
    return [found[each.list_id] for each in changes]


def close_mailing_list(session: Session, actor: Actor, list_ids: Collection[int]) -> None:
    """Close lists for good: mail to them is refused from now on, and all their addresses go into quarantine."""
    found = _open_lists(session, actor, list_ids)
    agencies = session.scalars(select(Agency).where(Agency.id.in_({each.agency_id for each in found.values()})))
    days = effective_values(session, agencies.all(), ["quarantine_days"])
    for each in found.values():
        each.state = "disabled"
    for agency_id, values in days.items():
        own = [each.id for each in found.values() if each.agency_id == agency_id]
        session.execute(
            update(Address)
            .where(Address.mailing_list_id.in_(own), Address.kind.in_(HELD))
            .values(kind="quarantined", valid_until=actor.today + timedelta(days=values["quarantine_days"]))
        )
    for each in found.values():
        record(session, actor, "mailing_list.closed", _subject(each), each.agency_id, name=each.name)
    due.mark(session, actor, "mailing_list", found, urgent=True)


def add_members(session: Session, actor: Actor, memberships: Sequence[Membership]) -> None:
    """Decide by hand that mailboxes are members of lists, or are none; an earlier decision is replaced.

    Only mailboxes of agencies that the actor looks after: a list is no way to reach, or to find out, somebody else.
    """
    found = _open_lists(session, actor, [each.list_id for each in memberships])
    for row, each in enumerate(memberships):
        if each.kind not in BY_HAND:
            raise BadValue(row=row, field="kind", reason="neither added nor excluded")
    mailboxes = _mailboxes(session, actor, {each.mailbox_id for each in memberships})
    decided = {(each.list_id, each.mailbox_id): each.kind for each in memberships}
    rows = [{"list_id": each[0], "mailbox_id": each[1], "kind": kind} for each, kind in sorted(decided.items())]
    statement = insert_all(ListMember, rows)
    replaced = {"kind": statement.excluded.kind}
    session.execute(statement.on_conflict_do_update(index_elements=["list_id", "mailbox_id"], set_=replaced))
    for (list_id, mailbox_id), kind in decided.items():
        target, member = found[list_id], _called(mailboxes[mailbox_id])
        record(session, actor, f"mailing_list.member_{kind}", _subject(target), target.agency_id, member=member)
    due.mark(session, actor, "mailing_list", found)


def remove_members(session: Session, actor: Actor, pairs: Collection[Pair]) -> None:
    """Take back what was decided by hand: from now on only the rule counts for these mailboxes."""
    wanted = set(pairs)
    found = _open_lists(session, actor, [list_id for list_id, _ in wanted])
    gone = session.execute(
        delete(ListMember)
        .where(tuple_(ListMember.list_id, ListMember.mailbox_id).in_(wanted))
        .returning(ListMember.list_id, ListMember.mailbox_id)
    ).all()
    if len(gone) < len(wanted):
        raise NotFound
    statement = select(Mailbox).where(Mailbox.id.in_({mailbox_id for _, mailbox_id in wanted}))
    mailboxes = {each.id: each for each in session.scalars(statement.options(joinedload(Mailbox.account)))}
    for list_id, mailbox_id in sorted(wanted):
        target, member = found[list_id], _called(mailboxes[mailbox_id])
        record(session, actor, "mailing_list.member_removed", _subject(target), target.agency_id, member=member)
    due.mark(session, actor, "mailing_list", found)


def _wish(row: int, here: Surroundings, made: MailingList, address: str) -> Wish:
    """Give the wish for the address of a list: the wanted one or none."""
    return Wish(
        row,
        made.name,
        here.agency.name,
        here.domains,
        iter(()),
        address,
        mailbox_id=made.id,
        is_role=True,
        is_list=True,
        withheld=here.withheld,
    )


def _open_lists(session: Session, actor: Actor, list_ids: Collection[int]) -> dict[int, MailingList]:
    """Find and lock lists that the actor looks after; a closed one raises `WrongState`."""
    ids = set(list_ids)
    statement = select(MailingList).where(MailingList.id.in_(ids)).order_by(MailingList.id).with_for_update()
    found = {each.id: each for each in session.scalars(statement.execution_options(populate_existing=True))}
    if not ids or len(found) < len(ids):
        raise NotFound
    may(session, actor, Action.MAILING_LIST, *{each.agency_id for each in found.values()})
    for each in found.values():
        if each.state != "active":
            raise WrongState(subject=each.name, state="closed")
    return found


def _mailboxes(session: Session, actor: Actor, mailbox_ids: Collection[int]) -> dict[int, Mailbox]:
    """Find mailboxes of agencies that the actor looks after; one that is shut for good raises `WrongState`."""
    statement = select(Mailbox).where(Mailbox.id.in_(mailbox_ids)).options(joinedload(Mailbox.account))
    found = {each.id: each for each in session.scalars(statement)}
    officials = {each.id: each.account.official_id for each in found.values() if each.account}
    posts = posts_of(session, officials.values(), actor.today)
    agencies = {each.agency_id for each in found.values() if each.agency_id} | {
        posts[official].agency_id for official in officials.values() if official in posts
    }
    if len(found) < len(mailbox_ids) or not posts.keys() >= set(officials.values()):
        raise NotFound
    may(session, actor, Action.MAILING_LIST, *agencies)
    for each in found.values():
        if each.state == "disabled":
            raise WrongState(subject=_called(each), state="disabled")
    return found


def _called(mailbox: Mailbox) -> str:
    """Give what the audit and messages call a mailbox."""
    return mailbox.account.number if mailbox.account else mailbox.name


def _checked(row: int, rule: ListRule) -> dict[str, Any]:
    """Give the columns that a rule comes to."""
    try:
        name = plain_text("name", rule.name)
        titles = sorted({normal_title(plain_text("titles", each)) for each in rule.titles} - {""})
    except BadValue as error:
        raise BadValue(row=row, **error.fields) from error
    if not name:
        raise BadValue(row=row, field="name", reason="missing")
    if rule.senders not in SENDERS:
        raise BadValue(row=row, field="senders", reason="not one of the choices")
    if rule.rule not in RULES:
        raise BadValue(row=row, field="rule", reason="not one of the choices")
    if rule.rule == "titles" and not 0 < len(titles) <= _MOST_TITLES:
        raise BadValue(row=row, field="titles", reason="write 1 to 20 beginnings of titles, one a line")
    return {
        "name": name,
        "senders": rule.senders,
        "rule": rule.rule,
        "with_units": rule.with_units and rule.rule != "hand",
        "titles": titles if rule.rule == "titles" else [],
    }


def _told(mailing_list: MailingList) -> dict[str, Any]:
    """Give what the audit tells of a list."""
    return {
        "name": mailing_list.name,
        "senders": mailing_list.senders,
        "rule": mailing_list.rule,
        "with_units": mailing_list.with_units,
        "titles": ", ".join(mailing_list.titles),
    }


def _subject(mailing_list: MailingList) -> str:
    """Give the name of a list in the audit."""
    return f"mailing_list:{mailing_list.public_id}"

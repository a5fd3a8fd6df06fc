"""What the subjects of entries are called, and whose they are: for pages, which show no bigint keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, false, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from directory.accounts import Account
from directory.agencies import Agency
from directory.appointments import Appointment
from directory.base import Actor, any_of
from directory.desired.values import Key
from directory.domains import Domain
from directory.due import Due
from directory.grants import Action, scope
from directory.mailboxes import Mailbox
from directory.mailing_lists import MailingList
from directory.officials import Official
from provisioning.reconcile.tables import Drift, EntryStatus

_own = aliased(Agency)
"""The agency that a subject is, or whose group it is."""
_REFS = (Account.number, Mailbox.public_id, Domain.name, MailingList.public_id)
_NAMES = (Official.full_name, Mailbox.name, Domain.name, MailingList.name)
_AGENCIES = (Mailbox.agency_id, Domain.agency_id, MailingList.agency_id)
Rows = TypeVar("Rows", Due, EntryStatus, Drift)
Column = InstrumentedAttribute[Any] | ColumnElement[Any] | type[EntryStatus]


def agency_of_account(day: date) -> ScalarSelect[int]:
    """Select whose an account is, inside a query of `Account`: the agency of the official's primary post, the one
    held today, else the last, as in appointments.posts_of.
    """
    post = aliased(Appointment)
    return (
        select(post.agency_id)
        .where(post.official_id == Account.official_id, post.kind == "primary")
        .order_by(_held(post, day).desc(), post.valid_from.desc())
        .limit(1)
        .correlate(Account)
        .scalar_subquery()
    )


def named(table: type[Due | EntryStatus | Drift], day: date, *columns: Column) -> Select[*tuple[Any, ...]]:
    """Select rows of a table of subjects with `ref` (the id that may be shown), `name`, `person` (the public id of
    an account's official) and `agency`; `Agency` is joined, so that the query can be narrowed to somebody's scope.
    """
    return (
        select(
            table.subject,
            table.subject_id,
            func.coalesce(*_REFS, _own.public_id).label("ref"),
            func.coalesce(*_NAMES, _own.name).label("name"),
            Official.public_id.label("person"),
            Agency.name.label("agency"),
            *columns,
        )
        .select_from(table)
        .outerjoin(Account, and_(table.subject == "account", Account.id == table.subject_id))
        .outerjoin(Official, Official.id == Account.official_id)
        .outerjoin(Mailbox, and_(table.subject == "mailbox", Mailbox.id == table.subject_id))
        .outerjoin(Domain, and_(table.subject == "domain", Domain.id == table.subject_id))
        .outerjoin(MailingList, and_(table.subject == "mailing_list", MailingList.id == table.subject_id))
        .outerjoin(_own, and_(table.subject.in_(("agency", "group")), _own.id == table.subject_id))
        .join(
            Agency,
            Agency.id == func.coalesce(agency_of_account(day), *_AGENCIES, _own.id),
        )
    )


def reached(session: Session, actor: Actor, table: type[Rows], *conditions: ColumnElement[bool]) -> type[Rows]:
    """Give a table of subjects narrowed to the agencies whose provisioning somebody looks after, and somewhat more:
    `named` and `scope` say exactly which. Where millions wait, whoever looks after a few agencies asks only for theirs.
    """
    if sees_all(session, actor):
        return aliased(table, select(table).where(*conditions).subquery())
    agencies = func.any(func.array(select(Agency.id).where(scope(actor, Action.PROVISIONING)).scalar_subquery()))
    posts = select(Appointment.official_id).where(Appointment.kind == "primary", Appointment.agency_id == agencies)
    accounts = and_(table.subject == "account", Account.id == table.subject_id)
    parts = [select(table).join(Account, accounts).where(Account.official_id.in_(posts), *conditions)]
    for subject, owned in (("mailbox", Mailbox), ("domain", Domain), ("mailing_list", MailingList)):
        own = and_(table.subject == subject, owned.id == table.subject_id)
        parts.append(select(table).join(owned, own).where(owned.agency_id == agencies, *conditions))
    themselves = (table.subject.in_(("agency", "group")), table.subject_id == agencies)
    parts.append(select(table).where(*themselves, *conditions))
    return aliased(table, union_all(*parts).subquery())


def sees_all(session: Session, actor: Actor) -> bool:
    """Say whether somebody looks after the provisioning of every agency."""
    outside = select(Agency.id).where(Agency.parent_id.is_(None), ~scope(actor, Action.PROVISIONING))
    return session.scalar(outside.limit(1)) is None


def among(table: type[Due | EntryStatus | Drift], keys: Iterable[Key]) -> ColumnElement[bool]:
    """Give the condition that rows of a table of subjects are of these, however many they are."""
    ids: dict[str, list[int]] = defaultdict(list)
    for subject, subject_id in keys:
        ids[subject].append(subject_id)
    chosen = [and_(table.subject == subject, any_of(table.subject_id, some)) for subject, some in ids.items()]
    return or_(false(), *chosen)


def _held(post: type[Appointment], day: date) -> ColumnElement[bool]:
    """Give the condition that a post is held on a day."""
    return and_(post.valid_from <= day, func.coalesce(post.valid_to > day, True))

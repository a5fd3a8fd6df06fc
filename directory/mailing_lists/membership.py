"""Who is a member of a list on a day: the rule and the hand work, in one statement for any number of lists."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CTE, ColumnElement, Select, Text, and_, except_, func, literal, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from directory.accounts import Account
from directory.addresses import Address
from directory.agencies import Agency
from directory.appointments import Appointment, held_on
from directory.base import VIETNAMESE
from directory.mailboxes import Mailbox
from directory.mailing_lists.tables import ListMember, MailingList


@dataclass(frozen=True)
class Draft:
    """A rule that is being thought of; `list_id` names the list whose hand work counts as well."""

    agency_id: int
    rule: str
    with_units: bool = False
    titles: Sequence[str] = ()
    list_id: int = 0


def normal_title(text: str) -> str:
    """Give the spelling in which the beginnings of titles are compared."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def addresses_of(session: Session, list_ids: Collection[int], day: date) -> dict[int, list[str]]:
    """Give where mail to each list goes on a day, by list id; a closed list has no members."""
    found: dict[int, list[str]] = defaultdict(list)
    members = members_of(rules_of(list_ids), day)
    for list_id, address in session.execute(select(members.c.list_id, members.c.address)):
        found[list_id].append(address)
    return found


def rules_of(list_ids: Collection[int]) -> CTE:
    """Select the rules of open lists."""
    columns = (MailingList.agency_id, MailingList.rule, MailingList.with_units, MailingList.titles)
    wanted = select(MailingList.id.label("list_id"), *columns)
    return wanted.where(MailingList.id.in_(list_ids), MailingList.state == "active").cte("rules")


def rule_of(draft: Draft) -> CTE:
    """Select a rule that stands in no table yet, in the form of those that do."""
    return select(
        literal(draft.list_id).label("list_id"),
        literal(draft.agency_id).label("agency_id"),
        literal(draft.rule, Text).label("rule"),
        literal(draft.with_units).label("with_units"),
        literal(list(draft.titles), ARRAY(Text)).label("titles"),
    ).cte("rules")


def members_of(rules: CTE, day: date, only: int | None = None) -> CTE:
    """Select `list_id`, `mailbox_id` and `address` of the members that rules and hand work give on a day.

    `only` narrows the question to one mailbox. Nobody is a member without a mailbox that still receives.
    """
    ruled = _ruled(rules, day)
    by_hand = {
        kind: select(ListMember.list_id, ListMember.mailbox_id)
        .join(rules, rules.c.list_id == ListMember.list_id)
        .where(ListMember.kind == kind)
        for kind in ("added", "excluded")
    }
    if only is not None:
        ruled = ruled.where(Mailbox.id == only)
    chosen = except_(union(ruled, by_hand["added"]), by_hand["excluded"]).subquery()
    reached = (
        select(chosen.c.list_id, Mailbox.id.label("mailbox_id"), Address.address)
        .join(Mailbox, Mailbox.id == chosen.c.mailbox_id)
        .join(Address, and_(Address.mailbox_id == Mailbox.id, Address.kind == "primary"))
        .outerjoin(Account, Account.id == Mailbox.account_id)
        .where(Mailbox.state != "disabled", func.coalesce(Account.state, "") != "disabled")
    )
    if only is not None:
        reached = reached.where(Mailbox.id == only)
    return reached.cte("members")


def _ruled(rules: CTE, day: date) -> Select[int, int]:
    """Select the personal mailboxes that rules name."""
    own, place = aliased(Agency), aliased(Agency)
    return (
        select(rules.c.list_id, Mailbox.id.label("mailbox_id"))
        .join(own, own.id == rules.c.agency_id)
        .join(place, or_(place.id == own.id, and_(rules.c.with_units, place.path.op("<@")(own.path))))
        .join(Appointment, and_(Appointment.agency_id == place.id, held_on(day)))
        .join(Account, Account.official_id == Appointment.official_id)
        .join(Mailbox, Mailbox.account_id == Account.id)
        .where(
            or_(
                rules.c.rule == "staff",
                and_(rules.c.rule == "heads", Appointment.is_head),
                and_(rules.c.rule == "titles", _begins_so(rules)),
            )
        )
    )


def _begins_so(rules: CTE) -> ColumnElement[bool]:
    """Give the condition that a title begins with one of the rule's wordings, as whole words."""
    wording = func.unnest(rules.c.titles).column_valued("wording")
    title = func.lower(Appointment.title.collate(VIETNAMESE), type_=Text) + " "
    return select(wording).where(func.starts_with(title, wording + " ")).correlate(Appointment, rules).exists()

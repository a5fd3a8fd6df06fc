"""Tables of mailing lists. Their addresses stand with all others in `addresses`: one owner at a time over both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from directory.agencies import Agency
from directory.base import Base, Numbered, public_id
from directory.targets import DEFAULT

STATES = ("active", "disabled")
"""disabled: closed for good."""
RULES = ("staff", "heads", "titles", "hand")
"""Whom the rule makes members: who holds a post at the agency, its heads, those with certain titles, or nobody."""
SENDERS = ("members", "agency", "inside", "anyone")
"""Who may send: its members, the people of the agency and of all below, whoever signs in, everybody."""
BY_HAND = ("added", "excluded")


class MailingList(Numbered, Base):
    """An address of an agency whose mail goes to each of its members; they follow from a rule and from hand work."""

    __tablename__ = "mailing_lists"

    public_id: Mapped[str] = mapped_column(unique=True, default=public_id)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="active", server_default="active")
    senders: Mapped[str]
    rule: Mapped[str]
    with_units: Mapped[bool] = mapped_column(default=False, server_default="false")
    """The rule looks at the agencies below too."""
    titles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """With the rule `titles`: how the titles of members begin, in lower case."""
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    target: Mapped[str] = mapped_column(default=DEFAULT, server_default=DEFAULT)
    """Where its entry stands, as its domain has it: a trigger follows its address."""

    agency: Mapped[Agency] = relationship()

    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"rule IN {RULES}", name="rule"),
        CheckConstraint(f"senders IN {SENDERS}", name="senders"),
        CheckConstraint("(rule = 'titles') = (titles <> '{}')", name="titles"),
        CheckConstraint("name <> ''", name="name"),
    )


class ListMember(Base):
    """A mailbox that is a member whatever the rule says, or is none."""

    __tablename__ = "mailing_list_members"

    list_id: Mapped[int] = mapped_column(ForeignKey("mailing_lists.id"), primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailboxes.id"), primary_key=True, index=True)
    kind: Mapped[str]

    __table_args__ = (CheckConstraint(f"kind IN {BY_HAND}", name="kind"),)


class MembershipChange(Numbered, Base):
    """An agency where a post has changed, or a mailbox that has: lists and groups may have other members since.

    Triggers write these rows, so no verb can forget to, and none waits for another over a list that both concern;
    `follow` reads them.
    """

    __tablename__ = "membership_changes"

    agency_id: Mapped[int | None]
    mailbox_id: Mapped[int | None]
    is_agency: Mapped[bool] = mapped_column(default=False, server_default="false")
    """The agency itself has changed, or is new."""
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("num_nonnulls(agency_id, mailbox_id) = 1", name="one"),
        CheckConstraint("NOT is_agency OR agency_id IS NOT NULL", name="agency"),
    )

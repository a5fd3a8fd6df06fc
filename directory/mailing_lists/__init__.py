"""Mailing lists of agencies: their tables, who is a member today, who may send, and what pages show of them."""

from directory.mailing_lists.following import follow, may_follow
from directory.mailing_lists.listing import (
    Line,
    Listed,
    OneMember,
    Preview,
    Sheet,
    mailbox_called,
    mailing_list,
    mailing_lists,
    members_shown,
    preview,
)
from directory.mailing_lists.membership import Draft, addresses_of, normal_title
from directory.mailing_lists.senders import Verdict, verdict
from directory.mailing_lists.tables import RULES, SENDERS, ListMember, MailingList, MembershipChange

__all__ = [
    "RULES",
    "SENDERS",
    "Draft",
    "Line",
    "ListMember",
    "Listed",
    "MailingList",
    "MembershipChange",
    "OneMember",
    "Preview",
    "Sheet",
    "Verdict",
    "addresses_of",
    "follow",
    "mailbox_called",
    "mailing_list",
    "mailing_lists",
    "may_follow",
    "members_shown",
    "normal_title",
    "preview",
    "verdict",
]

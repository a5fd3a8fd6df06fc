"""The verbs of a civil servant's life: appoint, suspend, reinstate, hand over."""

from directory.lifecycle.aliases import Alias, add_alias
from directory.lifecycle.appointing import appoint, appoint_many
from directory.lifecycle.calling_off import call_off
from directory.lifecycle.changes import Change, change
from directory.lifecycle.consequences import Consequence, consequences, of_another_official_address
from directory.lifecycle.days import carry_out_days
from directory.lifecycle.enlistment import Newcomer, enlist
from directory.lifecycle.foresight import Foreseen, foresee
from directory.lifecycle.founding import Declaration, Founding, declare_headcount, found_agency
from directory.lifecycle.granting import Granting, grant, withdraw
from directory.lifecycle.kept_mail import Kept, end_keeping, mail_to_remove, note_removed
from directory.lifecycle.leaving import Leaving, carry_out_leavings, leave, stay
from directory.lifecycle.mail_domains import (
    NewDomain,
    Placement,
    Retirement,
    add_domain,
    can_place,
    end_domains,
    keep_domain,
    place_domain,
    prefer_domain,
    retire_domain,
)
from directory.lifecycle.mailing_lists import (
    ListChange,
    ListOpening,
    ListRule,
    Membership,
    add_members,
    change_mailing_list,
    close_mailing_list,
    open_mailing_list,
    remove_members,
)
from directory.lifecycle.merging import Merging, merge
from directory.lifecycle.opening import Opening, open_accounts
from directory.lifecycle.postings import PostEnd, Posting, assign, end_posts, second
from directory.lifecycle.proposing import PassedOver, Proposals, examples, propose
from directory.lifecycle.rehiring import Rehiring, rehire
from directory.lifecycle.renaming import Renaming, rename
from directory.lifecycle.role_mailboxes import (
    HandOver,
    RoleOpening,
    close_role_mailbox,
    hand_over,
    open_role_mailbox,
)
from directory.lifecycle.rollouts import follow_new_posts, roll_out_next
from directory.lifecycle.settings import Setting, Withdrawal, set_policy, withdraw_policy
from directory.lifecycle.standing import standings
from directory.lifecycle.suspension import reinstate, suspend
from directory.lifecycle.transfers import Transfer, transfer

__all__ = [
    "Alias",
    "Change",
    "Consequence",
    "Declaration",
    "Foreseen",
    "Founding",
    "Granting",
    "HandOver",
    "Kept",
    "Leaving",
    "ListChange",
    "ListOpening",
    "ListRule",
    "Membership",
    "Merging",
    "NewDomain",
    "Newcomer",
    "Opening",
    "PassedOver",
    "Placement",
    "PostEnd",
    "Posting",
    "Proposals",
    "Rehiring",
    "Renaming",
    "Retirement",
    "RoleOpening",
    "Setting",
    "Transfer",
    "Withdrawal",
    "add_alias",
    "add_domain",
    "add_members",
    "appoint",
    "appoint_many",
    "assign",
    "call_off",
    "can_place",
    "carry_out_days",
    "carry_out_leavings",
    "change",
    "change_mailing_list",
    "close_mailing_list",
    "close_role_mailbox",
    "consequences",
    "declare_headcount",
    "end_domains",
    "end_keeping",
    "end_posts",
    "enlist",
    "examples",
    "follow_new_posts",
    "foresee",
    "found_agency",
    "grant",
    "hand_over",
    "keep_domain",
    "leave",
    "mail_to_remove",
    "merge",
    "note_removed",
    "of_another_official_address",
    "open_accounts",
    "open_mailing_list",
    "open_role_mailbox",
    "place_domain",
    "prefer_domain",
    "propose",
    "rehire",
    "reinstate",
    "remove_members",
    "rename",
    "retire_domain",
    "roll_out_next",
    "second",
    "set_policy",
    "standings",
    "stay",
    "suspend",
    "transfer",
    "withdraw",
    "withdraw_policy",
]

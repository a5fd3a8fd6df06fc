"""The verbs of a civil servant's life: appoint, suspend, reinstate, hand over."""

from directory.lifecycle.aliases import Alias, add_alias
from directory.lifecycle.appointing import appoint
from directory.lifecycle.changes import Change, change
from directory.lifecycle.enlistment import Newcomer, enlist
from directory.lifecycle.founding import Declaration, Founding, Takeover, declare_headcount, found_agency, take_over
from directory.lifecycle.granting import Granting, grant, withdraw
from directory.lifecycle.leaving import Leaving, carry_out_leavings, leave, stay
from directory.lifecycle.mail_domains import NewDomain, Retirement, add_domain, retire_domain
from directory.lifecycle.opening import Opening, open_accounts
from directory.lifecycle.proposing import PassedOver, Proposals, propose
from directory.lifecycle.rehiring import Rehiring, rehire
from directory.lifecycle.retirement import retire
from directory.lifecycle.role_mailboxes import HandOver, RoleOpening, hand_over, open_role_mailbox
from directory.lifecycle.settings import Setting, set_policy
from directory.lifecycle.suspension import reinstate, suspend
from directory.lifecycle.transfers import Transfer, transfer

__all__ = [
    "Alias",
    "Change",
    "Declaration",
    "Founding",
    "Granting",
    "HandOver",
    "Leaving",
    "NewDomain",
    "Newcomer",
    "Opening",
    "PassedOver",
    "Proposals",
    "Rehiring",
    "Retirement",
    "RoleOpening",
    "Setting",
    "Takeover",
    "Transfer",
    "add_alias",
    "add_domain",
    "appoint",
    "carry_out_leavings",
    "change",
    "declare_headcount",
    "enlist",
    "found_agency",
    "grant",
    "hand_over",
    "leave",
    "open_accounts",
    "open_role_mailbox",
    "propose",
    "rehire",
    "reinstate",
    "retire",
    "retire_domain",
    "set_policy",
    "stay",
    "suspend",
    "take_over",
    "transfer",
    "withdraw",
]

"""The verbs of a civil servant's life: appoint, suspend, reinstate, hand over."""

from directory.lifecycle.appointing import appoint, propose
from directory.lifecycle.enlistment import Newcomer, enlist
from directory.lifecycle.founding import Declaration, Founding, Takeover, declare_headcount, found_agency, take_over
from directory.lifecycle.mail_domains import NewDomain, Retirement, add_domain, retire_domain
from directory.lifecycle.opening import Opening, open_accounts

__all__ = [
    "Declaration",
    "Founding",
    "NewDomain",
    "Newcomer",
    "Opening",
    "Retirement",
    "Takeover",
    "add_domain",
    "appoint",
    "declare_headcount",
    "enlist",
    "found_agency",
    "open_accounts",
    "propose",
    "retire_domain",
    "take_over",
]

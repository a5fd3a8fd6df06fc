"""Agencies that change: they are renamed, moved, led by somebody else, merged, divided or ended, each from a day on."""

from directory.reorganisation.carrying_out import carry_out_next
from directory.reorganisation.consequences import Consequences, consequences
from directory.reorganisation.days import settle_agencies
from directory.reorganisation.history import History, failed_endings, history_of, staff_of
from directory.reorganisation.leading import DUTIES, Duty, Leading, lead
from directory.reorganisation.placing import Move, move
from directory.reorganisation.planning import Hand, Plan, call_off, reorganise, try_again
from directory.reorganisation.renaming import Recoding, Renaming, recode, rename

__all__ = [
    "DUTIES",
    "Consequences",
    "Duty",
    "Hand",
    "History",
    "Leading",
    "Move",
    "Plan",
    "Recoding",
    "Renaming",
    "call_off",
    "carry_out_next",
    "consequences",
    "failed_endings",
    "history_of",
    "lead",
    "move",
    "recode",
    "rename",
    "reorganise",
    "settle_agencies",
    "staff_of",
    "try_again",
]

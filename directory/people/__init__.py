"""People as pages show them: found in lists, and one with everything that belongs to them."""

from directory.people.asked import Asked
from directory.people.browsing import browse
from directory.people.colleagues import Colleague, Found, agencies_called, colleague, search
from directory.people.corrections import (
    Own,
    Waiting,
    count_waiting_corrections,
    own_corrections,
    waiting_correction,
    waiting_corrections,
)
from directory.people.credentials import Credentials, credentials_of
from directory.people.listing import Page, Person, find
from directory.people.masks import masked_of
from directory.people.record import Held, OneAddress, Post, Record, Role, record_of
from directory.people.waiting import WaitingPage, waiting

__all__ = [
    "Asked",
    "Colleague",
    "Credentials",
    "Found",
    "Held",
    "OneAddress",
    "Own",
    "Page",
    "Person",
    "Post",
    "Record",
    "Role",
    "Waiting",
    "WaitingPage",
    "agencies_called",
    "browse",
    "colleague",
    "count_waiting_corrections",
    "credentials_of",
    "find",
    "masked_of",
    "own_corrections",
    "record_of",
    "search",
    "waiting",
    "waiting_correction",
    "waiting_corrections",
]

"""People as pages show them: found in lists, and one with everything that belongs to them."""

from directory.people.asked import Asked
from directory.people.colleagues import Colleague, Found, agencies_called, colleague, search
from directory.people.credentials import Credentials, credentials_of
from directory.people.listing import Page, Person, find
from directory.people.record import Held, OneAddress, Post, Record, Role, record_of

__all__ = [
    "Asked",
    "Colleague",
    "Credentials",
    "Found",
    "Held",
    "OneAddress",
    "Page",
    "Person",
    "Post",
    "Record",
    "Role",
    "agencies_called",
    "colleague",
    "credentials_of",
    "find",
    "record_of",
    "search",
]

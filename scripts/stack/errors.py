"""What can go wrong here, as sentences for the person at the terminal."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot go on; the message says why and what to do."""

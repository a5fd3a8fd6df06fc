"""Entries that were there before the directory: what they get of it, and what is left to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SHARED = frozenset({"uid", "cn", "displayName", "sn", "givenName", "mail", "telephoneNumber", "userPassword"})
"""Attributes that others write too. In an entry that was there before they stay as they are."""


@dataclass(frozen=True)
class LinkValues:
    """An entry that was there before the directory, and that a person confirmed to be an account's."""

    name: tuple[tuple[str, str], ...]
    csn: str
    """The version that was confirmed."""
    taken: frozenset[str] = frozenset()
    """Those of `SHARED` that the directory has taken over."""

    @property
    def left(self) -> frozenset[str]:
        """The attributes that are others' in this entry."""
        return SHARED - self.taken

    def attributes(self, own: Mapping[str, tuple[str, ...]], number: str) -> Mapping[str, tuple[str, ...]]:
        """Give what an account's own entry would have, but for the classes that are others', and whose account it is.

        What others wrote stays theirs (`left`), `uid` among it, so the account's number stands in an attribute of its
        own.
        """
        classes = tuple(each for each in own["objectClass"] if each.startswith("cv"))
        return {**own, "objectClass": classes, "cvAccountNumber": (number,)}

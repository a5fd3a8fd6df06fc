"""What somebody asks the telephone list for: pure, from what is typed to what is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from directory.people.spelling import words_of

_EXTENSION = re.compile(r"^[0-9]{1,6}$")
_PHONE = re.compile(r"^\+?[0-9]{8,15}$")
_LOCAL = re.compile(r"^(?=.*[0-9._-])[a-z0-9._-]{2,64}$")
_ADDRESS = re.compile(r"^[a-z0-9._-]{1,64}@[a-z0-9.-]{0,253}$")
_BARE = re.compile(r"^(?=.*[a-z])[a-z0-9._-]{2,64}$")
_IN_NUMBERS = re.compile(r"[\s.()-]")


@dataclass(frozen=True)
class Asked:
    """One question to the telephone list; `after` is where the page before it ended."""

    text: str = ""
    title: str = ""
    agency_id: int | None = None
    """With everything below it."""
    after: str | None = None
    limit: int = 30


@dataclass(frozen=True)
class Meant:
    """What was typed in the first field: one of these is given, the others are empty."""

    words: tuple[str, ...] = ()
    extension: str = ""
    phone: str = ""
    address: str = ""
    local: str = ""
    """What stands before the @, typed without a domain."""

    @property
    def field(self) -> str | None:
        """Name the field of a colleague that is searched, if it is not the name."""
        if self.address or self.local:
            return "address"
        return "extension" if self.extension or self.phone else None


def as_local(text: str) -> str | None:
    """Give a word without marks as the part of an address before the @, for when nobody is called so; else None."""
    typed = text.strip().lower()
    return f"{typed}@" if _BARE.match(typed) else None


def meant(text: str) -> Meant:
    """Say what a text asks for: an extension or number of an office, an address, or words of a name."""
    typed = text.strip()
    number = _IN_NUMBERS.sub("", typed)
    if _EXTENSION.match(number):
        return Meant(extension=number)
    if _PHONE.match(number):
        return Meant(phone=re.sub(r"^\+?84(?=\d{8,})", "0", number))
    lower = typed.lower()
    if _ADDRESS.match(lower):
        local, _, domain = lower.partition("@")
        return Meant(address=lower) if domain else Meant(local=local)
    if _LOCAL.match(lower) and lower.isascii() and re.search(r"[0-9_]|[a-z]\.[a-z]", lower):
        return Meant(local=lower)
    return Meant(words=tuple(words_of(typed)))

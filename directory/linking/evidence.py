"""Evidence: what an entry of an LDAP server tells of a person, and how far it speaks for an account. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from directory.naming import fold

Confidence = Literal["certain", "likely", "unsure"]

READ = (
    "objectClass", "uid", "cn", "displayName", "sn", "givenName", "gecos", "mail", "mailAlternateAddress",
    "mailLocalAddress", "proxyAddresses", "userPrincipalName", "employeeNumber", "employeeID", "serialNumber",
    "ou", "o", "department", "departmentNumber", "company", "physicalDeliveryOfficeName",
    "cvAccountNumber", "cvMailboxId", "cvAddress",
)  # fmt: skip
"""The attributes that are looked at; an LDAP server that does not know one leaves it out."""

_PEOPLE = frozenset({"person", "inetorgperson", "organizationalperson", "posixaccount", "account", "user", "mailuser"})
_MACHINES = frozenset({"computer", "device", "applicationprocess"})
_ACCOUNT = re.compile(r"cv[2-9a-hjkmnp-z]{8}")
_PERSONAL_ID = re.compile(r"[0-9]{12}")
_ADDRESS = re.compile(r"[a-z0-9._-]+@[a-z0-9.-]+")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_NUMBERS = ("employeeNumber", "employeeID", "serialNumber")
_ADDRESSES = (
    "mail", "cvAddress", "mailAlternateAddress", "mailLocalAddress", "proxyAddresses", "userPrincipalName",
)  # fmt: skip
_NAMES = ("displayName", "cn", "gecos")
_AGENCIES = ("ou", "o", "department", "departmentNumber", "company", "physicalDeliveryOfficeName")


@dataclass(frozen=True)
class Found:
    """An entry as it was read."""

    path: str
    """Its DN below the base, as the server spells it."""
    name: tuple[tuple[str, str], ...]
    """The same in its parts; `()` where one of them has several attributes: it is none of ours."""
    csn: str
    attributes: Mapping[str, Sequence[str]]

    @property
    def called(self) -> tuple[tuple[str, str], ...]:
        """What to call it by when it is read or written: by its parts, or as the server spells it."""
        return self.name or (("", self.path),)

    def values(self, *names: str) -> list[str]:
        """Give the values of attributes, in the order of their names."""
        return [value for name in names for value in self.attributes.get(name, ())]


@dataclass(frozen=True)
class Clues:
    """What an entry tells of whose it is."""

    marks: frozenset[str] = frozenset()
    """Account numbers and mailbox ids: nobody else gives these."""
    personal_ids: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    """What may be a staff number."""
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """As they are written: some write the family name first, some last."""
    agencies: frozenset[str] = frozenset()
    """Folded names and codes of agencies."""


@dataclass(frozen=True)
class Candidate:
    """An account that an entry may be of."""

    account_id: int
    number: str
    name: str
    mailbox_id: str | None = None
    staff_number: str | None = None
    addresses: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    """Folded names and codes of its agency and of those above, but for the topmost: that one has everybody."""
    has_personal_id: bool = False
    """Whether one of the entry's numbers is its official's personal ID number."""


@dataclass(frozen=True)
class Proposal:
    """An account for an entry: what speaks for it and against it."""

    account_id: int
    confidence: Confidence
    reasons: tuple[str, ...] = field(default=())


def is_person(found: Found) -> bool:
    """Say whether an entry is somebody's and can be linked: no machine's, no folder and none of our own making."""
    classes = {each.lower() for each in found.values("objectClass")}
    is_made_by_us = "cvaccount" in classes and not found.values("cvAccountNumber")
    return bool(found.name and classes & _PEOPLE) and not classes & _MACHINES and not is_made_by_us


def key_of(name: str) -> str:
    """Give a name as it is compared: folded, without signs, its words in the order of the alphabet."""
    return " ".join(sorted(_NO_LETTERS.sub(" ", fold(name)).split()))


def plain(text: str) -> str:
    """Give a text folded, with one space between words."""
    return " ".join(fold(text).split())


def clues_of(found: Found) -> Clues:
    """Read what an entry tells."""
    numbers = {each.strip() for each in found.values(*_NUMBERS)}
    spelled = [each.split(":", 1)[-1].strip().lower() for each in found.values(*_ADDRESSES)]
    written = [*found.values(*_NAMES), *_joined(found)]
    above = [value for attribute, value in found.name[1:] if attribute.lower() in {"ou", "o"}]
    return Clues(
        marks=frozenset(
            {*found.values("cvAccountNumber", "cvMailboxId"), *filter(_ACCOUNT.fullmatch, found.values("uid"))}
        ),
        personal_ids=frozenset(filter(_PERSONAL_ID.fullmatch, numbers)),
        numbers=frozenset(filter(None, numbers)),
        addresses=frozenset(filter(_ADDRESS.fullmatch, spelled)),
        names=frozenset(filter(None, map(plain, written))),
        agencies=frozenset(filter(None, map(plain, [*found.values(*_AGENCIES), *above]))),
    )


def shown_of(found: Found) -> dict[str, str]:
    """Give what a person needs to see of an entry to judge whose it is."""
    told = {
        "name": found.values(*_NAMES) or _joined(found),
        "address": found.values(*_ADDRESSES),
        "agency": found.values(*_AGENCIES),
    }
    return {key: values[0] for key, values in told.items() if values}


def weigh(clues: Clues, candidates: Iterable[Candidate]) -> list[Proposal]:
    """Give the accounts that an entry may be of. What tells somebody apart goes before a name and an agency."""
    weighed = [(each, _strong(clues, each), is_named(clues, each)) for each in candidates]
    strong = [_by_what_tells_apart(each, common, is_same=is_same) for each, common, is_same in weighed if common]
    if len(strong) > 1:
        return [Proposal(each.account_id, "unsure", (*each.reasons, "points_to_several")) for each in strong]
    if strong:
        return strong
    namesakes = [each for each, _, is_same in weighed if is_same and clues.agencies & each.agencies]
    if len(namesakes) > 1:
        return [Proposal(each.account_id, "unsure", ("name", "agency", "namesakes")) for each in namesakes]
    return [Proposal(each.account_id, "likely", ("name", "agency")) for each in namesakes]


def is_named(clues: Clues, candidate: Candidate) -> bool:
    """Say whether an entry has an account's name."""
    return key_of(candidate.name) in map(key_of, clues.names)


def _strong(clues: Clues, candidate: Candidate) -> tuple[str, ...]:
    """Give what an entry and an account have in common that tells people apart."""
    said = {
        "mark": clues.marks & {candidate.number, candidate.mailbox_id},
        "personal_id": candidate.has_personal_id,
        "staff_number": candidate.staff_number in clues.numbers,
        "address": clues.addresses & candidate.addresses,
    }
    return tuple(reason for reason, speaks in said.items() if speaks)


def _by_what_tells_apart(candidate: Candidate, strong: tuple[str, ...], *, is_same: bool) -> Proposal:
    """Judge an account that an entry has something in common with; under another name nothing but a mark is sure."""
    if "mark" in strong:
        return Proposal(candidate.account_id, "certain", strong)
    if not is_same:
        return Proposal(candidate.account_id, "unsure", (*strong, "other_name"))
    # Two agencies may count their staff alike.
    is_sure = strong != ("staff_number",)
    return Proposal(candidate.account_id, "certain" if is_sure else "likely", (*strong, "name"))


def _joined(found: Found) -> list[str]:
    """Give the name that its parts make, if an entry has both."""
    families, given = found.values("sn"), found.values("givenName")
    return [f"{families[0]} {given[0]}"] if families and given else []

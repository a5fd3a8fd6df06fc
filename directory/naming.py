"""Names and the addresses made from them: pure, so that its rules are tables."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Literal, NamedTuple

from directory.addresses import LOCAL, LOCAL_LIMIT
from directory.errors import BadValue

NAME_LIMIT = 100
_ROOM_FOR_A_COUNTER = 8
_MOST = LOCAL_LIMIT - _ROOM_FOR_A_COUNTER
FIELDS = frozenset({"given", "middle", "family", "initials", "full", "unit", "n"})
"""What a naming pattern may speak of, such as `{given}{initials}.{unit}`; `{n}` is empty at first, then 2, 3, 4, …"""

_LETTERS_WITH_A_STROKE = str.maketrans("đĐÐƉðɖ", "dddddd")
_MARKS = re.compile("[\u0300-\u0362]")
_WORD = re.compile(r"^(?=.*[a-z])[a-z'.-]+$")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
_STROKE_LOOK_ALIKES = str.maketrans({"Ð": "Đ", "Ɖ": "Đ", "ð": "đ", "ɖ": "đ"})
_SPACED_PREFIX = re.compile(r"\b([HKY])\s*'\s*(?=\w)", re.IGNORECASE)
_NO_LETTERS = re.compile(r"[^a-z0-9]")
_SEPARATORS = re.compile(r"([._-])[._-]+")
_FIELD = re.compile(r"\{(\w+)\}")
_PATTERN = re.compile(r"^(\{\w+\}|[a-z0-9._-])+\Z", re.ASCII)
_NO_SEPARATORS = str.maketrans("", "", "._-")
_COURTESY = frozenset({"ong", "ba"})
_WORDS_AFTER_COURTESY = 3

SYSTEM_LOCALS = frozenset(
    "admin administrator root sysadmin system daemon nobody noreply donotreply mailerdaemon bounce bounces owner"
    " request imap pop pop3 smtp ldap api www ftp dns dmarc dkim autoconfig autodiscover congvu provisioner mailreader"
    " quantri quantrihethong quantrimang hethong".split()
)
"""Local parts that nobody may have: mail from them would be taken for the service's own."""
ROLE_LOCALS = frozenset(
    # RFC 2142, and what people write to without looking it up
    "postmaster hostmaster webmaster abuse security noc soc cert csirt usenet news uucp mailman ssladmin"
    " info support help helpdesk contact office sales marketing staff everyone all list lists hr it test guest user"
    " users audit auditor operator spam phishing"
    # offices and roles
    " vanthu vanphong motcua bophanmotcua tiepnhan traketqua tiepdan tiepcongdan baocao lienhe hotro thongbao"
    " banbientap bientap toasoan congthongtin congdoan danguy chibo doanthanhnien ubnd hdnd ubmttq uybannhandan"
    " hoidongnhandan chutich phochutich bithu phobithu botruong thutruong giamdoc phogiamdoc lanhdao"
    " chanhvanphong truongphong phophong tochuc tochuccanbo nhansu ketoan taichinh kehoach thanhtra phapche"
    " phananh kiennghi phananhkiennghi gopy khieunai tocao duongdaynong congvan luutru vanban canhbao anninh"
    " baomat antoanthongtin matkhau congthongtindientu".split()
)
"""Local parts that a role mailbox may have and a person never."""
RESERVED = SYSTEM_LOCALS | ROLE_LOCALS


Bar = Literal["reserved", "forbidden"]
"""Reserved: for role mailboxes only. Forbidden: for nobody."""


@dataclass(frozen=True)
class Name:
    """A name in its parts; `full` is how it is written, which for some peoples is not family first."""

    family: str
    middle: str
    given: str
    full: str


class Candidate(NamedTuple):
    """A local part that a pattern gives; `reason` is the pattern, with `{n}` where a counter was added."""

    local: str
    reason: str
    bar: Bar | None = None
    """Why no person may have it, whether or not it is free."""


@dataclass(frozen=True)
class Withheld:
    """Local parts, `plain`, that an agency keeps for role mailboxes or gives to nobody, besides the service's own."""

    reserved: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()

    @classmethod
    def by(cls, policies: Mapping[str, Any]) -> Withheld:
        """Give what an agency's policies withhold."""
        return cls(*(frozenset(map(plain, policies[name])) for name in ("reserved_locals", "forbidden_locals")))


NOTHING_MORE = Withheld()


@lru_cache(16_384)  # the words of names are few: of a list each is asked for again and again
def fold(text: str) -> str:
    """Give the text in lower case without marks: the same as the database's `fold()`."""
    marked = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text))
    return _MARKS.sub("", marked).translate(_LETTERS_WITH_A_STROKE).lower()


@lru_cache(4_096)
def normal_name(text: str) -> str:
    """Give the one spelling of a full name: NFC, single spaces, no courtesy, capitals only where names have them."""
    name = unicodedata.normalize("NFC", text).translate(_APOSTROPHES).translate(_STROKE_LOOK_ALIKES)
    words = _SPACED_PREFIX.sub(r"\1'", " ".join(name.split())).split()
    if len(words) > _WORDS_AFTER_COURTESY and fold(words[0]) in _COURTESY:
        words = words[1:]
    name = " ".join(words)
    if name.isupper() or name.islower():
        # A list typed in capitals, or in a hurry; a name in mixed case is left as its owner writes it.
        name = re.sub(r"[^\W\d_]+", lambda letters: letters[0].capitalize(), name)
    if not words or not all(_WORD.match(fold(word)) for word in words):
        raise BadValue(field="full_name", reason="not a name: only letters, apostrophes and hyphens")
    if len(name) > NAME_LIMIT:
        raise BadValue(field="full_name", reason="longer than 100 characters")
    return name


def split_name(full: str) -> Name:
    """Part a full name: family first and given last, but for peoples who write the clan last.

    Ê Đê and M'Nông names (`H'Linh Byă`, `Y Thanh Niê Kdăm`) begin with the given name, marked Y or H; in
    `Y Thanh` or `A Páo` of two words the first is that mark, not a family.
    """
    name = normal_name(full)
    words = name.split()
    first = fold(words[0])
    if first.startswith("h'") and len(words) > 1:
        return Name(" ".join(words[1:]), "", words[0], name)
    # The mark itself has no mark: a family Ỷ or Ý is a family.
    if words[0].lower() in {"y", "h"} and len(words) > 1:
        return Name(" ".join(words[2:]), "", " ".join(words[:2]), name)
    if len(words) == 1 or (words[0].lower() == "a" and len(words) == 2):  # noqa: PLR2004 - mark and given name
        return Name("", "", name, name)
    return Name(words[0], " ".join(words[1:-1]), words[-1], name)


def check_patterns(patterns: Sequence[str]) -> None:
    """Raise `BadValue` unless each pattern gives people local parts of their own names, and only the last counts."""
    for pattern in patterns:
        fields = _FIELD.findall(pattern)
        if not _PATTERN.match(pattern) or not set(fields) <= FIELDS or not {"given", "full"} & set(fields):
            raise BadValue(field="naming_patterns", reason="not a naming pattern such as {given}{initials}")
        if fields.count("n") > (pattern is patterns[-1]):
            raise BadValue(field="naming_patterns", reason="only the last pattern may count, with one {n}")
    if len(set(patterns)) < len(patterns):
        raise BadValue(field="naming_patterns", reason="the same pattern stands there twice")


def bar(local: str, withheld: Withheld = NOTHING_MORE) -> Bar | None:
    """Say why no person may have this local part: separators, and digits at its end, make it no other word."""
    bare = plain(local)
    words = {bare, bare.rstrip("0123456789")}
    if words & SYSTEM_LOCALS or words & withheld.forbidden:
        return "forbidden"
    return "reserved" if words & ROLE_LOCALS or words & withheld.reserved else None


def is_reserved(local: str, withheld: Withheld = NOTHING_MORE) -> bool:
    """Say whether no person may have this local part."""
    return bar(local, withheld) is not None


def may_have(local: str, withheld: Withheld = NOTHING_MORE, *, is_role: bool = False) -> bool:
    """Say whether a person, or what `is_role`, may have this local part: a role mailbox or a list of an agency."""
    barred = bar(local, withheld)
    return barred is None or (is_role and barred == "reserved")


def plain(local: str) -> str:
    """Give a local part without its separators."""
    return local.translate(_NO_SEPARATORS)


def candidates(
    name: Name,
    patterns: Sequence[str],
    unit: str | None = None,
    withheld: Withheld = NOTHING_MORE,
) -> Iterator[Candidate]:
    """Give local parts that a person may have; see `proposals`."""
    return (each for each in proposals(name, patterns, unit, withheld) if each.bar is None)


def proposals(
    name: Name,
    patterns: Sequence[str],
    unit: str | None = None,
    withheld: Withheld = NOTHING_MORE,
) -> Iterator[Candidate]:
    """Give local parts for a name: what each pattern gives, in order, then with 2, 3, 4, …; none twice.

    It is counted where the last pattern says `{n}`, else at the end of the first that is not barred. Without end,
    unless no pattern gives anything that a person may have.
    """
    parts = _parts(name, unit or "")
    first: dict[str, Candidate] = {}
    for pattern in patterns:
        if local := _local(pattern, parts):
            first.setdefault(local, Candidate(local, pattern, bar(local, withheld)))
    yield from first.values()
    uncounted = [each.reason + "{n}" for each in first.values() if "{n}" not in each.reason]
    counting = [each for each in patterns if "{n}" in each] + uncounted
    for pattern in counting:
        stem = _local(pattern, parts)
        if stem and bar(stem, withheld) is None:
            yield from (
                Candidate(local, pattern)
                for local in _counted(pattern, parts)
                if local not in first and bar(local, withheld) is None
            )


def _local(pattern: str, parts: Mapping[str, str]) -> str:
    """Give what a pattern makes of the parts of a name, or nothing if that cannot be a local part.

    A separator that loses its neighbour goes.
    """
    before, after = _around(pattern, parts)
    local = _SEPARATORS.sub(r"\1", before + after).strip("._-")
    return local if len(local) <= _MOST and LOCAL.match(local) else ""


def _counted(pattern: str, parts: Mapping[str, str]) -> Iterator[str]:
    """Give what a pattern makes of the parts of a name with 2, 3, 4, …

    A number stays apart from other digits: a commune may end in one ("Đam Rông 1").
    """
    before, after = _around(pattern, parts)
    before, after = _SEPARATORS.sub(r"\1", before).lstrip("._-"), _SEPARATORS.sub(r"\1", after).rstrip("._-")
    if len(before) + len(after) <= _MOST and LOCAL.match(f"{before}2{after}"):
        before += "." * before[-1:].isdigit()
        after = "." * after[:1].isdigit() + after
        yield from (f"{before}{number}{after}" for number in count(2))


def _around(pattern: str, parts: Mapping[str, str]) -> tuple[str, str]:
    """Give what stands before and behind the counter of a pattern; nothing, where an agency has no unit for it."""
    if "{unit}" in pattern and not parts["unit"]:
        return "", ""
    before, _, after = pattern.format(**parts, n="\0").partition("\0")
    return before, after


def _parts(name: Name, unit: str) -> dict[str, str]:
    """Give what stands for each field of a pattern."""
    parts = {part: _letters(getattr(name, part)) for part in ("given", "middle", "family", "full")}
    initials = "".join(_letters(word)[:1] for word in f"{name.family} {name.middle}".split())
    return {**parts, "initials": initials, "unit": _letters(unit)}


@lru_cache(16_384)
def _letters(text: str) -> str:
    """Give the letters a-z and digits of a text."""
    return _NO_LETTERS.sub("", fold(text))

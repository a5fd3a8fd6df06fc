"""LDAP messages (RFC 4511) as bytes: the requests we make and the replies we read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from provisioning.ldap import ber
from provisioning.ldap.ber import Reader

SEARCH, MODIFY, ADD, DELETE = 0x63, 0x66, 0x68, 0x4A
ENTRY, REFERENCE = 0x64, 0x73
FINISHED = frozenset({0x65, 0x67, 0x69, 0x6B})
"""Tags of the replies that end a search, a modify, an add, a delete."""
CONTROLS = 0xA0
ASSERTION = "1.3.6.1.1.12"  # RFC 4528
POST_READ = "1.3.6.1.1.13.2"  # RFC 4527
PAGED = "1.2.840.113556.1.4.319"  # RFC 2696
_ADD, _REMOVE, _REPLACE = 0, 1, 2
"""What a modify does to the values of an attribute (RFC 4511 §4.6)."""
_NEVER = 0
ONE, SUBTREE = 0, 2
"""How far a search reaches."""
_OR, _EQUAL, _AT_LEAST, _PRESENT = 0xA1, 0xA3, 0xA5, 0x87

VERSION = "entryCSN"
_CSN = 40
"""How long a version is, as slapd writes it: time, count, server, change."""
_VERSION_ALONE = ber.tlv(
    ber.SEQUENCE, ber.tlv(ber.SEQUENCE, ber.octets(VERSION), ber.tlv(ber.SET, ber.tlv(ber.OCTETS, bytes(_CSN))))
)[:-_CSN]
"""What stands before the version of an entry of which nothing else was asked: a scan meets millions of them, every
write is answered with one, and to compare these bytes is quicker than to read them."""
_LONGEST_HEAD = 20
"""What stands before the name of such an entry has no more bytes."""

Values = Mapping[str, Sequence[str]]


@dataclass
class Reply:
    """The result of one request, with the entries that a search found and the version a write left behind."""

    code: int = -1
    text: str = ""
    csn: str | None = None
    cookie: bytes = b""
    """Where the next page of a search begins; empty after the last."""
    entries: list[tuple[str, dict[str, tuple[str, ...]]]] = field(default_factory=list)
    sights: list[tuple[str, str]] | None = None
    """Names and versions of entries, if nothing else was asked of them, as far as they are not among the others."""


def add(dn: str, attributes: Values) -> bytes:
    """Ask to add an entry, and for its version."""
    body = ber.tlv(ADD, ber.octets(dn), ber.tlv(ber.SEQUENCE, *(_attribute(*each) for each in attributes.items())))
    return body + _controls(_post_read())


def modify(dn: str, base: str, csn: str, replace: Values, remove: Values, add: Values) -> bytes:
    """Ask to change attributes of an entry that has this version, and for its new version.

    slapd's overlay `unique` looks for other owners of a value with the controls of the write, and so holds the
    assertion against the base where it begins: without `base` it would refuse every change of an address (122).
    """
    changes = (
        ber.tlv(ber.SEQUENCE, ber.number(kind, ber.ENUMERATED), _attribute(*each))
        for kind, values in ((_REPLACE, replace), (_REMOVE, remove), (_ADD, add))
        for each in values.items()
    )
    body = ber.tlv(MODIFY, ber.octets(dn), ber.tlv(ber.SEQUENCE, *changes))
    return body + _controls(_assertion(_either(_has_version(csn), _is(base))), _post_read())


def delete(dn: str, csn: str) -> bytes:
    """Ask to remove an entry that has this version."""
    return ber.octets(dn, DELETE) + _controls(_assertion(_has_version(csn)))


def search(dn: str, attributes: Sequence[str], reach: int = SUBTREE) -> bytes:
    """Ask for an entry, and for everything below it unless it is the only ONE wanted."""
    return _search(dn, reach, ber.octets("objectClass", _PRESENT), attributes)


def bearing(base: str, attribute: str, value: str, attributes: Sequence[str]) -> bytes:
    """Ask for every entry that carries a value."""
    return _search(base, SUBTREE, _equal(attribute, value), attributes)


def page(dn: str, since: str | None, attributes: Sequence[str], size: int, cookie: bytes) -> bytes:
    """Ask for one page of everything below an entry, or of what has `since` or a later version."""
    whole = ber.octets("objectClass", _PRESENT)
    condition = whole if since is None else ber.tlv(_AT_LEAST, ber.octets(VERSION), ber.octets(since))
    wanted = ber.tlv(ber.SEQUENCE, ber.number(size), ber.tlv(ber.OCTETS, cookie))
    paged = ber.tlv(ber.SEQUENCE, ber.octets(PAGED), ber.truth(True), ber.tlv(ber.OCTETS, wanted))
    return _search(dn, SUBTREE, condition, attributes) + _controls(paged)


def message(number: int, request: bytes) -> bytes:
    """Put a request into a message with its number."""
    return ber.tlv(ber.SEQUENCE, ber.number(number), request)


def number_of(whole: Reader) -> int:
    """Read the number of the message whose request a reply answers."""
    return whole.number()


def read_sights(data: bytes, number: int, sights: list[tuple[str, str]]) -> int:
    """Read the entries that a search found, for as long as each has a name and a version; give where that ends.

    How such a message begins follows from its size alone, so it is compared and not read.
    """
    heads: dict[int, bytes] = {}
    alone, arrived = len(_VERSION_ALONE), len(data) - ber.LONGEST_LENGTH
    at = 0
    while at < arrived:
        size = data[at + 1]
        size = size + 2 if size < ber.LONG_FORM else data[at + 2] + 3
        if (head := heads.get(size)) is None:
            head = heads[size] = _head(number, size)
        start, end = at + len(head), at + size
        csn = end - _CSN
        stop = csn - alone
        if data[at:start] != head or data[stop:csn] != _VERSION_ALONE or end > len(data):
            break
        sights.append((ber.text(data[start:stop]), ber.text(data[csn:end])))
        at = end
    return at


def read(whole: Reader, reply: Reply) -> bool:
    """Read the rest of a message into the reply it belongs to, and say whether the reply is complete."""
    tag, start = whole.step()
    inside = Reader(whole.data, start, whole.at)
    if tag == ENTRY:
        reply.entries.append(_entry(inside))
        return False
    if tag == REFERENCE:
        return False
    if tag not in FINISHED:
        raise ber.BadBer
    reply.code = inside.number()
    inside.text()  # the nearest entry that exists
    reply.text = inside.text()
    if not whole.is_done:
        _read_controls(whole.inside(CONTROLS), reply)
    return True


def _search(dn: str, reach: int, condition: bytes, attributes: Sequence[str]) -> bytes:
    return ber.tlv(
        SEARCH,
        ber.octets(dn),
        ber.number(reach, ber.ENUMERATED),
        ber.number(_NEVER, ber.ENUMERATED),
        ber.number(0),
        ber.number(0),
        ber.truth(False),
        condition,
        _names(tuple(attributes)),
    )


@cache
def _names(attributes: tuple[str, ...]) -> bytes:
    """Write the attributes that are asked for; thousands of searches ask for the same."""
    return ber.tlv(ber.SEQUENCE, *map(ber.octets, attributes))


def _attribute(name: str, values: Sequence[str]) -> bytes:
    return ber.tlv(ber.SEQUENCE, _name(name) + ber.tlv(ber.SET, *map(ber.octets, values)))


@cache
def _name(attribute: str) -> bytes:
    """Write the name of an attribute; there are few."""
    return ber.octets(attribute)


def _controls(*controls: bytes) -> bytes:
    return ber.tlv(CONTROLS, *controls)


def _has_version(csn: str) -> bytes:
    return _equal(VERSION, csn)


def _equal(attribute: str, value: str) -> bytes:
    return ber.tlv(_EQUAL, ber.octets(attribute), ber.octets(value))


@cache
def _is(dn: str) -> bytes:
    return _equal("entryDN", dn)


def _either(*conditions: bytes) -> bytes:
    return ber.tlv(_OR, *conditions)


def _assertion(condition: bytes) -> bytes:
    """The write is refused (122) unless this holds for the entry; a server that cannot ask that must refuse too."""
    return ber.tlv(ber.SEQUENCE, ber.octets(ASSERTION), ber.truth(True), ber.tlv(ber.OCTETS, condition))


@cache
def _post_read() -> bytes:
    """The version after the write; a server that cannot tell writes all the same."""
    return ber.tlv(ber.SEQUENCE, ber.octets(POST_READ), ber.tlv(ber.OCTETS, _names((VERSION,))))


def _entry(inside: Reader) -> tuple[str, dict[str, tuple[str, ...]]]:
    dn = inside.text()
    csn = inside.end - _CSN
    if csn - inside.at == len(_VERSION_ALONE) and inside.data[inside.at : csn] == _VERSION_ALONE:
        return dn, {VERSION: (ber.text(inside.data[csn : inside.end]),)}
    attributes = {}
    listed = inside.inside(ber.SEQUENCE)
    while listed.at < listed.end:
        # One reader for the name and the values of all: a new one for each takes as long as the reading.
        end = listed.enter(ber.SEQUENCE)
        name = listed.text()
        attributes[name] = listed.texts(listed.enter(ber.SET))
        if listed.at != end:
            raise ber.BadBer
    return dn, attributes


def _head(number: int, size: int) -> bytes:
    """Give how a message of some size begins that tells the name and the version of an entry, up to the name; if none
    has that size, what none begins with.
    """
    rest = size - len(_VERSION_ALONE) - _CSN
    for name in range(max(rest - _LONGEST_HEAD, 0), rest):
        whole = message(number, ber.tlv(ENTRY, ber.tlv(ber.OCTETS, bytes(name)), _VERSION_ALONE, bytes(_CSN)))
        if len(whole) == size:
            return whole[: rest - name]
    return bytes(1)


def _read_controls(controls: Reader, reply: Reply) -> None:
    """Read the version after a write, and where a search goes on."""
    while not controls.is_done:
        control = controls.inside(ber.SEQUENCE)
        kind = control.text()
        if kind not in {POST_READ, PAGED}:
            continue
        tag, value = control.next()
        if tag == ber.BOOLEAN:
            tag, value = control.next()
        if kind == POST_READ:
            _, attributes = _entry(Reader(value).inside(ENTRY, ber.SEQUENCE))
            reply.csn = next(iter(attributes.get(VERSION, ())), None)
        else:
            inside = Reader(value).inside(ber.SEQUENCE)
            inside.number()  # how many there are, as far as the server guesses
            _, reply.cookie = inside.next()

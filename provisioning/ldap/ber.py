"""The few forms of BER (X.690) that LDAP messages are made of."""

from __future__ import annotations

from functools import cache

BOOLEAN, INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31
LONG_FORM = 0x80
_LENGTH_BYTES = 4
LONGEST_LENGTH = 2 + _LENGTH_BYTES
"""A tag and a length have no more bytes."""


class BadBer(Exception):
    """These bytes are not BER as an LDAP server writes it."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """Write a value, or the values inside one, with tag and length."""
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    size = len(body)
    if size < LONG_FORM:
        return _short(tag, size) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, LONG_FORM | len(length))) + length + body


@cache
def _short(tag: int, size: int) -> bytes:
    """Write a tag and a short length; there are few, and every value of thousands of entries has them."""
    return bytes((tag, size))


def octets(text: str, tag: int = OCTETS) -> bytes:
    """Write text as UTF-8."""
    body = text.encode()
    size = len(body)
    return _short(tag, size) + body if size < LONG_FORM else tlv(tag, body)


def number(value: int, tag: int = INTEGER) -> bytes:
    """Write a number that is not negative."""
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def truth(value: bool) -> bytes:  # noqa: FBT001 - there is nothing else to say of a boolean
    """Write a truth value."""
    return tlv(BOOLEAN, b"\xff" if value else b"\x00")


def text(data: bytes | bytearray | memoryview) -> str:
    """Read bytes as text; those that are no UTF-8 stay visible."""
    return str(data, "utf-8", "backslashreplace")


def head(data: bytes | bytearray | memoryview, at: int) -> tuple[int, int, int] | None:
    """Read a tag and a length: where the value begins and ends. None: the length has not arrived yet."""
    if len(data) < at + 2:
        return None
    tag, size, start = data[at], data[at + 1], at + 2
    if size >= LONG_FORM:
        count = size - LONG_FORM
        if not 1 <= count <= _LENGTH_BYTES:
            raise BadBer
        if len(data) < start + count:
            return None
        size, start = int.from_bytes(data[start : start + count], "big"), start + count
    return tag, start, start + size


class Reader:
    """Reads the values inside one value, one after the other. Nothing is copied but the values themselves."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes | bytearray | memoryview, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= self.end

    def step(self) -> tuple[int, int]:
        """Go past the next value; give its tag and where it begins."""
        data, start, end = self.data, self.at + 2, self.end
        if start > end:
            raise BadBer
        # As `head` does it, but without a call for each of a million short values.
        tag, size = data[start - 2], data[start - 1]
        stop = start + size
        if size >= LONG_FORM:
            found = head(data, self.at)
            if found is None:
                raise BadBer
            tag, start, stop = found
        if stop > end:
            raise BadBer
        self.at = stop
        return tag, start

    def next(self) -> tuple[int, bytes]:
        """Read the next value with its tag."""
        tag, start = self.step()
        return tag, bytes(self.data[start : self.at])

    def inside(self, *tags: int) -> Reader:
        """Read the next value, which must have one of these tags, as a sequence of values."""
        tag, start = self.step()
        if tag not in tags:
            raise BadBer
        return Reader(self.data, start, self.at)

    def enter(self, tag: int) -> int:
        """Go into the next value, which must have this tag, and give where it ends."""
        found, start = self.step()
        if found != tag:
            raise BadBer
        end, self.at = self.at, start
        return end

    def text(self) -> str:
        """Read the next value as text; bytes that are no UTF-8 stay visible."""
        _, start = self.step()
        return text(self.data[start : self.at])

    def texts(self, end: int) -> tuple[str, ...]:
        """Read all values up to an end as text; of nearly every attribute there is one."""
        found = []
        while self.at < end:
            found.append(self.text())
        if self.at != end:
            raise BadBer
        return tuple(found)

    def number(self) -> int:
        """Read the next value as a number."""
        _, start = self.step()
        return int.from_bytes(self.data[start : self.at], "big", signed=True)

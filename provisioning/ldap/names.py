"""Distinguished names as text. What does not come as `str` never reaches an LDAP server."""

from __future__ import annotations

import re

from directory.desired import Name
from directory.desired.entries import NAMING, Attributes

_ELSEWHERE = "ldap:///"
_ESCAPED = re.compile(rb"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_PLUS = re.compile(r"(?<!\\)\+")
_SPECIAL = frozenset('"#+,;<=>\\\0')


def escape(value: str) -> str:
    """Escape one value for a DN (RFC 4514). Lists and bytes are refused: libraries have let them through unescaped."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    if value.isascii() and value.isalnum():
        return value
    escaped = "".join(f"\\{ord(each):02x}" if each in _SPECIAL or ord(each) < ord(" ") else each for each in value)
    if escaped.startswith(" "):
        escaped = "\\" + escaped
    if escaped.endswith(" ") and len(escaped) > 1 and not escaped.endswith("\\ "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def dn(name: Name, base: str) -> str:
    """Give the DN of an entry below the base."""
    return ",".join((*(f"{attribute}={escape(value)}" if attribute else value for attribute, value in name), base))


def parts(path: str) -> Name:
    """Read a name as slapd writes it, below the base. One that has several attributes in a part is none of ours: ()."""
    found = [part.partition("=") for part in path.split(",")]
    if _PLUS.search(path) or not all(attribute and value for attribute, _, value in found):
        return ()
    return tuple((attribute, _unescape(value)) for attribute, _, value in found)


def _unescape(value: str) -> str:
    """Undo the escapes of one value: two hex digits for a byte, or a letter for itself."""
    return _ESCAPED.sub(lambda found: _letter(found[1]), value.encode()).decode(errors="backslashreplace")


def _letter(escaped: bytes) -> bytes:
    return escaped if len(escaped) == 1 else bytes.fromhex(escaped.decode())


def whole(attributes: Attributes, base: str) -> Attributes:
    """Give attributes as the server has them: what names an entry below our base names it whole."""
    if NAMING.isdisjoint(attributes):
        return attributes
    return {
        name: tuple(_whole(each, base) for each in values) if name in NAMING else values
        for name, values in attributes.items()
    }


def below(attributes: dict[str, tuple[str, ...]], base: str) -> dict[str, tuple[str, ...]]:
    """Give attributes as the book has them; a name that is not below our base becomes an LDAP URL (RFC 4516)."""
    end = f",{base}"
    for name in NAMING & attributes.keys():
        attributes[name] = tuple(
            each.removesuffix(end) if each.endswith(end) else _ELSEWHERE + each for each in attributes[name]
        )
    return attributes


def _whole(value: str, base: str) -> str:
    return value.removeprefix(_ELSEWHERE) if value.startswith(_ELSEWHERE) else f"{value},{base}"


def depth(text: str) -> int:
    """Count the parts of a DN as slapd writes it: it never leaves a comma inside a value."""
    return text.count(",") + 1

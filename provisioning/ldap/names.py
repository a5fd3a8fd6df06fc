"""Distinguished names as text. What does not come as `str` never reaches an LDAP server."""

from __future__ import annotations

from directory.desired import Name

_SPECIAL = frozenset('"#+,;<=>\\\0')


def escape(value: str) -> str:
    """Escape one value for a DN (RFC 4514). Lists and bytes are refused: libraries have let them through unescaped."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    escaped = "".join(f"\\{ord(each):02x}" if each in _SPECIAL or ord(each) < ord(" ") else each for each in value)
    if escaped.startswith(" "):
        escaped = "\\" + escaped
    if escaped.endswith(" ") and len(escaped) > 1 and not escaped.endswith("\\ "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def dn(name: Name, base: str) -> str:
    """Give the DN of an entry below the base."""
    return ",".join((*(f"{attribute}={escape(value)}" for attribute, value in name), base))


def depth(text: str) -> int:
    """Count the parts of a DN as slapd writes it: it never leaves a comma inside a value."""
    return text.count(",") + 1

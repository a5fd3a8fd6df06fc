"""Entries as LDIF (RFC 2849), for `slapadd` into a server that has none yet."""

from __future__ import annotations

from binascii import b2a_base64

from directory.desired import Entry
from provisioning.ldap.names import dn, whole


def records(entry: Entry, base: str) -> str:
    """Write an entry and those below it, each after the one it stands under."""
    lines = [_line("dn", dn(entry.name, base))]
    lines += [_line(name, value) for name, values in whole(entry.attributes, base).items() for value in values]
    lines.append("\n")
    lines += [records(child, base) for child in entry.children]
    return "".join(lines)


def _line(name: str, value: str) -> str:
    """Write one value: in base64 if it is more than printable ASCII, begins like something else, or ends in a space."""
    if value.isascii() and value.isprintable() and value[:1] not in " :<" and value[-1] != " ":
        return f"{name}: {value}\n"
    return f"{name}:: {b2a_base64(value.encode(), newline=False).decode()}\n"

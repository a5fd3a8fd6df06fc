"""Entries as LDIF (RFC 2849), for `slapadd` into a server that has none yet."""

from __future__ import annotations

import re
from binascii import b2a_base64

from directory.desired import Entry
from provisioning.ldap.names import dn, whole

_PLAIN = re.compile(r"[!-9;=-~](?:[ -~]*[!-~])?").fullmatch
"""Values that stand for themselves: printable ASCII that neither begins like something else nor ends in a space."""


def records(entry: Entry, base: str) -> str:
    """Write an entry and those below it, each after the one it stands under."""
    shown = whole(entry.attributes, base)
    lines = [_line("dn", dn(entry.name, base))]
    lines += [
        f"{name}: {value}\n" if _PLAIN(value) else _line(name, value)
        for name, values in shown.items()
        for value in values
    ]
    lines.append("\n")
    lines += [records(child, base) for child in entry.children]
    return "".join(lines)


def _line(name: str, value: str) -> str:
    """Write one value, in base64 unless it is plain."""
    if _PLAIN(value):
        return f"{name}: {value}\n"
    return f"{name}:: {b2a_base64(value.encode(), newline=False).decode()}\n"

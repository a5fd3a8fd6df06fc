"""Entries as LDIF (RFC 2849), for `slapadd` into a server that has none yet."""

from __future__ import annotations

import re
from base64 import b64encode

from directory.desired import Entry
from provisioning.ldap.names import dn, whole

_PLAIN = re.compile(r"[\x21-\x39\x3b\x3d-\x7e][\x20-\x7e]*(?<! )")
"""What may stand as it is: printable ASCII that does not begin like something else, nor end in a space."""


def records(entry: Entry, base: str) -> str:
    """Write an entry and those below it, each after the one it stands under."""
    lines = [_line("dn", dn(entry.name, base))]
    lines += [_line(name, value) for name, values in whole(entry.attributes, base).items() for value in values]
    return "\n".join(lines) + "\n\n" + "".join(records(child, base) for child in entry.children)


def _line(name: str, value: str) -> str:
    """Write one value; what is not plain is written in base64."""
    return f"{name}: {value}" if _PLAIN.fullmatch(value) else f"{name}:: {b64encode(value.encode()).decode()}"

"""Random secrets, one a file, made once and readable by the caller only."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def secret(folder: Path, name: str) -> str:
    """The secret of that name; made at the first call."""
    path = folder / name
    if not path.exists():
        write_private(path, secrets.token_hex(KEY_BYTES))
    return path.read_text(encoding="ascii")


def write_private(path: Path, text: str) -> None:
    """Writes a file whole or not at all, readable by its owner only."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def ssha512(password: str) -> str:
    """The hash by which slapd's pw-sha2 knows a password."""
    salt = os.urandom(16)
    digest = hashlib.sha512(password.encode() + salt).digest()
    return "{SSHA512}" + base64.b64encode(digest + salt).decode()

"""Keys that seal fields, make blind indexes and sign the audit; values only, never read from anywhere."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from directory.errors import SealBroken

_NONCE = 12


@dataclass(frozen=True, repr=False)
class Keys:
    """The three keys of the book, 32 bytes each, and the number of the field key in use."""

    field: bytes
    index: bytes
    audit: bytes
    field_id: int = 1

    def seal(self, value: str, purpose: str, row: str) -> bytes:
        """Encrypt `value` so that it opens only for the same purpose and row (AES-256-GCM, key id in front)."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.field).encrypt(nonce, value.encode(), f"{purpose}|{row}".encode())
        return bytes([self.field_id]) + nonce + sealed

    def open(self, sealed: bytes, purpose: str, row: str) -> str:
        """Decrypt what `seal` made; a value moved to another row or column raises `SealBroken`."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return AESGCM(self.field).decrypt(nonce, body, f"{purpose}|{row}".encode()).decode()
        except InvalidTag as error:
            raise SealBroken(purpose=purpose) from error

    def blind(self, value: str, purpose: str) -> bytes:
        """Give the keyed digest under which equal values can be found without storing them (HMAC-SHA256)."""
        return hmac.new(self.index, f"{purpose}|{value}".encode(), hashlib.sha256).digest()


def keys_of(session: Session) -> Keys:
    """Give the keys that bootstrap placed in the session."""
    keys = session.info["keys"]
    if not isinstance(keys, Keys):
        raise TypeError
    return keys

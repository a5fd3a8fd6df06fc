"""Keys that seal fields, make blind indexes and sign the audit; values only, never read from anywhere."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from directory.errors import SealBroken

_NONCE = 12
_HEAD = 1 + _NONCE
"""Bytes before what is sealed: the id of the key, and the nonce."""
SHORT = 16
"""Bytes of a short digest."""


@dataclass(frozen=True, repr=False)
class Keys:
    """The three keys of the book, 32 bytes each, and the number of the field key in use."""

    field: bytes
    index: bytes
    audit: bytes
    field_id: int = 1

    @cached_property
    def _cipher(self) -> AESGCM:
        """The cipher, made once: a list seals and opens tens of thousands of values."""
        return AESGCM(self.field)

    def seal(self, value: str, purpose: str, row: str) -> bytes:
        """Encrypt `value` so that it opens only for the same purpose and row (AES-256-GCM, key id in front)."""
        return self.seal_bytes(value.encode(), purpose, row)

    def seal_bytes(self, value: bytes, purpose: str, row: str) -> bytes:
        """Do the same to what is no text, such as a file."""
        nonce = secrets.token_bytes(_NONCE)
        return bytes([self.field_id]) + nonce + self._cipher.encrypt(nonce, value, f"{purpose}|{row}".encode())

    def seal_all(self, values: Sequence[tuple[str, str]], purpose: str) -> list[bytes]:
        """Do the same to many texts, each with its row: the nonces are drawn in one go, for each draw asks the kernel.

        What is drawn here is used up here: a nonce kept for later could be used twice, by two processes after a fork.
        """
        drawn = secrets.token_bytes(_NONCE * len(values))
        encrypt, key_id, before = self._cipher.encrypt, bytes([self.field_id]), f"{purpose}|"
        sealed = []
        for at, (value, row) in enumerate(values):
            nonce = drawn[_NONCE * at : _NONCE * (at + 1)]
            sealed.append(key_id + nonce + encrypt(nonce, value.encode(), (before + row).encode()))
        return sealed

    def open(self, sealed: bytes, purpose: str, row: str) -> str:
        """Decrypt what `seal` made; a value moved to another row or column raises `SealBroken`."""
        return self.open_bytes(sealed, purpose, row).decode()

    def open_bytes(self, sealed: bytes, purpose: str, row: str) -> bytes:
        """Decrypt what `seal_bytes` made."""
        try:
            return self._cipher.decrypt(sealed[1:_HEAD], sealed[_HEAD:], f"{purpose}|{row}".encode())
        except InvalidTag as error:
            raise SealBroken(purpose=purpose) from error

    def blind(self, value: str, purpose: str) -> bytes:
        """Give the keyed digest under which equal values can be found without storing them (HMAC-SHA256)."""
        return hmac.digest(self.index, f"{purpose}|{value}".encode(), "sha256")

    def blinding(self, purpose: str) -> Callable[[str], bytes]:
        """Give what makes the digests of `blind`: the key is taken in once, and not for each of thousands."""
        begun = hmac.new(self.index, f"{purpose}|".encode(), "sha256")

        def blind(value: str) -> bytes:
            digest = begun.copy()
            digest.update(value.encode())
            return digest.digest()

        return blind

    def shortening(self, purpose: str) -> Callable[[str], bytes]:
        """Give what makes keyed digests of half the length, to tell apart the values of one list (keyed BLAKE2b)."""
        begun = hashlib.blake2b(f"{purpose}|".encode(), digest_size=SHORT, key=self.index)

        def short(value: str) -> bytes:
            digest = begun.copy()
            digest.update(value.encode())
            return digest.digest()

        return short


def keys_of(session: Session) -> Keys:
    """Give the keys that bootstrap placed in the session."""
    keys = session.info["keys"]
    if not isinstance(keys, Keys):
        raise TypeError
    return keys

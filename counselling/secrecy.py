"""Encryption of what was said in trust: AES-256-GCM with row, field and key id as associated data.

The key ring is NOTE_KEYS of the environment: the first key seals, any opens. A box that was moved to
another row, field or key id does not open (NIST SP 800-38D; docs/decisions, shape of counselling).
"""

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.1
KEY_ID_DIGITS = 8  # hexadecimal; tells keys apart, and nothing about them


class NoKey(Exception):
    """The server has no key to write notes with: nothing can be sealed."""


class KeyMissing(Exception):
    """The key that sealed this is not in the ring. The words are there and stay as they are."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


class Tampered(Exception):
    """The box was changed, or lies in a row or field that it was not sealed for."""


class BadKey(ValueError):
    """A key of NOTE_KEYS is not 32 bytes in URL-safe base64."""


@dataclass(frozen=True)
class Box:
    key_id: str
    sealed: bytes


def seal(words: str, *, place: str) -> Box:
    """`place` names row and field, such as "counselling.note.<uuid>.sealed". Raises NoKey."""
    return seal_bytes(words.encode(), place=place)


def unseal(key_id: str, sealed: bytes | memoryview, *, place: str) -> str:
    """Raises KeyMissing or Tampered."""
    return unseal_bytes(key_id, sealed, place=place).decode()


def seal_bytes(data: bytes, *, place: str) -> Box:
    """As seal, for a file."""
    key_id = current_key_id()
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_ring()[key_id]).encrypt(nonce, data, _bound(place, key_id))
    return Box(key_id, nonce + sealed)


def unseal_bytes(key_id: str, sealed: bytes | memoryview, *, place: str) -> bytes:
    """Raises KeyMissing or Tampered."""
    key, data = _ring().get(key_id), bytes(sealed)
    if key is None:
        raise KeyMissing(key_id)
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(place, key_id))
    except InvalidTag as error:
        raise Tampered(place) from error


def current_key_id() -> str:
    """Return the id of the key that seals. Raises NoKey."""
    first = next(iter(_ring()), None)
    if first is None:
        raise NoKey
    return first


def _bound(place: str, key_id: str) -> bytes:
    return f"{place}\0{key_id}".encode()


def _ring() -> dict[str, bytes]:
    return _keys_of(tuple(settings.NOTE_KEYS))


@lru_cache(maxsize=8)
def _keys_of(written: tuple[str, ...]) -> dict[str, bytes]:
    keys = []
    for one in map(str.strip, written):
        try:
            key = base64.urlsafe_b64decode(one + "=" * (-len(one) % 4))
        except (binascii.Error, ValueError) as error:
            raise BadKey from error
        if len(key) != KEY_BYTES:
            raise BadKey
        keys.append(key)
    return {hashlib.sha256(b"note-key" + key).hexdigest()[:KEY_ID_DIGITS]: key for key in keys}

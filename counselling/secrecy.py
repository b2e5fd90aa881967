"""Encryption of what was said in confidence: AES-256-GCM with row, field and key id as associated data.

The key ring is NOTE_KEYS in the environment: the first key encrypts, any key decrypts. A box moved to
another row, field or key id cannot be opened (NIST SP 800-38D; docs/decisions, shape of counselling).
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
KEY_ID_DIGITS = 8  # hexadecimal; tells keys apart without revealing anything about them


class NoKey(Exception):
    """The server has no key for notes, so nothing can be encrypted."""


class KeyMissing(Exception):
    """The key that encrypted this is not in the ring. The text is still there and is not changed."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


class Tampered(Exception):
    """The box was changed, or is in a row or field that it was not encrypted for."""


class BadKey(ValueError):
    """A key of NOTE_KEYS is not 32 bytes in URL-safe base64."""


@dataclass(frozen=True)
class Box:
    key_id: str
    sealed: bytes


def seal(words: str, *, place: str) -> Box:
    """Encrypt the text. Raise NoKey.

    `place` names row and field, such as "counselling.note.<uuid>.sealed".
    """
    return seal_bytes(words.encode(), place=place)


def unseal(key_id: str, sealed: bytes | memoryview, *, place: str) -> str:
    """Decrypt a text. Raise KeyMissing or Tampered."""
    return unseal_bytes(key_id, sealed, place=place).decode()


def seal_bytes(data: bytes, *, place: str) -> Box:
    """Encrypt a file, as `seal` does a text."""
    key_id = current_key_id()
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_ring()[key_id]).encrypt(nonce, data, _bound(place, key_id))
    return Box(key_id, nonce + sealed)


def unseal_bytes(key_id: str, sealed: bytes | memoryview, *, place: str) -> bytes:
    """Decrypt a file. Raise KeyMissing or Tampered."""
    key, data = _ring().get(key_id), bytes(sealed)
    if key is None:
        raise KeyMissing(key_id)
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _bound(place, key_id))
    except InvalidTag as error:
        raise Tampered(place) from error


def current_key_id() -> str:
    """Return the id of the key that encrypts. Raise NoKey."""
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

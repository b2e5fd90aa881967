"""Encrypts channel secrets with AES-GCM, using the row and field as associated data.

The key ring is the environment's SECRET_KEY and SECRET_KEY_FALLBACKS: the first encrypts, any of them
decrypts. A ciphertext that was moved to another row or field does not open.
"""

import hashlib
import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.1
KEY_ID_BYTES = 4
VERSION = b"\x01"


class SecretUnreadable(Exception):
    """No key of the ring opens this: it was rotated away, moved or tampered with."""


def seal(*, value: dict[str, str], row: str) -> bytes:
    """Encrypt `value`. `row` names where it is stored, such as "messaging.channelaccount.7.secret"."""
    key_id, key = next(iter(_ring().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(value).encode(), _bound_to(row, key_id))
    return VERSION + key_id + nonce + sealed


def unseal(*, sealed: bytes | memoryview | None, row: str) -> dict[str, Any]:
    """Return the value; {} if nothing is stored. Raises SecretUnreadable."""
    if not sealed:
        return {}
    data = bytes(sealed)
    key_id, rest = data[1 : 1 + KEY_ID_BYTES], data[1 + KEY_ID_BYTES :]
    key = _ring().get(key_id)
    if data[:1] != VERSION or key is None:
        raise SecretUnreadable(row)
    try:
        plain = AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound_to(row, key_id))
    except InvalidTag as error:
        raise SecretUnreadable(row) from error
    return json.loads(plain)


def added(*, sealed: bytes | memoryview | None, value: dict[str, str], row: str) -> bytes:
    """Return the stored secret with `value` replacing the same names.

    A secret that no key opens is dropped.
    """
    try:
        stored = unseal(sealed=sealed, row=row)
    except SecretUnreadable:
        stored = {}
    return seal(value=stored | value, row=row)


def row_of(account) -> str:
    return f"messaging.channelaccount.{account.pk}.secret"


def row_of_county(account) -> str:
    return f"delivery.countyaccount.{account.pk}.secret"


def _bound_to(row: str, key_id: bytes) -> bytes:
    return row.encode() + b"\x00" + key_id


def _ring() -> dict[bytes, bytes]:
    roots = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    info = b"jiaqiao.messaging.secrets"
    keys = [
        HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root.encode())
        for root in roots
    ]
    return {hashlib.sha256(b"id" + key).digest()[:KEY_ID_BYTES]: key for key in keys}

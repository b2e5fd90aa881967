"""Signatures and encryption of what WeChat and WeCom send us, as both document it.

The signature is SHA-1 over the sorted parts. The text is AES-256-CBC: 16 random bytes, the length of the
message (four bytes, big-endian), the message, the AppID or CorpID; padded to a multiple of 32 (PKCS#7).
"""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from delivery.channels.base import ReportRefused

BLOCK = 32  # bytes; the documentation pads to 32, not to the 16 of AES
RANDOM, LENGTH = 16, 4  # bytes in front of the message


def is_signed(given: str, *parts: str) -> bool:
    return hmac.compare_digest(signature_of(*parts).encode(), given.encode())


def signature_of(*parts: str) -> str:
    # SHA-1 is the provider's choice; nobody else knows the token among the parts.
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(text: str, aes_key: str, sender: str) -> str:
    """Encrypt a text so that only `sender`'s account can open it."""
    key, content = base64.b64decode(aes_key + "="), text.encode()
    plain = os.urandom(RANDOM) + len(content).to_bytes(LENGTH, "big") + content + sender.encode()
    missing = BLOCK - len(plain) % BLOCK
    sealer = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = sealer.update(plain + bytes([missing]) * missing) + sealer.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(encrypted: str, aes_key: str, receiver: str) -> str:
    """Return the message. Raises ReportRefused if it is not for `receiver` or does not open."""
    try:
        key = base64.b64decode(aes_key + "=")
        data = base64.b64decode(encrypted)
        opener = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = opener.update(data) + opener.finalize()
    except (ValueError, binascii.Error) as error:
        raise ReportRefused("cannot be decrypted") from error
    filled = plain[-1] if plain else 0
    body = plain[:-filled] if 1 <= filled <= BLOCK else b""
    start = RANDOM + LENGTH
    length = int.from_bytes(body[RANDOM:start], "big")
    message, whose = body[start : start + length], body[start + length :]
    if len(message) != length or whose.decode("utf-8", "replace") != receiver:
        raise ReportRefused("not for this account")
    return message.decode("utf-8", "replace")

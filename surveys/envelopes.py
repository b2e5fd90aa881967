"""What a tablet keeps of a child's form: sealed by its page (static/src/family/seat.js), opened only here.

The page of a seat gets the seat's own key and forgets it with the page; what lies on the tablet after that
is of no use to the next child. AES-GCM, a nonce of 12 bytes first, base64. Keys come from SECRET_KEY; an
older one of SECRET_KEY_FALLBACKS still opens what was sealed before.
"""

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.1


def key_of(seat_id: int) -> str:
    """For the page of this seat, and for no other: base64 of 32 bytes."""
    return base64.b64encode(_derived(settings.SECRET_KEY, seat_id)).decode()


def opened(seat_id: int, said: object) -> dict[str, Any] | None:
    """What the page of this seat said; None if no key of ours opens it. Anybody could have written what is
    not sealed: a browser that cannot seal, over plain http, keeps nothing.
    """
    if not isinstance(said, str):
        return None
    try:
        sealed = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        return None
    for root in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            plain = AESGCM(_derived(root, seat_id)).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None
            )
            found = json.loads(plain)
        except (InvalidTag, ValueError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _derived(root: str, seat_id: int) -> bytes:
    info = f"jiaqiao.surveys.seat.{seat_id}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(root.encode())

"""Envelopes: what a tablet keeps of a child's form, sealed by its page (family/sealed_taps.js).

Only the server opens them. The page gets the public key of the lesson and makes a key pair of its own, which
it forgets with the page. Nobody at the tablet can open what is stored there, whether the questions came over
the network or the tablet was made ready before (`boxes`).

ECDH on P-256, HKDF-SHA-256 over the page's public key, AES-GCM with the seat's token as additional data, so
that nobody can move a tap to another child. An envelope is base64 of the public key (65 bytes), the nonce
(12) and the sealed content. Private keys are derived from SECRET_KEY; older ones from SECRET_KEY_FALLBACKS
still open envelopes.
"""

import base64
import binascii
import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

CURVE = ec.SECP256R1()
POINT_BYTES = 65  # an uncompressed point of P-256: SEC 1, 2.3.3
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.1
# 64 bits more than the order of the curve, so that the remainder is evenly distributed: FIPS 186-5, A.2.1.
WIDE_BYTES = 40


def public_key(sitting_id: int) -> str:
    """Return the public key for the pages of this lesson: base64 of a point."""
    return base64.b64encode(point_of(_private(settings.SECRET_KEY, sitting_id))).decode()


def point_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def opened(sitting_id: int, token: str, said: object) -> dict[str, Any] | None:
    """Return what a page of this lesson said for the seat of `token`; None if no key of ours opens it.

    Anybody could have written what is not sealed. A browser that cannot seal, over plain http, keeps nothing.
    """
    if not isinstance(said, str):
        return None
    try:
        sealed = base64.b64decode(said, validate=True)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sealed[:POINT_BYTES])
    except (binascii.Error, ValueError):
        return None
    nonce, words = sealed[POINT_BYTES:][:NONCE_BYTES], sealed[POINT_BYTES + NONCE_BYTES :]
    for root in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        try:
            key = shared_key(_private(root, sitting_id), theirs, sealed[:POINT_BYTES])
            found = json.loads(AESGCM(key).decrypt(nonce, words, token.encode()))
        except (InvalidTag, ValueError):
            continue
        if isinstance(found, dict):
            return found
    return None


def shared_key(
    private: ec.EllipticCurvePrivateKey, public: ec.EllipticCurvePublicKey, page: bytes
) -> bytes:
    """Return the key of 32 bytes that lesson and page share; `page`: the page's public key."""
    shared = private.exchange(ec.ECDH(), public)
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=page).derive(shared)


@lru_cache(maxsize=256)
def _private(root: str, sitting_id: int) -> ec.EllipticCurvePrivateKey:
    info = f"jiaqiao.surveys.lesson.{sitting_id}".encode()
    wide = HKDF(algorithm=SHA256(), length=WIDE_BYTES, salt=None, info=info).derive(root.encode())
    return ec.derive_private_key(int.from_bytes(wide, "big") % (CURVE.group_order - 1) + 1, CURVE)

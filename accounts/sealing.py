"""Keys for what waits on a device: one pair for each person, derived whenever it is needed.

A signed-in person's page contains the public key. With it the page can seal data without a network, but
cannot read what it sealed (static/src/sealing.js). Only that person's own session gets the private key. ECDH
on P-256; the scalar is derived from SECRET_KEY by HKDF with 64 bits more than the order has, so that the
remainder is uniform (FIPS 186-5, A.2.1). A key of SECRET_KEY_FALLBACKS still opens what was sealed with it.
"""

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SCALAR_BYTES = 40
COORDINATE_BYTES = 32


def public_key_of(user_id: int) -> str:
    """Return the key that seals for this person now: base64url of X and Y, separated by a dot."""
    return _public(_pair(settings.SECRET_KEY, user_id))


def private_keys_of(user_id: int) -> dict[str, dict[str, str]]:
    """Return {public key: JWK (RFC 7517)}, for this person's session and nobody else."""
    roots = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = {}
    for root in roots:
        pair = _pair(root, user_id)
        public, scalar = _public(pair), pair.private_numbers().private_value
        x, y = public.split(".")
        keys[public] = {"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": _base64url(scalar)}
    return keys


@lru_cache(maxsize=1024)
def _pair(root: str, user_id: int) -> ec.EllipticCurvePrivateKey:
    info = f"jiaqiao.waiting.{user_id}".encode()
    derived = HKDF(algorithm=SHA256(), length=SCALAR_BYTES, salt=None, info=info)
    scalar = int.from_bytes(derived.derive(root.encode())) % (ORDER - 1) + 1
    return ec.derive_private_key(scalar, CURVE)


@lru_cache(maxsize=1024)
def _public(pair: ec.EllipticCurvePrivateKey) -> str:
    point = pair.public_key().public_numbers()
    return f"{_base64url(point.x)}.{_base64url(point.y)}"


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(COORDINATE_BYTES)).rstrip(b"=").decode()

"""The school's key pair (VAPID, RFC 8292), and the keys that a browser gives us."""

import base64
import binascii
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

AUTH_BYTES = 16
# Push services of current browsers. Nobody can make this server call another address.
SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)


def new_pair() -> tuple[str, str]:
    """Return private and public key in URL-safe base64, as browsers and py_vapid expect them."""
    private = ec.generate_private_key(ec.SECP256R1())
    number = private.private_numbers().private_value.to_bytes(32, "big")
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return _words(number), _words(point)


def is_service(endpoint: str, other: str = "") -> bool:
    """Return whether a browser may give this address. `other`: a push service in the school's own network."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if other and f"{parts.scheme}://{parts.netloc}" == other.rstrip("/"):
        return True
    host = (parts.hostname or "").lower()
    is_known = any(host == one or host.endswith(f".{one}") for one in SERVICES)
    return parts.scheme == "https" and port in (None, 443) and is_known


def are_keys(p256dh: str, auth: str) -> bool:
    """Check for a point of the curve and 16 bytes: anything else would fail when we send."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
        return len(_bytes(auth)) == AUTH_BYTES
    except (ValueError, binascii.Error):
        return False


def _words(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(words: str) -> bytes:
    return base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))

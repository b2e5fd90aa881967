"""A browser's push service (RFC 8030) with the browser behind it: checks the signature (RFC 8292) and opens
what came with the browser's own keys (RFC 8291).
"""

import base64
import json
import time
from typing import Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from core import clock
from delivery.channels.push.keys import new_pair
from delivery.models import PushSubscription
from guardians.actions import link_contact_point
from tests.providers.server import Asked, Provider, Say

AUTH = b"sixteen bytes ok"


class Push(Provider):
    """`says` by status: 201 where it goes well. One browser, at `/push/1`."""

    def __init__(self) -> None:
        super().__init__()
        self.default = Say(status=201)
        private, self.public_key = new_pair()
        self.secret = {"private_key": private}
        self._own = ec.generate_private_key(ec.SECP256R1())

    def config(self, **more) -> dict:
        return {
            "public_key": self.public_key,
            "endpoint": self.url,
            "timeout_seconds": 1,
            **more,
        }

    @property
    def browser(self) -> dict[str, str]:
        """As `PushSubscription.toJSON()` of a browser tells it."""
        point = self._own.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"endpoint": f"{self.url}/push/1", "p256dh": _words(point), "auth": _words(AUTH)}

    def switched_on(self, account, adult, address: str = "screen") -> PushSubscription:
        point = link_contact_point(
            adult=adult, kind="push", address=address, linked_from="", at=clock.now()
        )
        return PushSubscription.objects.create(
            school=account.school,
            account=account,
            point=point,
            created_at=clock.now(),
            **self.browser,
        )

    def answer(self, asked: Asked):
        say = self.next_say()
        if problem := self._problem(asked):
            self.refused.append(problem)
            return 403, {"reason": problem}, Say()
        if say.status == 201 and (say.takes is None or say.takes):
            told = self._opened(asked.body)
            self.take(told["tag"], asked.path, asked.headers["topic"], told)
        return say.status, {}, say

    def _opened(self, body: bytes) -> dict[str, Any]:
        plain = http_ece.decrypt(body, private_key=self._own, auth_secret=AUTH, version="aes128gcm")
        return json.loads(plain)

    def _problem(self, asked: Asked) -> str:
        scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme.lower() != "vapid" or parts.get("k") != self.public_key:
            return "not the key for which the browser signed up"
        head, claims, signature = parts["t"].split(".")
        if not _is_signed(f"{head}.{claims}".encode(), _bytes(signature), parts["k"]):
            return "signature"
        told = json.loads(_bytes(claims))
        if told["aud"] != self.url or not told["sub"].startswith("mailto:"):
            return "claims"
        if not time.time() < told["exp"] <= time.time() + 24 * 3600:
            return "exp"
        if asked.headers.get("content-encoding") != "aes128gcm" or "ttl" not in asked.headers:
            return "headers"
        return "topic" if len(asked.headers.get("topic", "")) > 32 else ""


def _is_signed(data: bytes, signature: bytes, key: str) -> bool:
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(key))
    pair = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        public.verify(encode_dss_signature(*pair), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _words(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(words: str) -> bytes:
    return base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))

"""A gateway that calls, as the README of delivery/channels/voice_gateway describes it: PUT, GET and DELETE of
a call by our key, and events that it signs and posts. Its phones do what a test tells them.
"""

import hashlib
import hmac
import json
import time
from typing import Any

from tests.providers.server import Asked, Provider, Say

TOKEN, HOOK = "our-key-there", "its-secret"


class Voice(Provider):
    """`calls` holds by key what was placed, `events` what has happened in each, `hung_up` what we ended."""

    secret = {"token": TOKEN, "hook": HOOK}

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.hung_up: list[str] = []
        self.hang_up_takes = 0.0  # seconds

    def config(self, **more) -> dict:
        return {"url": self.url, "timeout_seconds": 1, **more}

    def answer(self, asked: Asked):
        say = self.next_say() if asked.method == "PUT" else Say()
        key = asked.path.removeprefix("/calls/")
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            self.refused.append("token")
            return 401, {"error": "token"}, say
        if asked.method == "GET":
            known = self.calls.get(key)
            if known is None:
                return 404, {"error": "not_there"}, say
            return 200, {"call": key, "events": self.events.get(key, [])}, say
        if asked.method == "DELETE":
            self.hung_up.append(key)
            return (202 if key in self.calls else 404), {"call": key}, Say(delay=self.hang_up_takes)
        is_taken = say.takes if say.takes is not None else not say.code and say.status == 200
        if is_taken and key not in self.calls:
            body = json.loads(asked.body)
            self.calls[key] = body
            own = body["legs"][1] if "legs" in body else body
            self.take(key, own["to"], "", own["script"])
        return say.status, {"error": say.code} if say.code else {"call": key}, say

    def happens(self, key: str, event: str, **more) -> dict[str, Any]:
        """Something happens in a call; nobody is told yet."""
        events = self.events.setdefault(key, [])
        events.append({"number": len(events) + 1, "event": event, **more})
        return {"call": key, **events[-1]}

    @staticmethod
    def post(client, account, events, *, secret: str = HOOK, at: float | None = None):
        """Tell us, signed as the contract says."""
        body = json.dumps({"events": events}).encode()
        written = str(int(at if at is not None else time.time()))
        signature = hmac.new(secret.encode(), f"{written}.".encode() + body, hashlib.sha256)
        return client.post(
            f"/hooks/{account.pk}/{account.hook_key}/",
            body,
            content_type="application/json",
            headers={"x-jiaqiao-time": written, "x-jiaqiao-signature": signature.hexdigest()},
        )

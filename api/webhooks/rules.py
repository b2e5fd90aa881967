"""What a webhook message contains, how it is signed, and when it is tried again. Pure.

Signatures follow Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over key, time and body.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime, timedelta

SECRET_PREFIX = "whsec_"  # noqa: S105 – how it begins, no secret
SECRET_BYTES = 32
# The first attempt is immediate, the others follow after these pauses; the last is three days later.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=21),
)
LONGEST_PAUSE = timedelta(days=1)  # however long the receiver asks us to wait
FORMER_SECRET_HOLDS = timedelta(hours=24)  # after renewal: the receiver switches over
KEPT = timedelta(days=30)  # in the log, after it was delivered or given up


def body_of(event: str, happened_at: datetime, school_id: int) -> bytes:
    """Return a body that does not say what changed.

    The receiver fetches it with its token and gets what the token allows.
    """
    told = {
        "type": event,
        "timestamp": happened_at.astimezone().isoformat(timespec="milliseconds"),
        "data": {"school": str(school_id)},
    }
    return json.dumps(told, separators=(",", ":")).encode()


def headers_of(key: str, at: datetime, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    return {
        "Content-Type": "application/json",
        "webhook-id": key,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signature(one, key, seconds, body) for one in secrets),
    }


def signature(secret: str, key: str, seconds: str, body: bytes) -> str:
    signed = f"{key}.{seconds}.".encode() + body
    raw = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(raw, signed, hashlib.sha256)).decode()


def next_attempt_at(attempts: int, at: datetime, asked: float | None) -> datetime | None:
    """Return when to try again after `attempts` failed attempts; None to give up.

    `asked` is the number of seconds that the receiver wants us to wait.
    """
    if attempts > len(PAUSES):
        return None
    # A receiver may ask for more seconds than a timedelta holds.
    wanted = timedelta(seconds=min(asked or 0, LONGEST_PAUSE.total_seconds()))
    return at + max(PAUSES[attempts - 1], wanted)

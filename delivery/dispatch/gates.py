"""Accounts whose provider said "not before …".

They are closed for all threads of this process at once, for other processes through Redis within a fraction
of a second and, without Redis, by the account's health row.
"""

import time

from delivery.dispatch.redis_link import answer_of
from delivery.rules import RETRY_AFTER_AT_MOST_SECONDS

LOOK_AGAIN_SECONDS = 0.2  # seconds; how late we may notice what other processes have closed

_closed_until: dict[int, float] = {}  # by account, on this process's clock
_looked_at: dict[int, float] = {}


def close(account_id: int | None, seconds: float | None) -> None:
    if account_id is None or not seconds:
        return
    seconds = min(seconds, RETRY_AFTER_AT_MOST_SECONDS)
    _closed_until[account_id] = max(_closed_until.get(account_id, 0.0), time.monotonic() + seconds)
    answer_of(lambda redis: redis.set(_name(account_id), 1, px=int(seconds * 1000)))


def is_closed(account_id: int | None) -> bool:
    return seconds_left(account_id) > 0


def seconds_left(account_id: int | None) -> float:
    """Return the seconds until the provider may be called again; 0 if it may be called now."""
    if account_id is None:
        return 0.0
    now = time.monotonic()
    if now - _looked_at.get(account_id, -LOOK_AGAIN_SECONDS) >= LOOK_AGAIN_SECONDS:
        _looked_at[account_id] = now
        milliseconds = answer_of(lambda redis: redis.pttl(_name(account_id))) or 0
        if milliseconds > 0:
            until = now + milliseconds / 1000
            _closed_until[account_id] = max(_closed_until.get(account_id, 0.0), until)
    return max(_closed_until.get(account_id, 0.0) - now, 0.0)


def _name(account_id: int) -> str:
    return f"messaging:gate:{account_id}"

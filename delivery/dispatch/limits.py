"""The provider's limit on requests: a token bucket in Redis, shared by all workers.

Losing Redis allows one burst and loses nothing. While Redis is away, each process keeps to its share.
"""

import threading
import time

from delivery.channels.base import Account, Rate
from delivery.channels.registry import CHANNELS
from delivery.dispatch.redis_link import answer_of

PATIENCE_SECONDS = 0.25  # seconds; for a longer wait the message goes back to the outbox
SHARES_WITHOUT_REDIS = 4  # processes that send in parallel, as installed (SENDER_CONCURRENCY)

# KEYS: the bucket. ARGV: tokens a second, maximum tokens, tokens wanted. Returns the tokens granted.
TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local rate, most, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or most
local since = math.max(0, now - (tonumber(bucket[2]) or now))
tokens = math.min(most, tokens + since * rate)
local granted = math.min(wanted, math.floor(tokens))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(most / rate * 1000) + 1000)
return granted
"""

_lock = threading.Lock()
_own: dict[str, tuple[float, float]] = {}  # name → tokens, time; this process's share


def take(account: Account, wanted: int) -> tuple[int, float]:
    """Return how many requests may be sent now, and the seconds until the next one may."""
    rate = rate_of(account)
    if rate is None:
        return wanted, 0.0
    name = f"messaging:rate:{rate.name}"
    granted = answer_of(
        lambda redis: redis.eval(TAKE, 1, name, str(rate.per_second), rate.burst, wanted)
    )
    if granted is None:  # Redis is away
        per_second = rate.per_second / SHARES_WITHOUT_REDIS
        most = max(rate.burst / SHARES_WITHOUT_REDIS, 1.0)
        now = time.monotonic()
        with _lock:
            tokens, at = _own.get(rate.name, (1.0, now))  # not every process may start with a burst
            tokens = min(most, tokens + (now - at) * per_second)
            granted = min(wanted, int(tokens))
            _own[rate.name] = tokens - granted, now
    return int(granted), 1 / rate.per_second


def rate_of(account: Account) -> Rate | None:
    of = getattr(CHANNELS[account.kind], "rate_of", None)
    return of(account) if of else None

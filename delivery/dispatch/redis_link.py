"""Redis for data that we may lose: returns an answer, or None at once while Redis is away."""

import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings

ANSWERS_WITHIN_SECONDS = 0.25
# Seconds without another try, so that a dead Redis does not slow down every message.
AWAY_SECONDS = 2.0

_lock = threading.Lock()
_links: dict[str, redis.Redis] = {}
_away_until = 0.0


def answer_of(act: Callable[[redis.Redis], Any]) -> Any:
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        with _lock:
            if settings.REDIS_URL not in _links:
                _links[settings.REDIS_URL] = redis.Redis.from_url(
                    settings.REDIS_URL,
                    socket_timeout=ANSWERS_WITHIN_SECONDS,
                    socket_connect_timeout=ANSWERS_WITHIN_SECONDS,
                )
            link = _links[settings.REDIS_URL]
        return act(link)
    except redis.RedisError:
        _away_until = time.monotonic() + AWAY_SECONDS
        return None

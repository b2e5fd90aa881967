"""A cache whose loss nobody notices: if it does not answer, nothing counts as cached."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow

logger = logging.getLogger(__name__)


def _or(answer_of: Callable, method: Callable) -> Callable:
    @wraps(method)
    def forgiving(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except (RedisAway, RedisSlow):
            logger.warning("The cache does not answer.")
            return answer_of(*args, **kwargs)

    return forgiving


class OneClient(RedisCacheClient):
    """A client that is created once. Django creates one for each command, which takes longer than the
    command.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._clients: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if write not in self._clients:
            self._clients[write] = super().get_client(key, write=write)
        return self._clients[write]


class ForgivingRedisCache(RedisCache):
    """A cache that survives without Redis: then nothing is kept and nothing is found.

    Counting starts at one each time, so that nobody is locked out and no page fails.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient

    get = _or(lambda key, default=None, version=None: default, RedisCache.get)
    set = _or(lambda *args, **kwargs: None, RedisCache.set)
    add = _or(lambda *args, **kwargs: True, RedisCache.add)
    touch = _or(lambda *args, **kwargs: False, RedisCache.touch)
    delete = _or(lambda *args, **kwargs: False, RedisCache.delete)
    incr = _or(lambda key, delta=1, version=None: delta, RedisCache.incr)
    get_many = _or(lambda *args, **kwargs: {}, RedisCache.get_many)
    set_many = _or(lambda *args, **kwargs: [], RedisCache.set_many)
    delete_many = _or(lambda *args, **kwargs: None, RedisCache.delete_many)
    has_key = _or(lambda *args, **kwargs: False, RedisCache.has_key)
    clear = _or(lambda *args, **kwargs: False, RedisCache.clear)

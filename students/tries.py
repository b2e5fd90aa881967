"""How often somebody may guess at the pupils' door, counted for a class code and an address.

A class code that does not exist is counted like any other. Without Redis nobody is kept out: the
way to an adult is worth more than the limit.
"""

import structlog
from django.core.cache import cache
from redis import RedisError

WRONG_TRIES = 10
WAIT_MINUTES = 10  # long enough to end guessing (12⁴ codes), short enough for a child to come back

log = structlog.get_logger(__name__)


def _key(door_code: str, ip: str) -> str:
    return f"pupil-door:{door_code}:{ip}"


def must_wait(door_code: str, ip: str) -> bool:
    try:
        return (cache.get(_key(door_code, ip)) or 0) >= WRONG_TRIES
    except RedisError:
        log.warning("pupil_door_uncounted")
        return False


def note_wrong(door_code: str, ip: str) -> None:
    """One more wrong try; the wait begins with the last of them."""
    key = _key(door_code, ip)
    try:
        cache.add(key, 0, WAIT_MINUTES * 60)
        cache.incr(key)
        cache.touch(key, WAIT_MINUTES * 60)
    except (RedisError, ValueError):  # ValueError: it ran out between the two calls
        log.warning("pupil_door_uncounted")


def forget(door_code: str, ip: str) -> None:
    try:
        cache.delete(_key(door_code, ip))
    except RedisError:
        log.warning("pupil_door_uncounted")

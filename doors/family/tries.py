"""How often one address of the net may ask and guess at the family's door.

Without Redis nobody is kept out: the limits for each phone and slip stand in the database.
"""

from django.core.cache import cache
from django.http import HttpRequest
from redis import RedisError

ASKS_PER_HOUR = 30  # requests for a link or code from one address of the net; a factory shares one
GUESSES_PER_HOUR = 60  # wrong codes and slips from one address of the net


def asks_too_often(request: HttpRequest) -> bool:
    return _count(request, "family-sign-in") > ASKS_PER_HOUR


def guesses_too_often(request: HttpRequest) -> bool:
    """Only wrong guesses count: a parents' evening shares one address of the net, and guesses right."""
    try:
        return (cache.get(_key(request, "family-guess")) or 0) >= GUESSES_PER_HOUR
    except RedisError:
        return False


def note_wrong_guess(request: HttpRequest) -> None:
    _count(request, "family-guess")


def _key(request: HttpRequest, what: str) -> str:
    return f"{what}:{request.META.get('REMOTE_ADDR', '')}"


def _count(request: HttpRequest, what: str) -> int:
    key = _key(request, what)
    try:
        cache.add(key, 0, timeout=3600)
        return cache.incr(key)
    except (RedisError, ValueError):
        return 0

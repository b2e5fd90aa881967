"""Tasks that need more than one floor."""

from celery import shared_task
from redis import RedisError

from accounts import clock
from homeschool import health
from messaging import actions, queries
from messaging.models import Trouble


@shared_task(name="homeschool.watch_operation")
def watch_operation() -> int:
    """Woken by beat, and by the worker while beat is silent."""
    at = clock.now()
    seen = [*queries.troubles_now(at)]
    if _beat_is_silent():
        seen.append(queries.Seen("beat", Trouble.Kind.BEAT, None, at))
    return actions.watch(seen=seen, at=at)


def _beat_is_silent() -> bool:
    try:
        return not health.is_alive("beat")
    except RedisError:  # then nobody knows
        return False

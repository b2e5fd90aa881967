"""Tasks that need more than one floor."""

import structlog
from celery import shared_task
from django.db import connection
from redis import RedisError

from accounts import clock
from homeschool import health
from messaging import actions, queries
from messaging.models import Trouble

log = structlog.get_logger(__name__)
SILENT = {
    "beat": Trouble.Kind.BEAT,
    "sender": Trouble.Kind.SENDER,
    "worker": Trouble.Kind.WORKER,
}


@shared_task(name="homeschool.watch_operation")
def watch_operation() -> int:
    """Run by beat itself (`watch_now`), and by a worker while beat is silent."""
    at = clock.now()
    silent = [
        queries.Seen(name, kind, None, at) for name, kind in SILENT.items() if _is_silent(name)
    ]
    return actions.watch(seen=[*queries.troubles_now(at), *silent], at=at)


def watch_now() -> None:
    """In the process that asks. Whatever is away just now, the next look comes in a minute."""
    try:
        watch_operation()
    except Exception:
        log.exception("watch_failed")
    finally:
        connection.close()


def _is_silent(process: str) -> bool:
    """A sender that never ends a drain is as one that is gone."""
    try:
        if process == "sender" and not health.is_lately(health.drained_seconds_ago()):
            return True
        return not health.is_alive(process)
    except RedisError:  # then nobody knows
        return False

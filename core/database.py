"""The meaning of database errors, in one place for all code that waits for the database or reports them; and
locks.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg2
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection

AGAIN_SECONDS = 0.3  # between two attempts while the database is away
AWAY = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


def is_away(error: BaseException | None) -> bool:
    """Return whether the database is gone, full or has no connection left, so that the same may work in a
    moment.

    If a server crashes while it answers, psycopg2 raises a plain DatabaseError ("server closed the connection
    unexpectedly"), as it does for much else; the state of the connection tells these apart.
    """
    if isinstance(error, AWAY):
        return True
    raw = connection.connection
    is_connected = raw is not None and not raw.closed
    return isinstance(error, DatabaseError | psycopg2.DatabaseError) and not is_connected


def once_back(act: Callable[[], Result], within: float) -> Result:
    """Run `act`, which must be safe to run twice, again and again for `within` seconds as long as the
    database is away.

    Within a transaction of the caller the first error is raised, because what was written before is lost too.
    """
    until = time.monotonic() + within
    while True:
        try:
            return act()
        except Exception as error:
            if not is_away(error) or connection.in_atomic_block or time.monotonic() > until:
                raise
            connection.close()
            time.sleep(AGAIN_SECONDS)


def run_step(step: Callable[..., Result], *arguments: object) -> Result | None:
    """Run one step of a task that has many, and return None if it fails.

    The failure is logged and the step tried again by the next run, without holding up the other steps. An
    error is raised only if the database is away or the task's time is up.
    """
    try:
        return step(*arguments)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        if is_away(error):
            raise
        keys = [one if isinstance(one, int) else getattr(one, "pk", None) for one in arguments]
        log.exception(
            "step_failed",
            step=f"{step.__module__}.{step.__name__}",
            about=[key for key in keys if key is not None],
        )
        return None


@contextmanager
def lock(space: int, number: int) -> Iterator[bool]:
    """Yield True if nobody else has the lock. It ends with the connection, so a dead process holds none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, number])
        is_mine = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, number])
            except Error:
                connection.close()  # this also releases the lock

"""What an error of the database means, asked in one place by all who wait for it or tell of it; locks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg2
import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, Error, InterfaceError, OperationalError, connection

AGAIN_SECONDS = 0.3  # between two tries while the database is away
AWAY = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
Result = TypeVar("Result")
log = structlog.get_logger(__name__)


def is_away(error: BaseException | None) -> bool:
    """Whether the database is gone, full or has no connection left: the same may work in a moment.

    A server that crashes while it answers is reported by psycopg2 as a plain DatabaseError ("server closed
    the connection unexpectedly"), as much else is; the connection tells them apart.
    """
    if isinstance(error, AWAY):
        return True
    raw = connection.connection
    is_connected = raw is not None and not raw.closed
    return isinstance(error, DatabaseError | psycopg2.DatabaseError) and not is_connected


def once_back(act: Callable[[], Result], within: float) -> Result:
    """Does `act`, which may be done twice; while the database is away again and again, for `within` seconds.

    In a transaction of the caller's the first error is raised: what was written before it is lost, too.
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


def alone(step: Callable[..., Result], *arguments: object) -> Result | None:
    """One step of a task that goes through many. What cannot be worked on is logged and tried again by the
    next run, and the rest does not wait for it: None.
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
    """True: nobody else has it. It goes with the connection: a dead process holds none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, number])
        is_mine = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine:
            _unlock(space, number)


def _unlock(space: int, number: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, number])
    except Error:
        connection.close()  # and the lock with it

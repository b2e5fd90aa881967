"""How many drains run side by side: few while schools are open, so that pages stay quick."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from messaging import rules

LOCKS = 0x6A71  # the first half of our advisory locks; the second is the slot's number


@contextmanager
def slot(at: datetime) -> Iterator[bool]:
    """True: a drain may run now. A lock of the connection: a dead worker's slot is free at once."""
    most = rules.drains_at_once(timezone.localtime(at), settings.DRAINS_AT_ONCE)
    taken = next((number for number in range(most) if _take(number)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            _give_back(taken)


def _take(number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, number])
        return cursor.fetchone()[0]


def _give_back(number: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, number])
    except Error:
        connection.close()  # and the lock with it

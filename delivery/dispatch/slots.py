"""Limits how many drains run in parallel: few while schools are open, so that pages stay fast."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from enum import IntEnum, unique

from django.conf import settings
from django.utils import timezone

from core.database import lock
from delivery import rules

LOCKS = 0x6A71  # first half of our advisory locks; the second half is the slot's number


@unique  # two tasks with one number would keep each other from running
class OnlyOne(IntEnum):
    """Tasks that wait for other servers. Their numbers are beyond all slots."""

    FETCH_MEDIA = 1001
    MATCH_WECOM = 1002
    GATHER_RECEIPTS = 1003
    HANG_UP = 1004


@contextmanager
def slot(at: datetime) -> Iterator[bool]:
    """Yield whether a drain may run now. The connection holds the lock, so a dead worker's slot is free at
    once.
    """
    most = rules.drains_at_once(timezone.localtime(at), settings.DRAINS_AT_ONCE)
    with ExitStack() as held:
        yield any(held.enter_context(lock(LOCKS, number)) for number in range(most))


@contextmanager
def only_one(task: OnlyOne) -> Iterator[bool]:
    """Yield whether no other process is doing the same, so that a task that waits for another server occupies
    one place.
    """
    with lock(LOCKS, task) as is_mine:
        yield is_mine

"""Our changes to Celery's worker, which never goes on running without hearing its queue."""

import logging
import os
import signal

from celery.signals import task_received
from celery.worker import request, state

logger = logging.getLogger(__name__)

DEAF_SECONDS = 60  # tasks wait and this worker, which has nothing to do, takes none


class Request(request.Request):
    """A task that breaks the connection if its acknowledgement does not get through.

    Celery logs that and goes on. Each such task occupies one of the places of what the worker may hold at
    once. When all are occupied, it stops reading from Redis, so that it never notices the loss and takes no
    more tasks. A new connection starts with all places free.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{**kwargs, "connection_errors": ()})


class Hearing:
    """Detects that tasks are waiting that this worker does not take, for whatever reason."""

    def __init__(self) -> None:
        self._nothing_since: float | None = None
        task_received.connect(self._heard)

    def _heard(self, **_: object) -> None:
        self._nothing_since = None

    def is_lost(self, waiting: int, now: float) -> bool:
        """Return whether the worker is deaf. Called every few seconds.

        `waiting`: tasks in the queue. `now`: seconds of a monotonic clock.
        """
        if state.reserved_requests or not waiting:
            self._nothing_since = None
        elif self._nothing_since is None:
            self._nothing_since = now
        return self._nothing_since is not None and now - self._nothing_since >= DEAF_SECONDS


def end_for_another() -> None:
    """End this worker politely: current work is finished.

    Compose, or another supervisor, starts a new one.
    """
    logger.critical("Tasks wait and none was taken for %s seconds: this worker ends", DEAF_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)

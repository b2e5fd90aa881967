"""What a worker of ours does otherwise than Celery's: it never goes on without hearing its queue."""

import logging
import os
import signal

from celery.signals import task_received
from celery.worker import request, state

logger = logging.getLogger(__name__)

DEAF_SECONDS = 60  # tasks wait and this worker, with nothing in its hands, takes none


class Request(request.Request):
    """A task whose acknowledgement does not get through breaks the connection.

    Celery logs it and goes on. Each such task keeps a place of what the worker may hold at once; when all
    are kept, it stops reading from Redis, so that it never notices the loss and takes no task any more.
    A new connection starts with all places free.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{**kwargs, "connection_errors": ()})


class Hearing:
    """Whether tasks wait that this worker does not take, for whatever reason."""

    def __init__(self) -> None:
        self._nothing_since: float | None = None
        task_received.connect(self._heard)

    def _heard(self, **_: object) -> None:
        self._nothing_since = None

    def is_lost(self, waiting: int, now: float) -> bool:
        """Asked every few seconds: `waiting` tasks in the queue, `now` of a monotonic clock in seconds."""
        if state.reserved_requests or not waiting:
            self._nothing_since = None
        elif self._nothing_since is None:
            self._nothing_since = now
        return self._nothing_since is not None and now - self._nothing_since >= DEAF_SECONDS


def end_for_another() -> None:
    """Politely: what is still in hand is finished. Compose, or whoever supervises, starts another worker."""
    logger.critical("Tasks wait and none was taken for %s seconds: this worker ends", DEAF_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)

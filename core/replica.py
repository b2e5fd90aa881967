"""Let pages of figures read from a replica that lags slightly behind the database (DATABASE_REPLICA_URL).

    @staff_required(Permission.VIEW_DASHBOARD)
    @reads_from_replica
    def school_dashboard(request): ...

The main database decides first who may open the page. A replica that lags more than MOST_BEHIND_SECONDS, or
does not answer, is not used: the main database answers, as it does without a replica.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse

from core.per_page import READING

ALIAS = "replica"
MOST_BEHIND_SECONDS = 10
LOOK_AGAIN_SECONDS = 5  # how often a process checks the lag
# Which cluster this is, and how far it has written.
WRITTEN = "SELECT system_identifier, pg_current_wal_lsn() FROM pg_control_system()"
# Whether the replica follows, and follows this cluster (positions of two clusters cannot be compared, and a
# restore starts a new cluster); whether it has everything that the main database had written a moment ago;
# and if not, how old its latest data is.
HOW_FAR = """
SELECT pg_is_in_recovery() AND system_identifier = %s, pg_last_wal_replay_lsn() >= %s::pg_lsn,
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
FROM pg_control_system()
"""
# Beginnings of SQLSTATE: the connection broke, or the replica cancelled a query to continue following or to
# shut down. Without a code, the driver lost the connection. A query that took too long is not among them: the
# main database would cancel it too.
GAVE_UP = ("08", "40", "57P")
# A replica that follows has what was written a moment ago within this many checks, this many seconds apart.
LOOKS, APART = 4, 0.02

View = Callable[..., HttpResponse]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Look:
    """The result of a check.

    `behind` is in seconds; None if the replica does not answer or does not follow.
    """

    at: float  # of the monotonic clock
    behind: float | None


_last = _Look(-LOOK_AGAIN_SECONDS, None)
_looking = threading.Lock()
_alias: ContextVar[str] = ContextVar("database to read from", default=DEFAULT_DB_ALIAS)
_behind: ContextVar[float] = ContextVar("seconds behind", default=0.0)


class Router:
    """For DATABASE_ROUTERS: send writes, and reads outside such pages, to the main database."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == ALIAS else None


def alias() -> str:
    return _alias.get()


def reading() -> BaseDatabaseWrapper:
    """Return the connection for our own SELECT statements."""
    return connections[_alias.get()]


@contextmanager
def from_main() -> Iterator[None]:
    """Read from the main database inside a page that reads from the replica: for what every page shows, and
    what decides who sees whom.
    """
    token = _alias.set(DEFAULT_DB_ALIAS)
    try:
        yield
    finally:
        _alias.reset(token)


def as_of(at: datetime) -> datetime:
    """Return the instant whose state is shown on a page that was requested at `at`."""
    return at - timedelta(seconds=_behind.get())


def is_there() -> bool:
    """Return whether this server has a replica."""
    return ALIAS in connections.settings


def seconds_behind() -> float | None:
    """Query both databases and return the lag; None if the replica does not answer or does not follow."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(WRITTEN)
        written = cursor.fetchone()
    try:
        with connections[ALIAS].cursor() as cursor:
            for look in range(LOOKS):
                time.sleep(APART * min(look, 1))
                cursor.execute(HOW_FAR, written)
                follows, has_all, age = cursor.fetchone()
                if has_all or not follows:
                    break
    except Error as error:
        log.warning("replica_away", error=str(error).strip())
        connections[ALIAS].close()
        return None
    if not follows:
        log.error("replica_follows_nothing")
        return None
    return 0.0 if has_all else float(age if age is not None else MOST_BEHIND_SECONDS + 1)


def reads_from_replica(view: View) -> View:
    """Decorate a view that only reads, below the decorator that decides who may open it."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        behind = _known_behind() if is_there() and request.method in READING else None
        if behind is None or behind > MOST_BEHIND_SECONDS:
            return view(request, *args, **kwargs)
        try:
            with _from_copy(behind):
                return view(request, *args, **kwargs)
        except Error as error:
            state = getattr(error.__cause__, "pgcode", None)
            if state and not state.startswith(GAVE_UP):
                raise
            # It has gone away in the meantime, or cancelled a query to continue following.
            log.warning("replica_failed", error=str(error).strip())
            connections[ALIAS].close()
            _remember(None)
            return view(request, *args, **kwargs)

    return answer


def _known_behind() -> float | None:
    """Return the lag in seconds from a check at most LOOK_AGAIN_SECONDS old.

    While one thread checks, others do not use the replica, so that a replica that hangs holds up only that
    thread.
    """
    if time.monotonic() - _last.at >= LOOK_AGAIN_SECONDS and _looking.acquire(blocking=False):
        try:
            _remember(None)
            _remember(seconds_behind())
        finally:
            _looking.release()
    return _last.behind


def _remember(behind: float | None) -> None:
    global _last
    _last = _Look(time.monotonic(), behind)


@contextmanager
def _from_copy(behind: float) -> Iterator[None]:
    tokens = _alias.set(ALIAS), _behind.set(behind)
    try:
        yield
    finally:
        _alias.reset(tokens[0])
        _behind.reset(tokens[1])

"""Pages of figures may read from a copy of the database that follows a moment behind (DATABASE_REPLICA_URL).

    @staff_required(Permission.VIEW_DASHBOARD)
    @reads_from_replica
    def school_dashboard(request): ...

Who may open the page is decided before, by the main database. A copy that is more than MOST_BEHIND_SECONDS
behind, or does not answer, is left alone: the main database answers then, as it does without one.
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
LOOK_AGAIN_SECONDS = 5  # between two looks of a process at how far behind it is
# Whether it follows at all; whether it has everything that the main database had written a moment ago; and if
# not, the age of the newest that it has.
HOW_FAR = """
SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() >= %s::pg_lsn,
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
"""

View = Callable[..., HttpResponse]
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Look:
    """`behind`: in seconds; None: it does not answer, or is no copy that follows."""

    at: float  # of the monotonic clock
    behind: float | None


_last = _Look(-LOOK_AGAIN_SECONDS, None)
_looking = threading.Lock()
_alias: ContextVar[str] = ContextVar("database to read from", default=DEFAULT_DB_ALIAS)
_behind: ContextVar[float] = ContextVar("seconds behind", default=0.0)


class Router:
    """In DATABASE_ROUTERS: what is written, and what is read elsewhere, goes to the main database."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return _alias.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


def reading() -> BaseDatabaseWrapper:
    """The connection for a SELECT of our own."""
    return connections[_alias.get()]


def as_of(at: datetime) -> datetime:
    """The instant whose state a page shows that was asked for at `at`."""
    return at - timedelta(seconds=_behind.get())


def is_there() -> bool:
    """Whether this server has one."""
    return ALIAS in connections.settings


def seconds_behind() -> float | None:
    """Asks both databases; None where the copy does not answer or does not follow."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn()")
        written = cursor.fetchone()[0]
    try:
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(HOW_FAR, [written])
            follows, has_all, age = cursor.fetchone()
    except Error as error:
        log.warning("replica_away", error=str(error).strip())
        connections[ALIAS].close()
        return None
    if not follows:
        log.error("replica_follows_nothing")
        return None
    return 0.0 if has_all else float(age if age is not None else MOST_BEHIND_SECONDS + 1)


def reads_from_replica(view: View) -> View:
    """Over a view that only reads, below the one that decides who may open it."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        behind = _known_behind() if is_there() and request.method in READING else None
        if behind is None or behind > MOST_BEHIND_SECONDS:
            return view(request, *args, **kwargs)
        try:
            with _from_copy(behind):
                return view(request, *args, **kwargs)
        except Error as error:
            # It went away meanwhile, or gave a long question up to follow on.
            log.warning("replica_failed", error=str(error).strip())
            connections[ALIAS].close()
            _remember(None)
            return view(request, *args, **kwargs)

    return answer


def _known_behind() -> float | None:
    """In seconds, by a look that is LOOK_AGAIN_SECONDS old at most; while one thread looks, others go by the
    one before.
    """
    if time.monotonic() - _last.at >= LOOK_AGAIN_SECONDS and _looking.acquire(blocking=False):
        try:
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

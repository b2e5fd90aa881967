"""The schools whose rows PostgreSQL shows to a request or task: the second wall, behind the apps' policies.

Each table with a school has a row-level security policy (homeschool.walls): a role that does not own the
table sees rows of the schools listed in `jiaqiao.schools`, and no row if the list is empty. What the list
should be is stored here, in Python, for the current request or task. Before each statement a connection
compares it with what it last sent to PostgreSQL, and sends it if it differs. So nothing has to be reset: a
connection that another request used, or whose request ended with an error, shows the next request only what
that one may see.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from psycopg2 import extensions

ALL = "all"
NOWHERE = ""
SAYING = "SET jiaqiao.schools = '{}'"
# These work, or fail, as always: in a transaction that has failed, no SET is possible.
OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
# Statements that may share a message with the SET; both then run as one transaction.
SAID_WITH = ("SELECT ", "EXECUTE ", "INSERT ", "UPDATE ", "DELETE ")

_schools: ContextVar[str | None] = ContextVar("schools", default=None)
_of_process = NOWHERE


def password_of(kind: str) -> str:
    """Return the password of a database role; it is derived from SECRET_KEY, so nobody has to store it."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"database role {kind}".encode(), hashlib.sha256).hexdigest()


def work_for_every_school() -> None:
    """Allow a process, and the threads it starts, to reach all schools: a worker, whose tasks never belong to
    one school.
    """
    global _of_process
    _of_process = ALL


def reached() -> str:
    """Return the primary keys of schools, separated by commas; or ALL; or NOWHERE."""
    schools = _schools.get()
    return _of_process if schools is None else schools


@contextmanager
def within(schools: Iterable[int]) -> Iterator[None]:
    """Reach only rows of these schools, given by their keys."""
    token = _schools.set(_named(schools))
    try:
        yield
    finally:
        _schools.reset(token)


@contextmanager
def every_school(because: str) -> Iterator[None]:
    """Reach rows of all schools, as a block or around a view, for look-ups before the school is known.

    `because` is for people who read the code.
    """
    token = _schools.set(ALL)
    try:
        yield
    finally:
        _schools.reset(token)


def narrow_to(school: int) -> None:
    """Reach only this school for the rest of this request: it is known now."""
    _schools.set(_named([school]))


def also(*schools: int | None) -> None:
    """Reach these schools too for the rest of this request, such as a school that has just been founded or
    the other school when a file is transferred.
    """
    known = reached()
    if known != ALL:
        keys = [int(key) for key in known.split(",") if key]
        _schools.set(_named([*keys, *(key for key in schools if key)]))


def _named(schools: Iterable[int]) -> str:
    return ",".join(str(int(key)) for key in sorted(set(schools)))


class Connection(extensions.connection):
    """A connection that knows which SET it last sent; None if PostgreSQL may have undone it."""

    said: str | None = SAYING.format(NOWHERE)

    def commit(self) -> None:
        """PostgreSQL turns the COMMIT of a failed transaction into a ROLLBACK, and psycopg2 does not report
        it.
        """
        has_failed = self.get_transaction_status() == extensions.TRANSACTION_STATUS_INERROR
        said, self.said = self.said, None
        super().commit()
        if not has_failed:
            self.said = said

    def rollback(self) -> None:
        self.said = None
        super().rollback()


class Cursor(extensions.cursor):
    _said_with = ""

    def to_say(self) -> str:
        return SAYING.format(reached())

    def _say(self) -> None:
        connection: Any = self.connection
        said = self.to_say()
        if connection.said != said:
            connection.said = None
            with connection.cursor(cursor_factory=extensions.cursor) as plain:
                plain.execute(said)
            connection.said = said

    def execute(self, query: Any, params: Any = None) -> None:
        text = query if isinstance(query, str) else ""
        # Rolling back to a savepoint undoes a SET made since, wherever in the text it appears: a library may
        # have put something before it. Composed SQL and bytes are not searched.
        rolls_back = not text or "rollback" in text.lower()
        try:
            if text.startswith(OF_TRANSACTIONS):
                super().execute(query, params)
            elif text.startswith(SAID_WITH) and self.name is None and not rolls_back:
                self._say_with(text, params)
            else:
                self._say()
                super().execute(query, params)
        finally:
            if rolls_back:
                self.connection.said = None

    def _say_with(self, query: str, params: Any) -> None:
        """Send SET and statement in one trip. If the statement fails, PostgreSQL undoes the SET as well."""
        connection: Any = self.connection
        said = self.to_say()
        if connection.said == said:
            super().execute(query, params)
            return
        connection.said = None
        self._said_with = f"{said}; "
        super().execute(self._said_with + query, params)
        connection.said = said

    @property
    def query(self) -> bytes | None:
        """The statement without the SET, because tests and logs read and count statements."""
        sent = super().query
        return sent and sent.removeprefix(self._said_with.encode())

    def executemany(self, query: Any, params: Any) -> None:
        self._say()
        super().executemany(query, params)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        self._say()
        super().copy_expert(*args, **kwargs)

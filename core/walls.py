"""The schools whose rows PostgreSQL shows to a request or task: the second wall, behind the rooms' policies.

Each table with a school has a policy (homeschool.walls): a role that does not own it sees rows of the schools
that `jiaqiao.schools` names, and no row where it names none. What it should name is kept here, in Python,
for the request or task at hand; a connection compares before each statement and says so to PostgreSQL
where it last said something else. So nothing has to be taken back: a connection that another request used,
and one whose request ended by an error, shows the next one what that one may see.
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
# They work, or fail, as before: in a transaction that has failed nothing else can be said.
OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK")
# Statements that may share a message with the SET: both then run as one transaction.
SAID_WITH = ("SELECT ", "EXECUTE ", "INSERT ", "UPDATE ", "DELETE ")

_schools: ContextVar[str | None] = ContextVar("schools", default=None)
_of_process = NOWHERE


def password_of(kind: str) -> str:
    """Of a role at the database; it follows from SECRET_KEY, so there is none to keep."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"database role {kind}".encode(), hashlib.sha256).hexdigest()


def work_for_every_school() -> None:
    """For a process whose work is never that of one school: a worker. Threads that it starts, too."""
    global _of_process
    _of_process = ALL


def reached() -> str:
    """Primary keys of schools, separated by commas; or ALL; or NOWHERE."""
    schools = _schools.get()
    return _of_process if schools is None else schools


@contextmanager
def within(schools: Iterable[int]) -> Iterator[None]:
    """Only rows of these schools, by their keys."""
    token = _schools.set(_named(schools))
    try:
        yield
    finally:
        _schools.reset(token)


@contextmanager
def every_school(because: str) -> Iterator[None]:
    """Rows of all schools, as a block or over a view: for what is looked up before anybody knows the school.
    `because` is for those who read the code.
    """
    token = _schools.set(ALL)
    try:
        yield
    finally:
        _schools.reset(token)


def narrow_to(school: int) -> None:
    """From here on, for this request: the school is known now."""
    _schools.set(_named([school]))


def also(*schools: int | None) -> None:
    """From here on, for this request: what it does is of these schools, too. A school that has just been
    founded, the other side of a file that moves.
    """
    known = reached()
    if known != ALL:
        keys = [int(key) for key in known.split(",") if key]
        _schools.set(_named([*keys, *(key for key in schools if key)]))


def _named(schools: Iterable[int]) -> str:
    return ",".join(str(int(key)) for key in sorted(set(schools)))


class Connection(extensions.connection):
    """Knows what it last said; None where PostgreSQL may have taken it back."""

    said: str | None = SAYING.format(NOWHERE)

    def commit(self) -> None:
        """Of a transaction that has failed PostgreSQL makes a ROLLBACK, and psycopg2 does not say so."""
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
        # To a savepoint it takes back what was said since, wherever in the text it stands: a library may have
        # put something before it. Composed SQL and bytes are not searched.
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
        """In one trip. Where the statement fails, PostgreSQL takes back with it what was said."""
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
        """The statement without the SET: tests and logs read and count what was asked."""
        sent = super().query
        return sent and sent.removeprefix(self._said_with.encode())

    def executemany(self, query: Any, params: Any) -> None:
        self._say()
        super().executemany(query, params)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        self._say()
        super().copy_expert(*args, **kwargs)

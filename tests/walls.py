"""Requests of tests under the web server's own role, what the sender does under the sender's; what a test
itself writes and reads, as the owner.

A test has one connection: it says before a statement which role asks, as it says which schools (core.walls).
On a server these are two sessions: tests/attacks/test_walls.py signs in as the role itself.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType

from django.db import connection
from django.http import HttpRequest, HttpResponse

from core import walls as of_core
from homeschool import walls

OWNER = "SET ROLE NONE; "
is_up = True
_role: ContextVar[str] = ContextVar("role", default=OWNER)


class Connection(of_core.Connection):
    said = OWNER + of_core.SAYING.format(of_core.NOWHERE)


class Cursor(of_core.Cursor):
    def to_say(self) -> str:
        return _role.get() + super().to_say()


@contextmanager
def under(kind: str) -> Iterator[None]:
    if not is_up:
        yield
        return
    token = _role.set(f'SET ROLE "{walls.role_name(connection, kind)}"; ')
    try:
        yield
    finally:
        _role.reset(token)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """The outermost."""

    def as_the_web_server(request: HttpRequest) -> HttpResponse:
        with under(walls.WEB):
            return get_response(request)

    return as_the_web_server


def as_the_sender(module: ModuleType, name: str) -> None:
    """Let each call of a function that the sender's tasks call run under the sender's role."""
    original = getattr(module, name)

    @functools.wraps(original)
    def behind(*args: object, **kwargs: object) -> object:
        with under(walls.SENDER), of_core.every_school("as a worker's process"):
            return original(*args, **kwargs)

    setattr(module, name, behind)

"""Requests of tests under the web server's own role; what a test itself writes and reads, as the owner.

A test has one connection: it says before a statement which role asks, as it says which schools (core.walls).
On a server these are two sessions: tests/attacks/test_walls.py signs in as the role itself.
"""

from collections.abc import Callable
from contextvars import ContextVar

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


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """The outermost."""

    def as_the_web_server(request: HttpRequest) -> HttpResponse:
        if not is_up:
            return get_response(request)
        token = _role.set(f'SET ROLE "{walls.role_name(connection, walls.WEB)}"; ')
        try:
            return get_response(request)
        finally:
            _role.reset(token)

    return as_the_web_server

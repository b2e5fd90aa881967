"""Read what many parts of one page need only once: results are kept while the page is made, then dropped.

Only for answers to GET; otherwise every query is made again.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import connection
from django.http import HttpRequest, HttpResponse

Answer = TypeVar("Answer")
READING = ("GET", "HEAD")
# Statements with these beginnings change no row.
CHANGES_NOTHING = ("SELECT", "EXECUTE ", "DECLARE ", "SAVEPOINT", "RELEASE", "SET ")


@dataclass
class _Page:
    answers: dict[Hashable, Any] = field(default_factory=dict)
    rows: dict[Hashable, Any] = field(default_factory=dict)  # kept until something is written


_page: ContextVar[_Page | None] = ContextVar("page", default=None)


def once(key: Hashable, read: Callable[[], Answer]) -> Answer:
    """Return what `read` returns; for a second call with `key` on the same page, return the first result.

    The key says what is read and for whom. Nobody may modify the result.
    """
    page = _page.get()
    return _kept(page.answers, key, read) if page else read()


def until_written(key: Hashable, read: Callable[[], Answer]) -> Answer:
    """Like `once`, but only until the page writes a row: opening some pages records that they were read."""
    page = _page.get()
    return _kept(page.rows, key, read) if page else read()


def is_kept() -> bool:
    """Return whether a page that only reads is being made; otherwise nothing is kept."""
    return _page.get() is not None


def keep(key: Hashable, answer: Any) -> None:
    """Keep an answer for the first caller of `take`, until the page writes a row."""
    if page := _page.get():
        page.rows[key] = answer


def take(key: Hashable) -> Any:
    """Return and drop what was kept; None if there is nothing."""
    page = _page.get()
    return page.rows.pop(key, None) if page else None


def _kept(answers: dict[Hashable, Any], key: Hashable, read: Callable[[], Answer]) -> Answer:
    if key not in answers:
        answers[key] = read()
    return answers[key]


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def keep_for_this_page(request: HttpRequest) -> HttpResponse:
        if request.method not in READING:
            return get_response(request)
        page = _Page()

        def forget_when_written(execute: Callable, sql: Any, *args: Any) -> Any:
            if not str(sql).startswith(CHANGES_NOTHING):
                page.rows.clear()
            return execute(sql, *args)

        token = _page.set(page)
        try:
            with connection.execute_wrapper(forget_when_written):
                return get_response(request)
        finally:
            _page.reset(token)

    return keep_for_this_page

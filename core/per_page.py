"""What many parts of one page ask for is read once: kept while the page is made, then forgotten.

Only for answers to GET, which change nothing: elsewhere every question is asked afresh.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

Answer = TypeVar("Answer")
READING = ("GET", "HEAD")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


def once(key: Hashable, read: Callable[[], Answer]) -> Answer:
    """What `read` answers; for a second question under `key` on the same page, the first answer.

    The key names what is read and for whom. Nobody may change what comes back.
    """
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    return kept[key]


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def keep_for_this_page(request: HttpRequest) -> HttpResponse:
        token = _kept.set({} if request.method in READING else None)
        try:
            return get_response(request)
        finally:
            _kept.reset(token)

    return keep_for_this_page

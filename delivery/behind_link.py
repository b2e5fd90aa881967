"""Access by the link in a message: the same for a check-in, a notice and questions about a child."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, Protocol, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from core import clock, walls
from core.languages import page_language
from core.per_page import READING
from core.view_types import P, Page, View
from guardians.models import Adult
from guardians.policies import read_aloud
from guardians.requests import AdultRequest, page_for


class Opened(Protocol):
    """The object that a link opens, for one adult."""

    @property
    def adult(self) -> Adult: ...


Found = TypeVar("Found", bound=Opened)


def behind_link(
    open_link: Callable[[str, datetime], Found | None],
    over: Callable[[HttpRequest, str], HttpResponse],
    *,
    is_page: bool = True,
    read_at: Callable[[str], datetime | None] | None = None,
) -> Callable[[View[AdultRequest, Concatenate[str, Found, P]]], Page[Concatenate[str, P]]]:
    """Decorate a view that a link opens.

    The view gets what `open_link` found, runs in the language chosen on this phone or else the adult's, and
    is never cached. `over` answers for every link that opens nothing, whatever is wrong with it.

    A page is compressed, for phones on a slow connection; Django adds random padding against BREACH. A sound
    is not compressed (`is_page`), because players request ranges of its bytes. `read_at` returns the current
    time as read in the query for the link's row, so that a read-only page needs no query of its own for it.
    """

    def entry(
        view: View[AdultRequest, Concatenate[str, Found, P]],
    ) -> Page[Concatenate[str, P]]:
        @never_cache
        @wraps(view)
        def guarded(
            request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            with walls.every_school("a link says whose it is, and so the school"):
                if read_at and request.method in READING:
                    clock.tell(request, read_at(token))
                opened = open_link(token, clock.for_request(request))
            if opened is None:
                return over(request, token)
            walls.narrow_to(opened.adult.school_id)
            of_adult = page_for(request, opened.adult)
            language = page_language(request, opened.adult.language)
            with translation.override(language):
                response = view(of_adult, token, opened, *args, **kwargs)
            response.headers.setdefault("Content-Language", language)
            return response

        return read_aloud(gzip_page(guarded)) if is_page else guarded

    return entry

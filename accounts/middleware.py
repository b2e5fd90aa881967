"""Add the user and address to every history row, and let no page of a person outlive its session."""

from collections.abc import Callable

import pghistory.middleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse


class HistoryMiddleware(pghistory.middleware.HistoryMiddleware):
    """Add the caller's address to the acting user and the page."""

    def get_context(self, request):
        return super().get_context(request) | {"ip": request.META.get("REMOTE_ADDR")}


def keeps_nothing(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware, outside that of sessions, so that no browser or cache keeps a response unless the view says
    `public` or sets a duration.

    If a session ended or was replaced by another, the browser deletes what its back button could still show.
    Unsent forms on the device belong to "storage" and stay.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        kept = response.get("Cache-Control", "")
        if not any(word in kept for word in ("no-store", "public", "max-age")):
            response["Cache-Control"] = "private, no-store"
        given = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        set_now = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if given and set_now is not None and set_now.value != given:
            response["Clear-Site-Data"] = '"cache"'
        return response

    return middleware

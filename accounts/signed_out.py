"""The answer of a door to people who have to sign in first."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.held import hold

UNAUTHORIZED = 401


def sign_in_first(request: HttpRequest, sign_in_url: str, held_url: str) -> HttpResponse:
    """Redirect to the door's own sign-in page and back.

    What was posted is kept, and the redirect leads to it.

    A script gets 401, because a sign-in page must never appear inside a row (static/src/staff/signed_out.js).
    """
    if is_asked_by_script(request):
        return HttpResponse(status=UNAUTHORIZED)
    back = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        back = held_url if hold(request) else ""
    return redirect(f"{sign_in_url}?{urlencode({'next': back})}" if back else sign_in_url)


def is_asked_by_script(request: HttpRequest) -> bool:
    """Return whether the request comes from htmx, a form that waited, or a browser's `fetch`."""
    if "HX-Request" in request.headers or "X-Offline" in request.headers:
        return True
    return request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"

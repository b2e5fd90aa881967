"""What a door answers to whoever must sign in first."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.held import hold

UNAUTHORIZED = 401


def sign_in_first(request: HttpRequest, sign_in_url: str, held_url: str) -> HttpResponse:
    """Leads a page to its own door's sign-in and back; what was posted waits, and the way leads there.
    To a script it says 401: a page to sign in must never be put into a row (static/src/staff/signed_out.js).
    """
    if is_asked_by_script(request):
        return HttpResponse(status=UNAUTHORIZED)
    back = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        back = held_url if hold(request) else ""
    return redirect(f"{sign_in_url}?{urlencode({'next': back})}" if back else sign_in_url)


def is_asked_by_script(request: HttpRequest) -> bool:
    """By htmx, by a form that waited, or by `fetch` of a browser that says so."""
    if "HX-Request" in request.headers or "X-Offline" in request.headers:
        return True
    return request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"

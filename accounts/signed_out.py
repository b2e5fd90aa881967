"""What a door answers to whoever must sign in first."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

UNAUTHORIZED = 401


def sign_in_first(request: HttpRequest, sign_in_url: str) -> HttpResponse:
    """Leads a page to its own door's sign-in, and back to the page afterwards; to a script it says 401, since
    a page to sign in must never be put into a row (static/src/staff/signed_out.js asks on the spot).
    """
    if is_asked_by_script(request):
        return HttpResponse(status=UNAUTHORIZED)
    if request.method not in ("GET", "HEAD"):
        return redirect(sign_in_url)
    return redirect(f"{sign_in_url}?{urlencode({'next': request.get_full_path()})}")


def is_asked_by_script(request: HttpRequest) -> bool:
    """By htmx, by a form that waited, or by `fetch` of a browser that says so."""
    if "HX-Request" in request.headers or "X-Offline" in request.headers:
        return True
    return request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"

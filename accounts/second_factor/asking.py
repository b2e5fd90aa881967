"""Where somebody is sent who has not shown their second step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

GOES_ON_TO = "after_second_step"  # in the session: the page that was asked for


def asked_for(request: HttpRequest) -> HttpResponse:
    """Instead of a page that opens only after the second step: to where it is shown or set up."""
    request.session[GOES_ON_TO] = _page_of(request)
    address = reverse("second_step")
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _page_of(request: HttpRequest) -> str:
    """The page that somebody looks at; a form's own address may answer to nothing but a POST."""
    if getattr(request, "htmx", False) or request.method not in ("GET", "HEAD"):
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    else:
        page = request.get_full_path()
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(page, hosts, require_https=request.is_secure())
    return page if is_ours else resolve_url("/")

"""Send somebody who has not passed their second step to where they can."""

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

GOES_ON_TO = "after_second_step"  # session key of the page that was requested


def asked_for(request: HttpRequest) -> HttpResponse:
    """Redirect from a page that needs the second step to where people enter it or set it up."""
    is_htmx = getattr(request, "htmx", False)
    page = request.get_full_path()
    if is_htmx or request.method not in ("GET", "HEAD"):
        # The page they are looking at, because a form's own address may only accept POST.
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(page, hosts, require_https=request.is_secure())
    request.session[GOES_ON_TO] = page if is_ours else resolve_url("/")
    address = reverse("second_step")
    if is_htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def ask_again(request: HttpRequest) -> None:
    """Ask again unless that was minutes ago; the submitted form then continues (allauth's middleware)."""
    raise_if_reauthentication_required(request, app="allauth.mfa")

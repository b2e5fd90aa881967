"""A province's hub (PROVINCE_HUB): it shows what counties have published to the province's officers.

It serves only that and signing in. Its database contains no child, and no page that could write about one
answers there.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from doors.staff.rail import OF_HUB as HOME

# In addition to what allauth and we name `account_…`, `mfa_…` and `second_step…`.
SERVED = {
    HOME,
    "province:county",
    "province:figures",
    "province:school",
    "province:since",
    "staff:account",
    "passwords:slip",
    "set_language",
    "icon",
    "healthz",
    "metrics",
    "service_worker",
    "offline_page",
    "offline_state",
}
OF_SIGNING_IN = ("account_", "mfa_", "second_step")


class Middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponse | None:
        if not settings.PROVINCE_HUB:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name == "staff:today":
            return redirect(HOME)
        if name not in SERVED and not name.startswith(OF_SIGNING_IN):
            raise Http404
        return None

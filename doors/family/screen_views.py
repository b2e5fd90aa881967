"""Switch screen notices on the family's own phone on and off."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from delivery import actions as messaging
from delivery import queries
from delivery.forms import BrowserForm
from guardians.policies import SESSION_ADDRESS, family_page
from guardians.requests import FamilyDoorRequest


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def screen(request: FamilyDoorRequest) -> HttpResponse:
    """Save what the browser sends. Nobody typed it, so if it is wrong the page just asks to try again."""
    adults = list(request.adults)
    account = queries.push_account_for(adults)
    if request.method != "POST" or account is None:
        return _page(request, adults, account)
    form = BrowserForm(request.POST, other_service=account.config.get("endpoint", ""))
    if not form.is_valid():
        return _page(request, adults, account, is_refused=True)
    messaging.show_on_screen(
        adults=[one for one in adults if one.school_id == account.school_id],
        account=account,
        browser=form.cleaned_data,
        signed_in_by=request.session.get(SESSION_ADDRESS, ""),
        session_key=request.session.session_key or "",
        at=clock.for_request(request),
    )
    return redirect("family:screen")


def _page(request: HttpRequest, adults, account, *, is_refused: bool = False) -> HttpResponse:
    context = {
        "is_on": queries.has_screen(adults),
        "public_key": account.config["public_key"] if account else "",
        "is_refused": is_refused,
    }
    return render(request, "family/screen.html", context, status=422 if is_refused else 200)


@require_POST
@family_page
def screen_off(request: FamilyDoorRequest) -> HttpResponse:
    messaging.hide_from_screens(adults=request.adults)
    return redirect("family:screen")

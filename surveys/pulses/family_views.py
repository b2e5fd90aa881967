"""A carer answers five short questions about themselves at their own page."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.addresses import page_above
from guardians.models import Adult
from guardians.policies import family_page, guardianships_of
from guardians.requests import FamilyDoorRequest
from surveys.pulses import answering, policies, queries

PAGE = "family_surveys:carer"


def _carer(request: FamilyDoorRequest, on: date) -> Adult | None:
    adults = list(request.adults)
    children = guardianships_of(adults, on).values_list("student_id", flat=True)
    tie = policies.tie_of_carer(adults, list(children), on)
    return tie.adult if tie else None


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def carer(request: FamilyDoorRequest) -> HttpResponse:
    at, home = clock.for_request(request), page_above("family_home")
    adult = _carer(request, timezone.localdate(at))
    if adult is None:
        return redirect(home)
    shown = answering.asked(
        request, adult, at, page=PAGE, done="family_surveys:carer_done", home=home
    )
    if isinstance(shown, HttpResponse):
        return shown
    status = shown.pop("status")
    return render(request, "surveys/family/carer.html", shown | {"adult": adult}, status=status)


@require_safe
@family_page
def carer_done(request: FamilyDoorRequest) -> HttpResponse:
    at = clock.for_request(request)
    on = timezone.localdate(at)
    adult = _carer(request, on)
    known = queries.of_this_week(adult, on) if adult else None
    context = {
        "adult": request.family_adult,
        "school": request.family_adult.school,
        "change_url": answering.change_url(PAGE, known, at),
    }
    return render(request, "surveys/family/carer_done.html", context)

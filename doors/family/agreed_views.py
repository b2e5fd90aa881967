"""What the school has agreed with an adult of the family: their own part, ticked off with one tap."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core import clock
from counselling.plans import actions
from counselling.plans.family import agreed_with
from counselling.plans.presenters import own_line
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest


@require_safe
@family_page
def agreed(request: FamilyDoorRequest) -> HttpResponse:
    found = agreed_with(list(request.adults), clock.for_request(request))
    context = {
        "rows": [own_line(one) for one in found],
        "school_phone": request.family_adult.school.phone,
    }
    return render(request, "family/agreed.html", context)


@require_POST
@family_page
def tick(request: FamilyDoorRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Tick the measure off; a second tap changes nothing. With `to` = undo, take the tick back."""
    adults, at = list(request.adults), clock.for_request(request)
    found = next(
        (one.measure for one in agreed_with(adults, at) if one.measure.pk == measure_id), None
    )
    if found is None:
        raise Http404
    if request.POST.get("to") == "undo":
        actions.untick(measure=found, at=at)
    else:
        actions.tick(measure=found, by_adult=found.adult, at=at)
    return redirect(f"{reverse('family:agreed')}#m{found.pk}")

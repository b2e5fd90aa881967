from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from doors.county.waiting import desk
from doors.set_up import set_up_of
from schools.founding import policies
from schools.models import County, School
from schools.policies import sets_up
from schools.requests import CountyRequest


@require_safe
@sets_up
def set_up(request: CountyRequest, county: County) -> HttpResponse:
    """Show what each school is waiting for, what the officers have asked for, and who the officers are."""
    viewer = request.viewer
    offers = list(policies.offers_of_county(county, viewer.at))
    ids = School.objects.filter(county=county).values_list("pk", flat=True)
    waiting = policies.waits_for(viewer.user, county, viewer.on, viewer.at)
    context = {
        "county": county,
        "desk": desk(set_up_of(list(ids), viewer.on, viewer.at), offers, viewer.at),
        "offers": offers,
        "for_me": set(waiting.values_list("pk", flat=True)),
        "begun": policies.lately_begun(county, viewer.at),
        "officers": policies.officers_of(county, viewer.on),
        "on": viewer.on,
    }
    return render(request, "doors/county/set_up.html", context)

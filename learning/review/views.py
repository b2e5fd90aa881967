"""The yearly review on paper."""

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.days import full_day
from core.printing import printed, why_no_pdf
from learning.review.queries import review
from learning.rules import FEWEST_COUNTED
from schools.policies import staff_required
from schools.queries import year_in_hand
from schools.requests import SchoolRequest
from schools.roles import Permission


@require_safe
@staff_required(Permission.RELEASE_LESSONS)
def yearly(request: SchoolRequest) -> HttpResponse:
    """Print the review of the current school year, until today."""
    viewer = request.viewer
    year = year_in_hand(viewer.school, viewer.on)
    if year is None:
        raise Http404
    found = review(viewer.school, year, viewer.on)
    classes = found.classes
    context = {
        "review": found,
        "planned": sum(one.planned for one in classes),
        "held": sum(one.held for one in classes),
        "not_held": sum(one.not_held for one in classes),
        "hours_held": round(sum(one.minutes for one in classes) / 60),
        "has_families": found.families.adults >= FEWEST_COUNTED,
        "fewest": FEWEST_COUNTED,
        "is_screen": bool(why_no_pdf()),
        "back_url": reverse("learning:curriculum"),
        "school": viewer.school,
        "until": full_day(viewer.on),
    }
    page = render_to_string("learning/review/review.html", context)
    return printed(page, _("Mental-health education, school year %(year)s") % {"year": year})

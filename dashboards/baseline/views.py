"""What has changed since the beginning, for people responsible for a school or a county."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import replica
from core.weeks import last_sunday
from dashboards.baseline import presenters, rollout
from figures.baseline import classes as of_classes
from figures.baseline import county as of_county
from figures.baseline import rollout as of_roll_out
from figures.baseline import school as of_school
from schools.policies import StaffRequest, get_county_for, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.policies import barred_ids


@staff_required(Permission.VIEW_DASHBOARD)
@require_safe
@replica.reads_from_replica
def school(request: SchoolRequest) -> HttpResponse:
    """Show the classes of the reader's school, compared with their own first weeks."""
    viewer = request.viewer
    with replica.from_main():
        without = barred_ids(viewer.user)
    found = of_school.since_start(viewer.school, last_sunday(viewer.on), without)
    stepped = of_classes.roll_out(viewer.school, found.weeks, viewer.on)
    context = presenters.school_page(found) | rollout.class_section(stepped)
    context["may_plan"] = viewer.can(Permission.SET_CHECK_INS)
    return render(request, "dashboards/since.html", context)


@staff_required()
@require_safe
@replica.reads_from_replica
def county(request: StaffRequest) -> HttpResponse:
    """Show the schools of the county, compared with their own first published weeks."""
    viewer = request.viewer
    found = get_county_for(viewer, Permission.VIEW_COUNTY)
    context = presenters.county_page(found, of_county.since_start(found))
    context |= rollout.section(of_roll_out.roll_out(found))
    return render(request, "dashboards/since.html", context)

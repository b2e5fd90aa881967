from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.county import presenters, queries
from schools.policies import get_county_for, staff_required
from schools.roles import Permission


@staff_required()
@require_safe
def county(request: HttpRequest) -> HttpResponse:
    """Show where children of the county wait and where counsellors are short; name no child."""
    viewer = request.viewer
    found = get_county_for(viewer.user, Permission.VIEW_COUNTY, viewer.on)
    figures = queries.county_figures(found, viewer.user, viewer.at)
    context = {"county": found, **presenters.page(figures)}
    return render(request, "dashboards/county.html", context)

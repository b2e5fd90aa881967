"""The county officer's pages: what was published about completed weeks, and nothing else."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import replica
from core.downloads import XLSX, download
from core.requests import day_of
from dashboards.county import figure_presenters, presenters, spreadsheet
from figures.county_lines import lines
from figures.published import published
from figures.terms import over_terms
from schools.policies import StaffRequest, get_county_for, staff_required
from schools.roles import Permission


@staff_required()
@require_safe
@replica.reads_from_replica
def county(request: StaffRequest) -> HttpResponse:
    """Show every school as the same few lines, and where help is short; name no child."""
    viewer = request.viewer
    found = get_county_for(viewer, Permission.VIEW_COUNTY)
    until = day_of(request.GET.get("until"))
    by_change = request.GET.get("sort") == "change"
    context = presenters.page(found, lines(found, until), by_change, viewer.on, until)
    return render(request, "dashboards/county.html", context)


@staff_required()
@require_safe
@replica.reads_from_replica
def school(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one school's weeks; 404 for a school of another county, and for one that published nothing."""
    viewer = request.viewer
    found = get_county_for(viewer, Permission.VIEW_COUNTY)
    board = published(found, day_of(request.GET.get("until")), school=pk)
    if not board.schools:
        raise Http404
    context = presenters.school_page(board.schools[0], board.days, viewer.on)
    return render(request, "dashboards/county_school.html", {"county": found, **context})


@staff_required()
@require_safe
@replica.reads_from_replica
def figure(request: StaffRequest, key: str) -> HttpResponse:
    """Show one figure of all schools: this term compared with earlier terms."""
    viewer = request.viewer
    found = get_county_for(viewer, Permission.VIEW_COUNTY)
    if key not in presenters.FIGURES:
        raise Http404
    until = day_of(request.GET.get("until"))
    seen = over_terms(found, figure_presenters.keys_of(key), until)
    context = figure_presenters.page(key, seen, viewer.on, until)
    return render(request, "dashboards/county_figure.html", {"county": found, **context})


@staff_required()
@require_safe
@replica.reads_from_replica
def figures(request: StaffRequest) -> HttpResponse:
    """Send what the pages show as a workbook."""
    viewer = request.viewer
    found = get_county_for(viewer, Permission.VIEW_COUNTY)
    until = day_of(request.GET.get("until"))
    board = published(found, until)
    name = _("County %(county)s %(date)s.xlsx") % {
        "county": found.name,
        "date": board.days[-1].isoformat() if board.days else viewer.on.isoformat(),
    }
    terms = over_terms(found, presenters.FIGURES, until)
    return download(spreadsheet.workbook(found, board, terms), XLSX, name)

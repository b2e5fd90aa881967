"""A province's pages, only on a hub (PROVINCE_HUB): counties, and the schools of each as published."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.downloads import XLSX, download
from core.requests import day_of
from dashboards.county import presenters as county_presenters
from dashboards.province import presenters, spreadsheet
from dashboards.province import since as since_words
from dashboards.province.policies import get_province_for, get_shared_county_for
from figures.baseline import province as baseline
from figures.county_lines import lines
from figures.province import reading
from schools.policies import StaffRequest, staff_required


@staff_required()
@require_safe
def counties(request: StaffRequest) -> HttpResponse:
    """Show every county as the same few lines."""
    viewer = request.viewer
    province = get_province_for(viewer)
    context = presenters.page(province, reading.province(), viewer.on)
    return render(request, "dashboards/province.html", context)


@staff_required()
@require_safe
def figures(request: StaffRequest) -> HttpResponse:
    """Send what counties have published as a workbook."""
    viewer = request.viewer
    province, found = get_province_for(viewer), reading.province()
    name = _("Province %(province)s %(date)s.xlsx") % {
        "province": province.name,
        "date": (found.days[-1] if found.days else viewer.on).isoformat(),
    }
    book = spreadsheet.workbook(province, found, reading.last_weeks())
    return download(book, XLSX, name)


@staff_required()
@require_safe
def since(request: StaffRequest) -> HttpResponse:
    """Show counties, compared with the first weeks of their schools."""
    context = since_words.page(get_province_for(request.viewer), baseline.since_start())
    return render(request, "dashboards/province_since.html", context)


@staff_required()
@require_safe
def county(request: StaffRequest, code: str) -> HttpResponse:
    """Show a county's schools by the county's own page."""
    viewer = request.viewer
    found = get_shared_county_for(viewer, code)
    until = day_of(request.GET.get("until"))
    by_change = request.GET.get("sort") == "change"
    board = lines(found, until)
    context = county_presenters.page(found, board, by_change, viewer.on, until)
    return render(request, "dashboards/county.html", context | {"is_hub": True})


@staff_required()
@require_safe
def school(request: StaffRequest, code: str, school_code: str) -> HttpResponse:
    """Show one school's weeks; 404 for a school that its county has not published."""
    viewer = request.viewer
    found = get_shared_county_for(viewer, code)
    until = day_of(request.GET.get("until"))
    board = reading.of_school(found, until, school_code)
    if not board.schools:
        raise Http404
    context = county_presenters.school_page(board.schools[0], board.days, viewer.on)
    return render(
        request, "dashboards/county_school.html", {"county": found, "is_hub": True, **context}
    )

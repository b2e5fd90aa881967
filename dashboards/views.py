from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from dashboards import presenters, queries, spreadsheet
from schools.policies import staff_required
from schools.roles import Permission
from threads.queries import voice_balance

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff_required(Permission.VIEW_DASHBOARD)
def school_dashboard(request: HttpRequest) -> HttpResponse:
    viewer = request.viewer
    board = queries.dashboard(viewer.school, viewer.at, viewer.on)
    context = {
        "board": board,
        "trend": presenters.trend_weeks(board.trend),
        "trend_title": presenters.trend_title(board.trend),
        "waits": presenters.waits(viewer.school, viewer.user, board, viewer.at),
        "reach_parts": presenters.reach_parts(board.reach),
        "reach": board.reach,
        "voice": voice_balance(viewer.school, viewer.on),
    }
    return render(request, "dashboards/school.html", context)


@staff_required(Permission.VIEW_DASHBOARD)
def figures(request: HttpRequest) -> HttpResponse:
    """Send the same figures as a workbook."""
    viewer = request.viewer
    board = queries.dashboard(viewer.school, viewer.at, viewer.on)
    name = _("Dashboard %(school)s %(date)s.xlsx") % {
        "school": viewer.school.name,
        "date": viewer.on.isoformat(),
    }
    response = HttpResponse(spreadsheet.workbook(board), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response

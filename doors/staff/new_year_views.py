"""The preview of a new school year, with the work that stays open when a class gets another teacher."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from doors.staff.class_leaving import still_open
from rosters.rollover.views import check_page, importer
from schools.requests import SchoolRequest


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: SchoolRequest) -> HttpResponse:
    return check_page(request, still_open)

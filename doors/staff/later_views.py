"""Put rows of Today off and take them up again, whichever package they come from."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.later import LaterForm
from doors.staff.today import row, row_put_off, work_of
from schools.policies import StaffRequest, staff_required
from schools.putting_off import may_be_put_off, put_off, take_up_again
from schools.requests import SchoolRequest, is_at_school
from schools.worklist import WorkItem


@staff_required()
@require_POST
def later(request: StaffRequest, key: str) -> HttpResponse:
    if not is_at_school(request):
        raise Http404
    viewer, item = request.viewer, _mine(request, key)
    if not may_be_put_off(item):
        raise Http404
    zone = viewer.school.time_zone
    form = LaterForm(request.POST, today=viewer.on)
    if not form.is_valid():
        words = form.why
        shown = row(item, viewer.at, zone) | {"state": "failed", "why": words}
        return _answer(request, shown, words, status=422)
    until_on = form.cleaned_data["until"]
    put_off(user=viewer.user, work_key=key, until_on=until_on, at=viewer.at)
    shown = row_put_off(item, until_on, viewer.at, zone)
    return _answer(request, shown, f"{item.student_name}{_(': ')}{shown['why']}")


@staff_required()
@require_POST
def take_up(request: StaffRequest, key: str) -> HttpResponse:
    if not is_at_school(request):
        raise Http404
    viewer = request.viewer
    with transaction.atomic():  # if the key is no longer anybody's work, it stays put off
        take_up_again(user=viewer.user, work_key=key)
        item = _mine(request, key)
    return _answer(request, row(item, viewer.at, viewer.school.time_zone), _("Undone."))


def _mine(request: SchoolRequest, key: str) -> WorkItem:
    """Return the row if it is on this person's Today page; else 404."""
    viewer = request.viewer
    found = [item for item in work_of(viewer.user, viewer.at) if item.key == key]
    if not found:
        raise Http404
    return found[0]


def _answer(request: StaffRequest, shown: dict, words: str, status: int = 200) -> HttpResponse:
    if request.htmx:
        return render(request, "components/work_row.html", {"row": shown}, status=status)
    tell = messages.error if status != 200 else messages.success
    tell(request, words)
    return redirect("staff:today")

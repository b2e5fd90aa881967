"""Staff pages of pulses: the line of one child, who waits for a talk, and that it took place."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.opening import note_read
from surveys.past import queries as past
from surveys.pulses import actions, policies, presenters

runs = staff_required(Permission.RUN_SURVEYS)


@runs
@require_safe
def index(request: SchoolRequest) -> HttpResponse:
    return render(request, "surveys/pulses.html", presenters.pulses_page(request.viewer))


@runs
@require_safe
def over_time(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = policies.get_student_to_follow(request.user, student_id, viewer.on)
    if request.htmx:  # from a row of Today: open the whole page
        return HttpResponseClientRedirect(request.path)
    note_read(request, student, "survey")
    context = {
        "student": student,
        "lines": presenters.lines_of(student, viewer.on),
        "talk": policies.talk_about(student, viewer.on),
        "carer_talks": policies.carer_talks_about(student, viewer.on),
        "results": past.results_of(student, viewer.on),
    }
    return render(request, "surveys/over_time.html", context)


@staff_required(Permission.GIVE_SURVEYS)
@require_POST
def talked(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record a talk with the child, or with the carer."""
    pulse = policies.get_talk_for(request.user, pk, request.viewer.on)
    actions.note_talked(pulse=pulse, by=request.user, at=request.viewer.at)
    if request.htmx:
        row = presenters.done_row(pulse)
        return render(request, "components/work_row.html", {"row": row})
    messages.success(request, _("Saved. It is no longer on your Today page."))
    return redirect("surveys:list")

"""A colleague reminds the class teacher from the board; the teacher closes the row on Today."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.addresses import page_above
from core.names import joined
from messaging import actions, policies
from messaging.models import Reminder
from messaging.presenters.board import reminder_row
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

works_check_ins = staff_required(Permission.WORK_CHECK_INS)


@require_POST
@works_check_ins
def remind(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student, teachers = policies.get_reminding(viewer.user, student_id, viewer.on)
    if actions.remind_teacher(student=student, by=viewer.user, at=viewer.at):
        names = joined(one.name for one in teachers)
        messages.success(request, _("%(names)s will find it on Today.") % {"names": names})
    else:
        messages.info(request, _("You have asked today already."))
    return redirect(f"{reverse('messaging:board')}?child={student.pk}#family")


@require_POST
@works_check_ins
def done(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_reminder_for(request.viewer.user, pk, request.viewer.on)
    actions.close_reminder(reminder=found, by=request.user, at=request.viewer.at)
    return _row(request, found, "done")


@require_POST
@works_check_ins
def undo(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_reminder_for(request.viewer.user, pk, request.viewer.on)
    actions.reopen_reminder(reminder=found)
    return _row(request, found, "rest")


def _row(request: SchoolRequest, found: Reminder, state: str) -> HttpResponse:
    """Return the row in its new state; without script, redirect to Today."""
    row = reminder_row(found, state, request.viewer.at)
    if request.htmx:
        return render(request, "components/work_row.html", {"row": row})
    extra_tags = f"undo:{row['undo_url']}" if state == "done" else ""
    messages.success(request, row["why"], extra_tags=extra_tags)
    return redirect(page_above("today"))

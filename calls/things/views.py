"""The class teacher records that they have asked a child how the calls go."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calls.things import actions
from calls.things.policies import get_things_to_ask_about
from calls.things.work import done_row
from core.addresses import page_above
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission


@staff_required(Permission.WORK_CHECK_INS)
@require_POST
def asked(request: SchoolRequest, pk: int) -> HttpResponse:
    things = get_things_to_ask_about(request.user, pk, request.viewer.on)
    actions.note_asked(things=things, by=request.user, at=request.viewer.at)
    if request.htmx:
        return render(request, "components/work_row.html", {"row": done_row(things)})
    messages.success(request, _("Saved. It is no longer on your Today page."))
    return redirect(page_above("child", things.student_id))

"""Pages for a request for leave: agree by one tap, decline with a reason, record a call, undo a decision.

An action posted from Today by htmx returns the row that changed. Posted from the request's own page, it
returns the page.
"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from classroom.around import observing, status_of
from classroom.leave import actions, presenters
from classroom.leave.forms import DeclineForm
from classroom.leave.policies import get_leave_for
from classroom.leave.presenters import Told, told_of
from classroom.models import LeaveRequest
from classroom.rules import may_be_corrected
from guardians.models import Adult
from schools.requests import SchoolRequest
from students.opening import note_read
from uploads.responses import serve

CHANGED = 409  # somebody else decided first


def _told(request: SchoolRequest, pk: int) -> Told:
    viewer = request.viewer
    (told,) = told_of([get_leave_for(viewer.user, pk, viewer.on)], viewer.on)
    return told


@observing
@require_safe
def leave(request: SchoolRequest, pk: int) -> HttpResponse:
    return _page(request, _told(request, pk), DeclineForm())


def _page(request: SchoolRequest, told: Told, form: DeclineForm) -> HttpResponse:
    """Return the whole page, or for htmx the part that opens below its row on Today."""
    row = told.leave
    note_read(request, row.student, "leave")
    context = {
        "told": told,
        "leave": row,
        "student": row.student,
        "form": form,
        "state": presenters.decided_words(told),
        "may_take_back": row.decided_at is not None
        and may_be_corrected(row.decided_at, request.viewer.at),
    }
    if not request.htmx:
        return render(request, "classroom/leave.html", context, status=status_of(form))
    if not form.is_bound:
        return render(request, "classroom/_leave.html", context)
    inplace = render_to_string("classroom/_leave.html", context, request)
    shown = presenters.row(told, "rest", request.viewer.at)
    context = {"row": shown, "inplace": inplace}
    return render(request, "components/work_row.html", context, status=status_of(form))


@observing
@require_POST
def agree(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer, told = request.viewer, _told(request, pk)
    is_done = actions.agree(leave=told.leave, by=request.user, on=viewer.on, at=viewer.at)
    is_agreed = is_done or told.leave.state == LeaveRequest.State.AGREED
    return _answer(request, pk, "done" if is_agreed else "rest", is_agreed)


@observing
@require_POST
def decline(request: SchoolRequest, pk: int) -> HttpResponse:
    told, form = _told(request, pk), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, told, form)
    words = form.cleaned_data["words"]
    is_done = actions.decline(leave=told.leave, words=words, by=request.user, at=request.viewer.at)
    return _answer(request, pk, "done" if is_done else "rest", is_done)


@observing
@require_POST
def called(request: SchoolRequest, pk: int, adult_id: int) -> HttpResponse:
    """Record that a member of staff phoned another adult of the child, who confirms the request."""
    told = _told(request, pk)
    if adult_id not in {one.adult_id for one in told.callees}:
        raise Http404
    is_new = actions.say(
        leave=told.leave,
        adult=Adult.objects.get(pk=adult_id),
        agrees=True,
        called_by=request.user,
        at=request.viewer.at,
    )
    return _answer(request, pk, "rest", is_new or told.leave.state == LeaveRequest.State.ASKED)


@observing
@require_POST
def take_back(request: SchoolRequest, pk: int) -> HttpResponse:
    told = _told(request, pk)
    is_done = actions.take_back(leave=told.leave, by=request.user, at=request.viewer.at)
    return _answer(request, pk, "rest", is_done or told.leave.decided_at is None)


def _answer(request: SchoolRequest, pk: int, state: str, is_done: bool) -> HttpResponse:
    """Return the row or the page after an action. If the action came too late, show the current state."""
    told = _told(request, pk)
    words = presenters.decided_words(told)
    if request.htmx:
        if not is_done and told.leave.state != LeaveRequest.State.ASKED:
            state = "failed"
        shown = presenters.row(told, state, request.viewer.at)
        status = 200 if is_done else CHANGED
        return render(request, "components/work_row.html", {"row": shown}, status=status)
    if is_done:
        messages.success(request, _("Saved."))
    else:
        messages.error(request, words)
    return redirect("classroom:leave", pk)


@observing
@require_safe
def photo(request: SchoolRequest, pk: int) -> HttpResponse:
    """Serve the photo of the slip that the family sent."""
    row = get_leave_for(request.viewer.user, pk, request.viewer.on)
    if row.photo is None:
        raise Http404
    note_read(request, row.student, "leave photo")
    return serve(row.photo, request)

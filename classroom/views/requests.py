"""Pages for requests to families: what the school asks, by when, and the answers."""

import uuid
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom import actions, policies
from classroom.around import observing, status_of, whole_page
from classroom.forms import AnswerForm, RequestForm
from classroom.models import FamilyRequest
from classroom.queries import adults_to_tell
from core.days import short_day
from schools.requests import SchoolRequest
from students.opening import note_read
from uploads.actions import key_of_form
from uploads.responses import serve

CLOSED_SHOWN = 20


@observing
@require_safe
def index(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    rows = policies.requests_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    rows = rows.select_related("student", "adult")
    closed = rows.filter(closed_at__isnull=False).order_by("-closed_at")
    context = {
        "open": [_row(row, viewer.on) for row in rows.filter(closed_at=None)],
        "closed": [_row(row, viewer.on) for row in closed[:CLOSED_SHOWN]],
    }
    return render(request, "classroom/requests.html", context)


def _row(row: FamilyRequest, today: date) -> dict:
    return {"row": row, "due": short_day(row.due_on, today), "is_late": row.due_on < today}


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def new(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = policies.get_student_for_class(viewer.user, student_id, viewer.on)
    held = list(adults_to_tell([student.pk], viewer.on))
    form = RequestForm(
        request.POST or None, held=held, today=viewer.on, initial={"key": uuid.uuid4()}
    )
    if form.is_valid():
        data = dict(form.cleaned_data)
        data["key"] = key_of_form(data)
        adult = form.adults[data.pop("adult")]
        row, _is_new = actions.ask_family(
            student=student, adult=adult, by=request.user, at=viewer.at, **data
        )
        messages.success(request, _("Request sent. The answer will appear here."))
        return redirect("classroom:request", row.pk)
    note_read(request, student, "request")
    context = {"student": student, "form": form, "has_adults": bool(held)}
    return render(request, "classroom/request_new.html", context, status=status_of(form))


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def detail(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show one request. Staff can record here what the family said by phone."""
    viewer = request.viewer
    row = policies.get_request_for(viewer.user, pk, viewer.on)
    form = AnswerForm(request.POST or None)
    if form.is_valid():
        actions.answer_request(request=row, at=viewer.at, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("classroom:request", row.pk)
    note_read(request, row.student, "request")
    context = {"row": row, "student": row.student, "form": form, "today": viewer.on}
    return render(request, "classroom/request.html", context, status=status_of(form))


@observing
@require_safe
def photo(request: SchoolRequest, pk: int, photo_pk: int) -> HttpResponse:
    """Serve a photo that the family sent as an answer."""
    row = policies.get_request_for(request.viewer.user, pk, request.viewer.on)
    found = row.photos.select_related("upload").filter(pk=photo_pk).first()
    if found is None:
        raise Http404
    note_read(request, row.student, "request photo")
    return serve(found.upload, request)


@observing
@require_POST
def close(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_request_for(viewer.user, pk, viewer.on)
    actions.close_request(request=row, by=request.user, at=viewer.at)
    undo_url = reverse("classroom:request_reopen", args=[row.pk])
    messages.success(request, _("Closed."), extra_tags=f"undo:{undo_url}")
    return redirect("classroom:requests")


@observing
@require_POST
def reopen(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_request_for(request.user, pk, request.viewer.on)
    actions.reopen_request(request=row, by=request.user, at=request.viewer.at)
    messages.success(request, _("Reopened."))
    return redirect("classroom:request", row.pk)

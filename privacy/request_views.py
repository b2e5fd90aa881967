"""Staff pages for families' requests: the list with deadlines, the check, the answer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from core.days import short_day
from guardians.presenters import relation_word
from guardians.queries import current_guardianships
from privacy import requests
from privacy.models import DataRequest
from privacy.presenters import days_left
from privacy.request_forms import AnswerForm, CheckForm, RefusalForm
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.opening import note_read

# The same for every family whose file is kept, so that it reveals nothing about the reason.
KEPT = gettext_noop(
    "The law asks the school to keep this file for now. You can ask again later, or talk to us."
)
ANSWERED_SHOWN = 20  # rows; older answers stay in the database

answering = staff_required(Permission.ANSWER_DATA_REQUESTS, Permission.CHECK_SAFEGUARDING)


@require_safe
@answering
def request_list(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    seen = _visible(request).select_related("student", "adult")
    waiting = [row for row in seen.order_by("due_on", "pk") if row.state in requests.WAITING]
    over = seen.exclude(state__in=requests.WAITING).order_by("-answered_at")[:ANSWERED_SHOWN]
    context = {
        "waiting": [_row(row, viewer) for row in waiting],
        "answered": [_row(row, viewer) for row in over],
        "answer_days": requests.ANSWER_DAYS,
    }
    return render(request, "privacy/requests.html", context)


def _visible(request: SchoolRequest):
    """Return requests of the current school."""
    viewer = request.viewer
    return requests.requests_visible_to(viewer.user, viewer.on).filter(school=viewer.school)


def _row(row: DataRequest, viewer) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "name": row.student.name if row.student else _("deleted"),
        "asked_by": row.adult.name or _("deleted"),
        "what": row.get_kind_display(),
        "state": row.get_state_display(),
        "asked_on": short_day(timezone.localdate(row.asked_at), viewer.on),
        "left": days_left(row, viewer.on) if row.state in requests.WAITING else "",
        "is_late": row.state in requests.WAITING and row.due_on < viewer.on,
        "answered_on": short_day(timezone.localdate(row.answered_at), viewer.on)
        if row.answered_at
        else "",
        "is_mine": requests.can_answer(row, viewer.user, viewer.on)
        or requests.can_check(row, viewer.user, viewer.on),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@answering
def request_detail(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show one request with the next step, and handle its form."""
    if request.htmx:
        return HttpResponseClientRedirect(request.path)
    row = _visible(request).select_related("student__school", "adult").filter(pk=pk).first()
    if row is None:
        raise Http404
    if row.student:
        note_read(request, row.student, "request of the family")
    form = _form_for(row, request)
    if request.method == "POST" and form is not None and form.is_valid():
        _decide(request, row, form)
        return redirect("privacy:requests")
    viewer = request.viewer
    is_cleared = row.state == DataRequest.State.CLEARED
    context = {
        "row": row,
        "name": row.student.name if row.student else _("deleted"),
        "facts": _facts(row, viewer),
        "form": form,
        "is_check": isinstance(form, CheckForm),
        "may_erase": is_cleared and requests.can_answer(row, viewer.user, viewer.on),
        "waits_for_another": is_cleared and row.checked_by_id == viewer.user.pk,
        "shows_note": bool(row.check_note)
        and requests.parts_of(viewer.user, viewer.on).checks.filter(pk=row.school_id).exists(),
    }
    is_bad = form is not None and form.is_bound and bool(form.errors)
    return render(request, "privacy/request.html", context, status=422 if is_bad else 200)


def _form_for(row: DataRequest, request: SchoolRequest):
    """Return the form for what this viewer may do now; None if nothing."""
    viewer, data = request.viewer, request.POST or None
    if requests.can_check(row, viewer.user, viewer.on):
        return CheckForm(data)
    if not requests.can_answer(row, viewer.user, viewer.on):
        return None
    return RefusalForm(data) if row.kind == DataRequest.Kind.DELETION else AnswerForm(data)


def _decide(request: SchoolRequest, row: DataRequest, form) -> None:
    viewer, said = request.viewer, form.cleaned_data
    if isinstance(form, CheckForm):
        with translation.override(row.adult.language):
            kept = translation.gettext(KEPT)
        requests.check(
            request=row,
            by=viewer.user,
            is_cleared=said["verdict"] == "cleared",
            note=said["note"],
            answer=kept,
            at=viewer.at,
        )
    else:
        requests.answer(
            request=row,
            by=viewer.user,
            is_done=said.get("outcome") == "done",
            words=said["words"],
            at=viewer.at,
        )
    messages.success(request, _("Saved. The family sees the school's answer on their page."))


def _facts(row: DataRequest, viewer) -> list[tuple[str, str]]:
    held = current_guardianships(viewer.on).filter(student=row.student, adult=row.adult).first()
    relation = relation_word(held.relation) if held else ""
    asked_by = f"{row.adult.name} {relation}".strip() or _("deleted")
    facts = [
        (_("Asked by"), asked_by),
        (_("Asked on"), short_day(timezone.localdate(row.asked_at), viewer.on)),
        (_("Answer due"), short_day(row.due_on, viewer.on)),
        (_("State"), row.get_state_display()),
    ]
    if row.words:
        facts.insert(1, (_("In their words"), row.words))
    if row.state in requests.WAITING:
        facts[-2] = (facts[-2][0], f"{facts[-2][1]} · {days_left(row, viewer.on)}")
    if row.answer:
        facts.append((_("The school's answer"), row.answer))
    return facts

"""Request leave for a child, follow the answer, and confirm or deny another adult's request."""

from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom.leave import actions
from classroom.leave.forms import REASONS, LeaveForm
from classroom.leave.presenters import collects_words, days_words
from classroom.leave.queries import asked_of, collectors_of, own_leave, to_confirm
from classroom.leave.rules import needs_second
from classroom.models import LeaveRequest
from core import clock
from core.names import teacher_name
from doors.family.child_views import child_of
from guardians.policies import family_page
from guardians.presenters import called
from guardians.queries import last_ties
from guardians.requests import FamilyDoorRequest
from schools.queries import calendar_of
from students.models import Student
from uploads.responses import serve
from uploads.rules import PHOTO_BYTES

State = LeaveRequest.State


def _adult_keys(request: FamilyDoorRequest) -> list[int]:
    return [adult.pk for adult in request.adults]


def _on(request: HttpRequest):
    return timezone.localdate(clock.for_request(request))


def _own(request: FamilyDoorRequest, pk: int) -> LeaveRequest:
    """Return this person's own request that they may still see; else 404."""
    for row in own_leave(_adult_keys(request), _on(request)):
        if row.pk == pk:
            return row
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def leave(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    student, at = child_of(request, student_id), clock.for_request(request)
    adult = next(one for one in request.adults if one.school_id == student.school_id)
    own = [
        row for row in own_leave(_adult_keys(request), _on(request)) if row.student_id == student.pk
    ]
    form = LeaveForm(
        request.POST or None,
        request.FILES or None,
        student=student,
        adult=adult,
        ties=collectors_of(student.pk, adult, _on(request)),
        calendar=calendar_of(student.school),
        now=timezone.localtime(at, ZoneInfo(student.school.time_zone)),
        taken=[row for row in own if row.state in LeaveRequest.STANDING],
    )
    if request.method != "POST" or not form.is_valid():
        return _page(request, student, form, own)
    try:
        _row, is_new = actions.ask(
            student=student, adult=adult, by=request.user, at=at, **form.wish
        )
    except actions.DaysTaken:
        words = _("Leave for these days has been asked for already. Please call the teacher.")
        form.add_error("starts_on" if form.cleaned_data["starts_on"] else "day", words)
        return _page(request, student, form, own)
    if is_new:
        messages.success(request, _("The school has it. You see the answer here."))
    return redirect("family:leave", student.pk)


def _page(
    request: FamilyDoorRequest, student: Student, form: LeaveForm, own: list[LeaveRequest]
) -> HttpResponse:
    adults, on = _adult_keys(request), _on(request)
    others = [row for row in to_confirm(adults, on) if row.student_id == student.pk]
    is_bad = form.is_bound and bool(form.errors)
    context = {
        "student": student,
        "student_name": student.given_name,
        "form": form,
        "reasons": REASONS.items(),
        "key": (form.data.get("key") if "key" not in form.errors else "") or uuid4(),
        "has_more": any(form[name].value() for name in ("starts_on", "ends_on"))
        or bool({"starts_on", "ends_on"} & form.errors.keys()),
        "own": _shown(own, on),
        "others": _shown(others, on),
        "photo_bytes": PHOTO_BYTES,
        "school_phone": student.school.phone,
    }
    return render(request, "family/leave.html", context, status=422 if is_bad else 200)


def _shown(rows: list[LeaveRequest], on) -> list[dict[str, Any]]:
    if not rows:
        return []
    ties = last_ties(
        [(row.student_id, pk) for row in rows for pk in (row.adult_id, row.collector_id) if pk]
    )
    names = {pair: called(tie) for pair, tie in ties.items()}
    asked = asked_of(rows, on)
    return [
        {
            "pk": row.pk,
            "who": names.get((row.student_id, row.adult_id)) or row.adult.name,
            "days": days_words(row, on),
            "reason": row.get_reason_display(),
            "words": row.words,
            "collects": collects_words(row, names.get((row.student_id, row.collector_id or 0), "")),
            "has_photo": row.photo_id is not None,
            "state": state_words(row, needs_second(asked[row.pk])),
            "answer": row.answer,
            "is_waiting": row.state == State.ASKED,
            "is_agreed": row.state == State.AGREED,
        }
        for row in rows
    ]


def state_words(row: LeaveRequest, is_second_missing: bool) -> str:
    """Return the state of a request, in words for the adult who made it."""
    teacher = teacher_name(row.decided_by.surname) if row.decided_by else ""
    if row.state == State.AGREED:
        return _("%(teacher)s has agreed.") % {"teacher": teacher}
    if row.state == State.DECLINED:
        return _("%(teacher)s did not agree: %(words)s") % {"teacher": teacher, "words": row.answer}
    if is_second_missing:
        return _("Waiting. The school first asks another adult of the family.")
    return _("Waiting for the teacher.")


@require_POST
@family_page
def withdraw(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    if actions.withdraw(leave=row, at=clock.for_request(request)):
        messages.success(request, _("You took it back. The school does not count it."))
    else:
        messages.error(request, _("The school has answered already. Please call the teacher."))
    return redirect("family:leave", row.student_id)


@require_POST
@family_page
def say(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    """Store a second adult's answer, one tap: the request is right, or it is not."""
    adults, on = _adult_keys(request), _on(request)
    row = next((row for row in to_confirm(adults, on) if row.pk == pk), None)
    said = request.POST.get("answer")
    if row is None:
        raise Http404
    if said in ("yes", "no"):
        adult = next(one for one in request.adults if one.school_id == row.school_id)
        actions.say(leave=row, adult=adult, agrees=said == "yes", at=clock.for_request(request))
        messages.success(request, _("Thank you. The teacher sees your answer."))
    return redirect("family:leave", row.student_id)


@require_safe
@family_page
def photo(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    """Serve the photo that this adult sent."""
    row = _own(request, pk)
    if row.photo is None:
        raise Http404
    return serve(row.photo, request)

"""A family's rights over a child's data: a copy, a correction, a deletion, and withdrawing a request."""

from uuid import uuid4

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import record_access
from core import clock
from doors.family.child_views import child_of
from doors.family.data_copy import archive
from doors.family.forms import CorrectionForm, DeletionForm, KeyForm
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from privacy import requests
from privacy.models import DataRequest
from privacy.policies import may_decide
from students.models import Student
from uploads.actions import key_of_form


def deciding_child_of(request: FamilyDoorRequest, student_id: int) -> Student:
    """Return the child if an adult of this session may decide about its data; else 404."""
    student = child_of(request, student_id)
    on = timezone.localdate(clock.for_request(request))
    if not may_decide([adult.pk for adult in request.adults], student, on):
        raise Http404
    return student


def _asker(request: FamilyDoorRequest, student: Student):
    """Return the reader's own record at the child's school."""
    return next(one for one in request.adults if one.school_id == student.school_id)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def copy(request: FamilyDoorRequest, student_id: int) -> HttpResponseBase:
    """Make the copy while the family waits, send it once, and store it nowhere."""
    student, at = deciding_child_of(request, student_id), clock.for_request(request)
    form = KeyForm(request.POST or None)
    adult = _asker(request, student)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "family/data_copy_ask.html", student, form)
    if requests.copies_since(adult, at) >= requests.COPIES_A_DAY:
        return _page(request, "family/data_copy_ask.html", student, form, is_enough=True)
    requests.note_copy(adult=adult, student=student, key=form.cleaned_data["key"], at=at)
    record_access(
        by=request.user,
        school_id=student.school_id,
        student_ids=[student.pk],
        what="family copy",
        ip=request.META.get("REMOTE_ADDR"),
    )
    data = archive.gather(student, list(request.adults), at, request.user)
    response = FileResponse(archive.write_zip(data), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{archive.file_name(at)}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def correct(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    student = deciding_child_of(request, student_id)
    form = CorrectionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "family/data_correct.html", student, form)
    _ask(request, student, DataRequest.Kind.CORRECTION, form, form.whole_words())
    return redirect("family:child", student.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def delete(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    student = deciding_child_of(request, student_id)
    form = DeletionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "family/data_delete.html", student, form)
    _ask(request, student, DataRequest.Kind.DELETION, form, form.cleaned_data["words"])
    return redirect("family:child", student.pk)


def _ask(
    request: FamilyDoorRequest, student: Student, kind: str, form: KeyForm, words: str
) -> None:
    requests.ask(
        adult=_asker(request, student),
        student=student,
        kind=kind,
        words=words,
        key=key_of_form(form.cleaned_data),
        at=clock.for_request(request),
    )
    messages.success(request, _("The school has your wish and must answer."))


def _page(
    request: HttpRequest, template: str, student: Student, form: KeyForm, **more: object
) -> HttpResponse:
    """Show the form with what was entered and what is wrong with it. Each page has a key of its own."""
    is_bad = form.is_bound and bool(form.errors)
    context = {
        "student": student,
        "student_name": student.given_name,
        "form": form,
        "key": (form.data.get("key") if "key" not in form.errors else "") or uuid4(),
        "answer_days": requests.ANSWER_DAYS,
        "copies_a_day": requests.COPIES_A_DAY,
    }
    return render(request, template, context | more, status=422 if is_bad else 200)


@require_POST
@family_page
def withdraw(request: FamilyDoorRequest, student_id: int, pk: int) -> HttpResponse:
    student = child_of(request, student_id)
    mine = DataRequest.objects.filter(adult__in=request.adults, student=student)
    requests.withdraw(request=get_object_or_404(mine, pk=pk), at=clock.for_request(request))
    messages.success(request, _("You took it back. Nothing was changed."))
    return redirect("family:child", student.pk)

"""The people near by behind the staff door: who they are, what is still missing, and the paper to sign."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.phones import readable
from guardians import queries
from guardians.models import Adult, Guardianship, NearbyAdult
from guardians.nearby import actions
from guardians.nearby.forms import (
    AGREED,
    CHILD,
    HOWS,
    VILLAGE,
    AgreedForm,
    ChildForm,
    NearbyForm,
    VillageForm,
)
from guardians.nearby.presenters import rows_of
from guardians.nearby.queries import on_record
from guardians.nearby.rules import NEARBY_MOST
from schools.policies import StaffRequest, staff_required
from students.models import Student
from students.opening import get_editable, note_read
from students.policies import can_edit_student, get_student_for
from students.queries import class_of

PAPER_IN = "zh-hans"  # the people who sign and stamp it read Chinese


@staff_required()
@require_safe
def nearby(request: StaffRequest, student_id: int) -> HttpResponse:
    """Show who comes when nobody is at home, and what is still missing."""
    student = get_student_for(request.user, student_id, request.viewer.on)
    note_read(request, student, "people near by")
    people = on_record(student.pk)
    return _page(request, student, people, _form(request, student, people))


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest, student_id: int) -> HttpResponse:
    student = get_editable(request, student_id)
    note_read(request, student, "people near by")
    people = on_record(student.pk)
    form = _form(request, student, people)
    if not form.is_valid():
        return _page(request, student, people, form)
    try:
        actions.add(student=student, by=request.user, at=request.viewer.at, **form.facts)
    except (actions.TooMany, actions.OnRecord):
        messages.error(request, _("This person cannot be added: look at who is on record now."))
    return redirect("guardians:family_nearby", student.pk)


def _form(request: StaffRequest, student: Student, people: list[NearbyAdult]) -> NearbyForm:
    return NearbyForm(
        request.POST if request.method == "POST" else None,
        members=queries.family_of(student, request.viewer.on),
        taken={row.adult_id for row in people},
        today=request.viewer.on,
    )


def _page(
    request: StaffRequest, student: Student, people: list[NearbyAdult], form: NearbyForm
) -> HttpResponse:
    on = request.viewer.on
    context = {
        "student": student,
        "rows": rows_of(people, on),
        "form": form,
        "parents": _parents(student, on),
        "hows": HOWS,
        "today": on,
        "has_room": len(people) < NEARBY_MOST,
        "can_edit": can_edit_student(request.user, student, on),
    }
    status = 422 if form.is_bound else 200
    return render(request, "guardians/nearby.html", context, status=status)


def _parents(student: Student, on) -> list[Adult]:
    """Return who may agree: parents and guardians in touch who are not blocked."""
    held = queries.current_guardianships(on).filter(
        queries.approachable(), student=student, kind__in=Guardianship.BY_LAW
    )
    rows = held.select_related("adult").order_by("priority", "pk")
    return list({row.adult_id: row.adult for row in rows}.values())


@staff_required()
@require_POST
def note(request: StaffRequest, student_id: int, nearby_id: int, what: str) -> HttpResponse:
    """Record what a parent, the child or the village says, a parent's withdrawal, or that an adult is no
    longer near by.
    """
    student = get_editable(request, student_id)
    row = get_object_or_404(NearbyAdult, pk=nearby_id, student=student, ended_at=None)
    note_read(request, student, "people near by")
    act = _acts(request, student, row).get(what)
    if act is None:
        raise Http404
    if not act():
        messages.error(request, _("This could not be saved. Please check the date."))
    return redirect("guardians:family_nearby", student.pk)


def _acts(request: StaffRequest, student: Student, row: NearbyAdult) -> dict[str, Callable]:
    at, by, on = request.viewer.at, request.user, request.viewer.on

    def agreed() -> bool:
        form = AgreedForm(request.POST, parents=_parents(student, on))
        if not form.is_valid():
            return False
        how = form.cleaned_data["how"]
        actions.agree(row=row, parent=form.chosen, how=how, by=by, at=at)
        return True

    def child() -> bool:
        form = ChildForm(request.POST, today=on)
        if form.is_valid():
            said: dict[str, Any] = form.cleaned_data
            actions.note_child(row=row, wants=said["wants"], on=said["on"], by=by)
        return form.is_valid()

    def village() -> bool:
        form = VillageForm(request.POST, today=on)
        if form.is_valid():
            actions.note_village(row=row, on=form.cleaned_data["on"], by=by)
        return form.is_valid()

    def not_agreed() -> bool:
        actions.take_back_agreement(row=row)
        return True

    def end() -> bool:
        actions.end(row=row, by=by, at=at)
        return True

    def swap() -> bool:
        actions.swap(student=student)
        return True

    return {
        AGREED: agreed,
        CHILD: child,
        VILLAGE: village,
        "not-agreed": not_agreed,
        "end": end,
        "swap": swap,
    }


@staff_required()
@require_safe
def paper(request: StaffRequest, student_id: int) -> HttpResponse:
    """Show one page for parents, school and village committee to sign (Art. 22 and 23)."""
    student, on = get_student_for(request.user, student_id, request.viewer.on), request.viewer.on
    with translation.override(PAPER_IN):
        rows = rows_of(on_record(student.pk), on)
    if not rows:
        raise Http404
    note_read(request, student, "paper of people near by")
    enrolment = class_of(student, on)
    context = {
        "student": student,
        "people": [
            {"one": one, "phone": readable(queries.number_to_print(one.row.adult))} for one in rows
        ],
        "class_name": enrolment.school_class.name if enrolment else "",
        "parents": _parents(student, on),
    }
    return render(request, "guardians/nearby_paper.html", context)

"""Pages to record missing homework by tap, and help with homework by a named person."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import record_access
from classroom import actions, policies, presenters
from classroom.around import class_in_hand, day_choice, observing, status_of, whole_page
from classroom.forms import DayForm, EndHelpForm, HelpForm
from classroom.queries import adults_to_tell, help_for, helpers_at, missed_on
from core.requests import key_of
from schools.requests import SchoolRequest
from students.models import Student
from students.opening import note_read
from students.queries import in_class
from uploads.actions import key_of_form


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def missing(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    hand = class_in_hand(request)
    form = DayForm(request.POST or request.GET, today=viewer.on)
    day = form.cleaned_data["on"] if form.is_valid() else None
    children: list[Student] = []
    if hand.chosen and day:
        reach = policies.children_observable_by(viewer.user, viewer.on)
        children = list(in_class(reach, hand.chosen, day))
    if request.method == "POST" and children and day:
        changed = actions.note_missed(
            students=children,
            missing=_keys(request, "missing"),
            was=_keys(request, "was"),
            on=day,
            by=request.user,
            at=viewer.at,
        )
        words = ngettext("Saved: %(n)d change.", "Saved: %(n)d changes.", changed)
        messages.success(request, words % {"n": changed})
        return redirect(f"{reverse('classroom:homework')}{hand.query}&on={day:%Y-%m-%d}")
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=[child.pk for child in children],
        what="homework",
        ip=request.META.get("REMOTE_ADDR"),
    )
    context = {
        "chosen": hand.chosen,
        "class_tabs": hand.tabs,
        "children": children,
        "missing": missed_on([child.pk for child in children], day) if day else set(),
        "day": day,
        **day_choice(hand, form, day, viewer.on),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else 200
    return render(request, "classroom/homework.html", context, status=status)


def _keys(request: HttpRequest, name: str) -> set[int]:
    return {pk for text in request.POST.getlist(name) if (pk := key_of(text))}


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def help_of(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = policies.get_student_for_class(viewer.user, student_id, viewer.on)
    form = _help_form(request, student, request.POST or None)
    if form.is_valid():
        actions.assign_help(
            student=student,
            key=key_of_form(form.cleaned_data),
            by=request.user,
            at=viewer.at,
            **form.plan,
        )
        messages.success(request, _("Help with homework saved."))
        return redirect("classroom:help", student.pk)
    note_read(request, student, "homework help")
    return _help_page(request, student, form)


def _help_page(
    request: HttpRequest,
    student: Student,
    form: HelpForm,
    ending: EndHelpForm | None = None,
    of=None,
) -> HttpResponse:
    """Return the page of a child's help. `ending` is the rejected form for ending the help `of`."""
    rows: list[dict[str, Any]] = [
        {
            "help": row,
            "who": presenters.helper_words(row),
            "days": presenters.weekday_words(row.weekdays),
            "form": ending if ending and row == of else EndHelpForm(),
        }
        for row in help_for(student)
    ]
    context = {
        "student": student,
        "form": form,
        "present": [row for row in rows if not row["help"].ended_at],
        "ended": [row for row in rows if row["help"].ended_at],
    }
    return render(request, "classroom/help.html", context, status=status_of(ending or form))


def _help_form(request: SchoolRequest, student: Student, data=None) -> HelpForm:
    on = request.viewer.on
    return HelpForm(
        data,
        staff=list(helpers_at(student.school, on)),
        held=list(adults_to_tell([student.pk], on)),
        today=on,
        initial={"key": uuid.uuid4(), "starts_on": on, "weekdays": [0, 1, 2, 3, 4]},
    )


@observing
@require_POST
def end(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_help_for(viewer.user, pk, viewer.on)
    form = EndHelpForm(request.POST)
    if not form.is_valid():
        return _help_page(request, row.student, _help_form(request, row.student), form, row)
    actions.end_help(help=row, by=request.user, at=viewer.at, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("classroom:help", row.student_id)

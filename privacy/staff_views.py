"""Staff pages of a family's consents: who decided what and when, and entering decisions."""

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from privacy import actions, presenters, rules
from privacy.forms import OverrideForm, StaffWordForm
from privacy.models import Purpose
from privacy.policies import (
    askable,
    can_override,
    deciders,
    is_of_family,
    overrides_in_force,
    told_to_village,
)
from privacy.queries import allowed_purposes, consents_about, open_asks
from privacy.texts import DUTIES, TEXTS
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.editing import edit_section
from students.models import Student
from students.opening import get_editable, note_read
from students.policies import can_edit_student, get_student_for
from students.presenters import FileSection
from uploads.actions import key_of_form

WORDS_SHOWN = 100  # rows; enough for one decision a month for eight years


@staff_required(Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = get_student_for(request.user, student_id, viewer.on)
    can_edit = can_edit_student(request.user, student, viewer.on)
    if request.method == "POST" and not can_edit:
        raise Http404
    held, caring = (
        list(rows.filter(student=student).select_related("adult").order_by("priority", "pk"))
        for rows in (deciders(viewer.on), askable(Purpose.CARER, viewer.on))
    )
    form = StaffWordForm(
        request.POST or None, deciders=held, carers=caring, initial={"key": uuid4()}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        is_own = data["purpose"] in rules.OF_THE_ADULT
        word = actions.record_consent(
            adult=form.adults[data["adult"]],
            student=None if is_own else student,
            purpose=data["purpose"],
            decision=data["decision"],
            via=data["via"],
            key=key_of_form(data),
            at=viewer.at,
            by=request.user,
        )
        number = presenters.receipt_number(word)
        messages.success(request, _("Saved, receipt %(number)s.") % {"number": number})
        return redirect("privacy:consents", student.pk)
    note_read(request, student, "consents")
    context = _context(request, student) | {"form": form if can_edit and form.adults else None}
    status = 422 if form.is_bound else 200
    return render(request, "privacy/child_consents.html", context, status=status)


def _context(request: SchoolRequest, student: Student) -> dict:
    viewer = request.viewer
    override = (
        overrides_in_force(viewer.on).filter(student=student).select_related("set_by").first()
    )
    is_told = override is None or override.is_shown_to_family
    is_told = is_told or not is_of_family(request.user, student)
    allowed, asked = allowed_purposes(student, viewer.on), open_asks(student)
    return {
        "student": student,
        "purposes": [
            {
                "key": purpose,
                "title": TEXTS[purpose].title,
                "is_allowed": purpose in allowed,
                "is_asked": purpose in asked,
                "is_of_village": purpose == Purpose.VILLAGE,
            }
            for purpose in Purpose.values
        ],
        "words": presenters.history(list(consents_about(student)[:WORDS_SHOWN])),
        "duties": DUTIES,
        "can_ask": can_edit_student(request.user, student, viewer.on),
        "override": override if is_told else None,
        "can_override": can_override(request.user, student, viewer.on),
    }


@staff_required(Permission.CHECK_SAFEGUARDING)
@require_http_methods(["GET", "HEAD", "POST"])
def override(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Override a family's refusal where the child's safety requires it."""
    viewer = request.viewer
    student = _to_override(request, student_id)
    if told_to_village(viewer.on).filter(pk=student.pk).exists():
        return redirect("privacy:consents", student.pk)  # there is no refusal to override

    def save(form: OverrideForm) -> None:
        actions.override_village(
            student=student, by=request.user, at=viewer.at, **form.cleaned_data
        )

    note_read(request, student, "safeguarding override")
    return edit_section(
        request,
        section=lambda: FileSection("override", _("Tell the village worker all the same"), ()),
        form=OverrideForm(request.POST or None, today=viewer.on),
        save=save,
        back_url=reverse("privacy:consents", args=[student.pk]),
        note=_(
            "The family has refused. The village worker then gets what a visit needs, and nothing more, until"
            " the day you choose. Your name and reason stay on record."
        ),
        whose=student.name,
        submit_label=_("Tell the village worker"),
        whole_page=True,
    )


@staff_required(Permission.CHECK_SAFEGUARDING)
@require_POST
def end_override(request: SchoolRequest, student_id: int) -> HttpResponse:
    student = _to_override(request, student_id)
    actions.end_override(student=student, by=request.user, at=request.viewer.at)
    messages.success(request, _("The family's answer applies again."))
    return redirect("privacy:consents", student.pk)


def _to_override(request: SchoolRequest, student_id: int) -> Student:
    student = get_student_for(request.user, student_id, request.viewer.on)
    if not can_override(request.user, student, request.viewer.on):
        raise Http404
    return student


@staff_required(Permission.EDIT_CHILDREN)
@require_POST
def ask(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Ask the family by message, once for each text."""
    student = get_editable(request, student_id)
    purpose = request.POST.get("purpose", "")
    if purpose not in Purpose.values:
        messages.error(request, _("Choose what to ask about."))
    elif actions.ask_for_consent(
        student=student, purpose=purpose, by=request.user, at=request.viewer.at
    ):
        messages.success(request, _("We will ask the family once. Their answer appears here."))
    else:
        messages.error(request, _("We have already asked this family. We ask only once."))
    return redirect("privacy:consents", student.pk)

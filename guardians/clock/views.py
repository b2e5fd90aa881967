"""Staff pages of the two-sided clock: asking gently where statements differ, and recording what came home."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.addresses import page_above
from guardians import actions, queries
from guardians.clock import actions as clock_actions
from guardians.clock import forms as clock_forms
from guardians.clock import queries as clock_queries
from guardians.models import Contact, ContactDenial, SentHome
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.editing import edit_section
from students.models import Student
from students.opening import note_read
from students.policies import get_student_for
from students.presenters import FileSection

works_check_ins = staff_required(Permission.WORK_CHECK_INS)


def _denial(request: SchoolRequest, student_id: int, pk: int) -> ContactDenial:
    visible = clock_queries.denials_visible_to(request.user, request.viewer.on)
    rows = visible.select_related("student__school", "adult")
    return get_object_or_404(rows, pk=pk, student_id=student_id)


@works_check_ins
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SchoolRequest, student_id: int, pk: int) -> HttpResponse:
    denial = _denial(request, student_id, pk)
    note_read(request, denial.student, "asked about a talk")
    sentence = denial.outcome or clock_queries.mismatch_of(denial, request.viewer.on)
    sentence = sentence or _("Nothing contradicts this now.")

    def save(form: clock_forms.AskedForm) -> None:
        clock_actions.settle_denial(
            denial_id=denial.pk,
            outcome=form.cleaned_data["outcome"],
            words=form.cleaned_data["words"],
            by=request.user,
            at=request.viewer.at,
        )
        undo_url = reverse("guardians:clock_ask_undo", args=[student_id, denial.pk])
        words = _("Saved. Thank you for asking.")
        messages.success(request, words, extra_tags=f"undo:{undo_url}")

    return edit_section(
        request,
        section=lambda: FileSection(f"asked-{pk}", _("Did they talk?"), (sentence,)),
        form=clock_forms.AskedForm(request.POST or None, asked=sentence),
        save=save,
        back_url=page_above("child", student_id),
    )


@works_check_ins
@require_POST
def undo_ask(request: SchoolRequest, student_id: int, pk: int) -> HttpResponse:
    denial = _denial(request, student_id, pk)
    clock_actions.reopen_denial(denial_id=denial.pk, at=request.viewer.at)
    messages.success(request, _("Taken back."))
    return redirect(page_above("child", student_id))


@works_check_ins
@require_http_methods(["GET", "HEAD", "POST"])
def sent(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Record a letter, gift or money that a parent sent home, or days together, as reported to the school."""
    viewer = request.viewer
    student = get_student_for(request.user, student_id, viewer.on)
    note_read(request, student, "sent home")
    members = queries.family_of(student, viewer.on)
    form = clock_forms.SentFromForm(
        request.POST or None, members=members, today=viewer.on, initial={"key": uuid.uuid4()}
    )
    return edit_section(
        request,
        section=lambda: FileSection("sent", _("What came home"), ()),
        form=form,
        save=lambda form: _save_sent(request, student, form),
        back_url=page_above("contact_calendar", student.pk),
        note=_("A letter, a gift or money does not count as a talk. Being together does."),
        whole_page=True,
    )


def _save_sent(request: SchoolRequest, student: Student, form: clock_forms.SentFromForm) -> None:
    data = form.cleaned_data
    given: dict[str, Any] = {
        "student": student,
        "adult": form.members[data["adult"]].adult,
        "reported_by": Contact.ReportedBy.STAFF,
        "by": request.user,
        "at": request.viewer.at,
    }
    if data["kind"] == clock_forms.MET:
        actions.record_contact(
            kind=Contact.Kind.VISIT,
            happened_on=data["on"],
            source_key=f"staff:{data['key']}",
            **given,
        )
        undo_url = reverse("guardians:family_untalked", args=[student.pk, data["key"]])
    else:
        clock_actions.record_sent(
            kind=data["kind"],
            arrived_on=data["on"],
            words=data["words"],
            source_key=f"staff-sent:{data['key']}",
            **given,
        )
        undo_url = reverse("guardians:family_unsent", args=[student.pk, data["key"]])
    messages.success(request, _("Written down."), extra_tags=f"undo:{undo_url}")


@works_check_ins
@require_POST
def unsent(request: SchoolRequest, student_id: int, key: uuid.UUID) -> HttpResponse:
    student = get_student_for(request.user, student_id, request.viewer.on)
    source_key = f"staff-sent:{key}"
    if not SentHome.objects.filter(student=student, source_key=source_key).exists():
        raise Http404
    clock_actions.retract_sent(source_key=source_key, at=request.viewer.at)
    messages.success(request, _("Taken back."))
    return redirect(page_above("contact_calendar", student.pk))

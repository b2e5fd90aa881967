"""Entrusted care behind the staff door: the record, what was done about an unsuitable carer, and the two
notices for the parents to sign.
"""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.meanwhile import WrittenMeanwhile
from core.phones import readable
from guardians import queries
from guardians.care import actions as care_actions
from guardians.care.forms import EntrustForm, SettleForm
from guardians.care.presenters import DISQUALIFIER_WORDS
from guardians.care.queries import entrusted_care_of
from guardians.models import EntrustedCare, Guardianship
from guardians.rules import Disqualifier
from schools.policies import StaffRequest, staff_required
from students.editing import edit_section
from students.models import Student
from students.opening import get_editable, note_read
from students.policies import can_edit_student, get_student_for
from students.presenters import FileSection
from students.queries import class_of

RECEIVERS = ("school", "village")


def _care_of(student: Student, care_id: int) -> EntrustedCare:
    return get_object_or_404(entrusted_care_of(student), pk=care_id)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def entrust(request: StaffRequest, student_id: int, care_id: int | None = None) -> HttpResponse:
    """Record who was entrusted with the child, or correct it."""
    student, viewer = get_editable(request, student_id), request.viewer
    row = _care_of(student, care_id) if care_id else None
    note_read(request, student, "edit entrusted care")
    members = queries.family_of(student, viewer.on)
    form = EntrustForm(request.POST or None, instance=row, members=members, today=viewer.on)
    saved = _saved(request, student, form, row) if form.is_valid() else None
    if saved is not None:
        if saved.state == EntrustedCare.State.UNSUITABLE:
            words = _(
                "Saved as not suitable: by Art. 22 of the Minors Protection Law this person may not be "
                "entrusted. It stays on Today until somebody says what was done."
            )
            messages.error(request, words)
        else:
            messages.success(request, _("Saved. Print the notices and have them signed."))
        return redirect("guardians:family_entrusted", student.pk, saved.pk)
    context = {"student": student, "form": form, "row": row}
    status = 422 if form.is_bound else 200
    return render(request, "guardians/entrust.html", context, status=status)


def _saved(
    request: StaffRequest, student: Student, form: EntrustForm, row: EntrustedCare | None
) -> EntrustedCare | None:
    """Save the form. Return None if it asks first."""
    try:
        return care_actions.write_entrusted_care(
            student=student,
            carer=form.chosen_carer,
            parents=form.chosen_parents,
            facts=form.facts,
            disqualifiers=form.cleaned_data["disqualifiers"],
            by=request.user,
            at=request.viewer.at,
            row=row,
            instead_of=form.cleaned_data["instead_of"],
        )
    except WrittenMeanwhile as newer:
        form.ask_to_replace(newer, request.user)
        return None


@staff_required()
@require_safe
def entrusted(request: StaffRequest, student_id: int, care_id: int) -> HttpResponse:
    student = get_student_for(request.user, student_id, request.viewer.on)
    row = _care_of(student, care_id)
    note_read(request, student, "entrusted care")
    context = {
        "student": student,
        "row": row,
        "parents": list(row.parents.all()),
        "grounds": [DISQUALIFIER_WORDS[Disqualifier(key)] for key in row.disqualifiers],
        "is_unsuitable": row.state == EntrustedCare.State.UNSUITABLE,
        "may_print": _may_be_printed(row),
        "can_edit": can_edit_student(request.user, student, request.viewer.on),
    }
    return render(request, "guardians/entrusted.html", context)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: StaffRequest, student_id: int, care_id: int) -> HttpResponse:
    """Record what was done about a carer whom the law excludes."""
    student = get_editable(request, student_id)
    row = _care_of(student, care_id)
    if row.state != EntrustedCare.State.UNSUITABLE:
        raise Http404
    note_read(request, student, "settle entrusted care")
    title = _("%(name)s may not be entrusted") % {"name": row.carer.name}
    return edit_section(
        request,
        section=lambda: FileSection("settle", title, ()),
        form=SettleForm(request.POST or None),
        save=lambda form: care_actions.settle_unsuitable(
            row=row, words=form.cleaned_data["words"], by=request.user, at=request.viewer.at
        ),
        back_url=reverse("guardians:family_entrusted", args=[student.pk, row.pk]),
        note=_("The record stays “not suitable”. Somebody else has to be entrusted."),
        whole_page=True,
    )


@staff_required()
@require_safe
def notice(request: StaffRequest, student_id: int, care_id: int, to: str) -> HttpResponse:
    """Show the parents' written notice to school or village committee (Art. 23), to print and sign."""
    student, on = get_student_for(request.user, student_id, request.viewer.on), request.viewer.on
    row = _care_of(student, care_id)
    if to not in RECEIVERS or not _may_be_printed(row):
        raise Http404
    note_read(request, student, f"notice {to}")
    return render(request, "guardians/notice.html", notice_context(student, row, to, on))


def _may_be_printed(row: EntrustedCare) -> bool:
    """Return whether the notice may say that the carer can be entrusted."""
    return row.state != EntrustedCare.State.UNSUITABLE and not row.carer.is_blocked


def notice_context(student: Student, row: EntrustedCare, to: str, on) -> dict:
    """Return the contents of the notice; missing facts stay blank for filling in by hand.

    It asks offices to ring up the parents about the child, so it names nobody who is blocked.
    """
    held = Guardianship.objects.filter(student=student, adult=row.carer).order_by("-starts_on")
    tie = held.first()
    enrolment = class_of(student, on)
    return {
        "student": student,
        "row": row,
        "is_to_school": to == "school",
        "parents": [_party(adult) for adult in row.parents.filter(blocked_at=None)],
        "carer": _party(row.carer),
        "carer_phone": readable(queries.number_to_print(row.carer)),
        "carer_relation": tie.get_relation_display() if tie else "",
        "class_name": enrolment.school_class.name if enrolment else "",
    }


def _party(adult) -> dict:
    place = adult.migrations.filter(ends_on=None, is_away=True).first()
    return {
        "name": adult.name,
        "place": place.place if place else "",
        "phone": readable(queries.number_to_print(adult)),
    }

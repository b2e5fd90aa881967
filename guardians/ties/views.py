"""The family as a whole behind the staff door, and what each adult is to the child."""

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.history import changes_of
from core.addresses import page_above
from guardians import details, presenters, queries
from guardians.blocking.actions import schools_elsewhere
from guardians.blocking.views import can_block
from guardians.care import actions as care_actions
from guardians.care import queries as care_queries
from guardians.duplicates.pairs import editable_adults, twins_of
from guardians.models import ContactPoint, DetailsCheck, Guardianship
from guardians.places import Place, place_of
from guardians.siblings import siblings_of
from guardians.ties import actions as tie_actions
from guardians.ties import presenters as tie_presenters
from guardians.ties.forms import AloneForm, EndForm, TieForm
from schools.policies import StaffRequest, may, staff_required
from schools.roles import Permission
from students.barriers import can_bar
from students.editing import edit_section, history_page
from students.models import Student
from students.opening import get_editable, note_read
from students.policies import can_edit_student, get_student_for
from students.presenters import FileSection

TIE_FIELDS = (
    "relation",
    "kind",
    "may_see_file",
    "may_decide",
    "has_capacity",
    "priority",
    "ends_on",
    "end_reason",
)


@staff_required()
@require_safe
def family(request: StaffRequest, student_id: int) -> HttpResponse:
    """Show everybody around the child: who is asked, who cares, brothers and sisters."""
    viewer = request.viewer
    student = get_student_for(request.user, student_id, viewer.on)
    note_read(request, student, "family")
    members = queries.family_of(student, viewer.on)
    context = {
        "student": student,
        "asked": tie_presenters.asked_rows(members, viewer.at, viewer.on),
        "others": tie_presenters.other_rows(members, viewer.on),
        "ended": [
            tie_presenters.ended_line(tie, viewer.on) for tie in queries.ended_ties_of(student)
        ],
        "siblings": [
            {"sibling": one, "words": tie_presenters.sibling_words(one)}
            for one in siblings_of(student, request.user, viewer.on)
        ],
        "carer": presenters.carer_section(student, members, False),
        "alone": care_queries.alone_now(student, viewer.on),
        "gap": care_queries.open_gap_of(student),
        "entrusted": list(care_queries.entrusted_care_of(student)),
        "can_edit": can_edit_student(request.user, student, viewer.on),
        "can_bar": can_bar(request.user, student, viewer.on),
    }
    return render(request, "guardians/family.html", context)


@staff_required()
@require_safe
def adult(request: StaffRequest, student_id: int, adult_id: int) -> HttpResponse:
    """Show one adult of the family: how to reach them, what they are to the child, and their rights."""
    place = place_of(request, student_id, adult_id)
    viewer, member = request.viewer, place.member
    note_read(request, place.student, "adult")
    school, is_blocked = place.student.school, place.adult.is_blocked
    may_know = may(request.user, Permission.CHECK_SAFEGUARDING, school, viewer.on)
    context = {
        "student": place.student,
        "member": member,
        "relation": presenters.relation_word(member.guardianship.relation),
        "standing": presenters.standing_words(place.adult),
        "block_lines": tie_presenters.block_lines(place.adult, viewer.on, may_know=may_know),
        "elsewhere": schools_elsewhere(place.adult)
        if is_blocked and can_block(request, place)
        else [],
        "advice": presenters.advice(member),
        "clock": presenters.clock_words(place.adult, viewer.at),
        "ways": [
            {
                "section": presenters.way_section(member, point, viewer.on, place.can_edit),
                "state": presenters.way_state(place.adult, point),
                "verify_url": page_above("verify_way", point.pk)
                if place.can_edit and not is_blocked and point.kind in ContactPoint.TYPED
                else "",
            }
            for point in member.ways
        ],
        "sharing": tie_presenters.sharing_words(queries.shared_ways(place.adult, member.ways)),
        "ties": [
            {"tie": held, "section": tie_presenters.tie_section(held, place.can_edit)}
            for held in queries.ties_of(place.student, place.adult, viewer.on)
        ],
        "sections": [
            presenters.where_section(member, viewer.on, place.can_edit),
            presenters.details_section(member, place.can_edit),
            presenters.standing_section(member, place.can_edit),
        ],
        "can_edit": place.can_edit,
        "can_block": can_block(request, place),
        "ask_to_block_url": f"{page_above('worry', place.student.pk)}?block={place.adult.pk}"
        if not is_blocked and may(request.user, Permission.RAISE_CONCERNS, school, viewer.on)
        else "",
        "twins": twins_of(place.adult, editable_adults(request.user, school, viewer.on))
        if place.can_edit
        else [],
    }
    return render(request, "guardians/adult.html", context)


def _tie(place: Place, tie_id: int) -> Guardianship:
    rows = Guardianship.objects.filter(student=place.student, adult=place.adult)
    return get_object_or_404(rows.select_related("student", "adult"), pk=tie_id)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def tie(request: StaffRequest, student_id: int, adult_id: int, tie_id: int) -> HttpResponse:
    """Edit relation, role and rights."""
    place = place_of(request, student_id, adult_id, to_edit=True)
    held = _locked(_tie(place, tie_id), request)
    note_read(request, place.student, "edit tie")
    return edit_section(
        request,
        section=lambda: tie_presenters.tie_section(held, True),
        # The form edits a copy of its own, so that the page next to it shows what is stored.
        form=TieForm(request.POST or None, instance=Guardianship.objects.get(pk=held.pk)),
        save=lambda form: tie_actions.change_tie(
            tie=held, changes=form.cleaned_data, by=request.user, at=request.viewer.at
        ),
        back_url=place.url,
        note=_("An adult who may not see how the child is can no longer open the child's page."),
    )


def _locked(held: Guardianship, request: HttpRequest) -> Guardianship:
    """Lock the family, so that the second of two simultaneous changes sees what the first wrote."""
    if request.method == "POST":
        Student.objects.select_for_update().get(pk=held.student_id)
        held.refresh_from_db()
    return held


@staff_required()
@require_safe
def tie_history(request: StaffRequest, student_id: int, adult_id: int, tie_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id)
    held = _tie(place, tie_id)
    note_read(request, place.student, "history tie")
    section = tie_presenters.tie_section(held, False)
    return history_page(request, section, place.student, changes=changes_of(held, TIE_FIELDS))


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def end_tie(request: StaffRequest, student_id: int, adult_id: int, tie_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    held = _locked(_tie(place, tie_id), request)
    note_read(request, place.student, "end tie")
    title = _("%(name)s is no longer %(role)s") % {
        "name": place.adult.name,
        "role": held.get_kind_display(),
    }
    return edit_section(
        request,
        section=lambda: FileSection("tie-end", title, ()),
        form=EndForm(request.POST or None, tie=held, today=request.viewer.on),
        save=lambda form: tie_actions.end_tie(
            tie=held, by=request.user, at=request.viewer.at, **form.cleaned_data
        ),
        back_url=reverse("guardians:family", args=[student_id]),
        note=_(
            "From the next day they see nothing that came from it. What was written stays on record."
        ),
        submit_label=_("End it"),
        is_danger=True,
        whole_page=True,
    )


@staff_required()
@require_POST
def order(request: StaffRequest, student_id: int) -> HttpResponse:
    """Change who is asked first: move one adult earlier or later, or take all of them in the order of the
    page.
    """
    student, on = get_editable(request, student_id), request.viewer.on
    members = queries.family_of(student, on)
    wanted = tie_presenters.wanted_order(members, request.POST)
    if wanted is None:
        messages.error(request, _("The family has changed in the meantime. This is how it is now."))
    else:
        tie_actions.order_ties(student=student, ties=wanted, on=on, by=request.user)
    return redirect(reverse("guardians:family", args=[student_id]) + "#adults")


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def changed(request: StaffRequest, student_id: int, adult_id: int, check_id: int) -> HttpResponse:
    """Show what the adult changed about themselves; once it is read, it leaves Today."""
    place = place_of(request, student_id, adult_id, to_edit=True)
    check = get_object_or_404(DetailsCheck, pk=check_id, adult=place.adult)
    note_read(request, place.student, "changed by family")
    title = _("%(name)s writes") % {"name": place.adult.name}
    lines = tuple(tie_presenters.change_lines(check))
    return edit_section(
        request,
        section=lambda: FileSection("changed", title, lines),
        form=Form(request.POST if request.method == "POST" else None),
        save=lambda form: details.settle(check=check, by=request.user, at=request.viewer.at),
        back_url=place.url,
        note=_("; ").join(lines),
        submit_label=_("I have read it"),
        whole_page=True,
    )


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def alone(request: StaffRequest, student_id: int) -> HttpResponse:
    """Record that the child is at home alone for longer, and alert an adult at once."""
    student, viewer = get_editable(request, student_id), request.viewer
    note_read(request, student, "left alone")
    return edit_section(
        request,
        section=lambda: FileSection("alone", _("The child is at home alone"), ()),
        form=AloneForm(request.POST or None, today=viewer.on),
        save=lambda form: care_actions.write_left_alone(
            student=student, by=request.user, at=viewer.at, **form.cleaned_data
        ),
        back_url=reverse("guardians:family", args=[student_id]),
        note=_(
            "A child under 16 may not live alone, and a child under 8 may not be left without an "
            "adult (Minors Protection Law, Art. 21). When you save, we alert an adult at the "
            "school at once."
        ),
        submit_label=_("Save and tell an adult now"),
        is_danger=True,
        whole_page=True,
    )


@staff_required()
@require_POST
def alone_ended(request: StaffRequest, student_id: int) -> HttpResponse:
    student, viewer = get_editable(request, student_id), request.viewer
    care_actions.end_left_alone(student=student, ends_on=viewer.on, by=request.user, at=viewer.at)
    messages.success(request, _("Saved: no longer alone."))
    return redirect("guardians:family", student_id)

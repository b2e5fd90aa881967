"""A family's pages behind the staff door.

Every address starts from a child. A viewer who may not see that child, or who names an adult of another
family, gets a 404.
"""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.history import changes_of
from core import clock
from core.addresses import page_above
from guardians import actions, forms, presenters, queries
from guardians.models import Adult, Contact, ContactPoint
from guardians.places import Place, member_of, place_of, point_of
from schools.policies import StaffRequest, may, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.editing import edit_section, history_page
from students.models import Student
from students.opening import get_editable, note_read
from students.policies import get_student_for
from students.presenters import FileSection

HISTORY_FIELDS = {
    "details": (
        "name",
        "language",
        "prefers_audio",
        "time_zone",
        "quiet_from",
        "quiet_until",
        "shift",
        "shift_since",
        "shift_turn_days",
        "literacy",
    ),
    "standing": (
        "condition",
        "legal_basis",
        "opted_out_at",
        "blocked_at",
        "blocked_reason",
        "blocked_ground",
        "blocked_decision",
        "blocked_decided_on",
    ),
}
WAY_FIELDS = (
    "kind",
    "address",
    "as_written",
    "signs_in_by",
    "verified_at",
    "failing_since",
    "disputed_at",
)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def carer(request: StaffRequest, student_id: int) -> HttpResponse:
    student, on = get_editable(request, student_id), request.viewer.on
    note_read(request, student, "edit carer")
    family = queries.family_of(student, on)
    form = forms.CarerForm(request.POST or None, members=family, today=on)
    return edit_section(
        request,
        section=lambda: presenters.carer_section(student, queries.family_of(student, on), True),
        form=form,
        save=lambda form: _save_carer(student, form, request.user),
        back_url=page_above("child", student.pk),
        note=_("The earlier carer stays on record until the day before."),
    )


@transaction.atomic
def _save_carer(student: Student, form: forms.CarerForm, by) -> None:
    data = form.cleaned_data
    if data["who"] != forms.NEW_PERSON:
        held = form.members[data["who"]].guardianship
        adult, relation = held.adult, held.relation
    else:
        address, written = data["phone"]
        relation = data["relation"]
        made = actions.add_family_member(
            student=student,
            name=data["name"],
            relation=relation,
            kind="carer",
            starts_on=data["starts_on"],
            address=address,
            as_written=written,
            by=by,
        )
        adult = made.adult
    actions.set_carer(
        student=student,
        adult=adult,
        relation=relation,
        starts_on=data["starts_on"],
        others_go_on=data["others_go_on"],
        by=by,
    )


@staff_required()
@require_safe
def carer_history(request: StaffRequest, student_id: int) -> HttpResponse:
    student = get_student_for(request.user, student_id, request.viewer.on)
    note_read(request, student, "history carer")
    section = presenters.carer_section(student, [], can_edit=False)
    return history_page(request, section, student, lines=presenters.carer_lines(student))


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def add_member(request: StaffRequest, student_id: int) -> HttpResponse:
    student, on = get_editable(request, student_id), request.viewer.on
    note_read(request, student, "add adult")
    form = forms.MemberForm(request.POST or None, today=on)
    section = FileSection("member", _("Add an adult of the family"), ())

    def save(form: forms.MemberForm) -> None:
        data = dict(form.cleaned_data)
        address, written = data.pop("phone")
        actions.add_family_member(
            student=student, address=address, as_written=written, by=request.user, **data
        )

    return edit_section(
        request,
        section=lambda: section,
        form=form,
        save=save,
        back_url=page_above("child", student.pk),
        whole_page=True,
    )


@staff_required(Permission.WORK_CHECK_INS)
@require_http_methods(["GET", "HEAD", "POST"])
def talked(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Record a talk that staff saw or arranged."""
    viewer = request.viewer
    student = get_student_for(request.user, student_id, viewer.on)
    note_read(request, student, "talked")
    form = forms.TalkedForm(
        request.POST or None,
        student=student,
        members=queries.family_of(student, viewer.on),
        today=viewer.on,
        initial={"key": uuid.uuid4()},
    )

    def save(form: forms.TalkedForm) -> None:
        data = form.cleaned_data
        actions.record_contact(
            student=student,
            adult=form.members[data["adult"]].adult,
            happened_on=data["happened_on"],
            reported_by=Contact.ReportedBy.STAFF,
            kind=data["kind"],
            minutes=data["minutes"],
            source_key=f"staff:{data['key']}",
            by=request.user,
            at=viewer.at,
        )
        undo_url = reverse("guardians:family_untalked", args=[student.pk, data["key"]])
        messages.success(request, _("Saved: they talked."), extra_tags=f"undo:{undo_url}")

    return edit_section(
        request,
        section=lambda: FileSection("talked", _("They have just talked"), ()),
        form=form,
        save=save,
        back_url=page_above("child", student.pk),
        whole_page=True,
    )


@staff_required(Permission.WORK_CHECK_INS)
@require_POST
def untalked(request: SchoolRequest, student_id: int, key: uuid.UUID) -> HttpResponse:
    viewer = request.viewer
    student = get_student_for(request.user, student_id, viewer.on)
    contact = get_object_or_404(Contact, student=student, source_key=f"staff:{key}")
    actions.retract_contact(source_key=str(contact.source_key), at=viewer.at)
    messages.success(request, _("Taken back."))
    return redirect(page_above("child", student.pk))


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def where(request: StaffRequest, student_id: int, adult_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    on = request.viewer.on
    _own_copy(request, place.adult)
    note_read(request, place.student, "edit where")
    form = forms.WhereForm(request.POST or None, adult=place.adult, today=on)
    return edit_section(
        request,
        section=lambda: presenters.where_section(member_of(place.student, adult_id, on), on, True),
        form=form,
        save=lambda form: actions.set_whereabouts(
            adult=place.adult, by=request.user, **form.cleaned_data
        ),
        back_url=place.url,
        note=_("The earlier place stays on record until the day before."),
    )


@staff_required()
@require_safe
def where_history(request: StaffRequest, student_id: int, adult_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id)
    note_read(request, place.student, "history where")
    section = presenters.where_section(place.member, request.viewer.on, False)
    lines = presenters.whereabouts_lines(list(queries.past_whereabouts(place.adult)))
    return history_page(request, section, place.student, lines=lines)


def _own_copy(request: HttpRequest, adult: Adult) -> Adult:
    """Return a fresh copy for the form, locked while it is saved, so that a second request waits."""
    rows = (
        Adult.objects.select_for_update(of=("self",)) if request.method == "POST" else Adult.objects
    )
    return rows.get(pk=adult.pk)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def details(request: StaffRequest, student_id: int, adult_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    note_read(request, place.student, "edit details")
    copy = _own_copy(request, place.adult)
    return edit_section(
        request,
        section=lambda: presenters.details_section(place.member, True),
        form=forms.DetailsForm(request.POST or None, instance=copy, at=clock.for_request(request)),
        save=lambda form: actions.update_adult(
            adult=place.adult, changes=form.cleaned_data, by=request.user
        ),
        back_url=place.url,
    )


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def standing(request: StaffRequest, student_id: int, adult_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    note_read(request, place.student, "edit standing")
    form = forms.StandingForm(request.POST or None, instance=_own_copy(request, place.adult))
    return edit_section(
        request,
        section=lambda: presenters.standing_section(place.member, True),
        form=form,
        save=lambda form: actions.update_adult(
            adult=place.adult, changes=form.cleaned_data, by=request.user
        ),
        back_url=place.url,
        note=_(
            "We never ask about adults who have died, are in prison, missing or not in contact."
        ),
    )


@staff_required()
@require_safe
def adult_history(request: StaffRequest, student_id: int, adult_id: int, part: str) -> HttpResponse:
    place = place_of(request, student_id, adult_id)
    if part not in HISTORY_FIELDS:
        raise Http404
    note_read(request, place.student, f"history {part}")
    make = {"details": presenters.details_section, "standing": presenters.standing_section}[part]
    fields = HISTORY_FIELDS[part]
    school, on = place.student.school, request.viewer.on
    if not may(request.user, Permission.CHECK_SAFEGUARDING, school, on):
        # Who blocked the adult, and when, would reveal a report of suspected harm and its author.
        fields = tuple(name for name in fields if not name.startswith("blocked"))
    changes = changes_of(place.adult, fields)
    return history_page(request, make(place.member, False), place.student, changes=changes)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def add_way(request: StaffRequest, student_id: int, adult_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    note_read(request, place.student, "add way")
    return edit_section(
        request,
        section=lambda: FileSection("way-new", _("Add a way to reach them"), ()),
        form=forms.WayForm(request.POST or None, adult=place.adult),
        save=lambda form: actions.add_contact_point(
            adult=place.adult, by=request.user, **form.cleaned_data
        ),
        back_url=place.url,
        whole_page=True,
    )


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def way(request: StaffRequest, student_id: int, adult_id: int, point_id: int) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    _own_copy(request, place.adult)
    point, on = point_of(place, point_id), request.viewer.on
    if point.kind not in ContactPoint.TYPED:
        return _linked_way(request, place, point)
    note_read(request, place.student, "edit way")
    form = forms.WayForm(request.POST or None, adult=place.adult, point=point)
    where = [place.student.pk, place.adult.pk, point.pk]
    return edit_section(
        request,
        section=lambda: presenters.way_section(place.member, point, on, True),
        form=form,
        save=lambda form: actions.change_contact_point(
            point=point, by=request.user, **form.cleaned_data
        ),
        back_url=place.url,
        works_url=reverse("guardians:family_way_works", args=where),
        remove_url=reverse("guardians:family_way_remove", args=where),
    )


def _linked_way(request: StaffRequest, place: Place, point: ContactPoint) -> HttpResponse:
    """Show a contact point that the family linked themselves: there is nothing to type, only to remove.

    One found by its phone number is corrected at the number, because it would be found again if it were
    removed.
    """
    note_read(request, place.student, "edit way")
    is_found = point.kind == ContactPoint.Kind.WECOM
    where = [place.student.pk, place.adult.pk, point.pk]
    return edit_section(
        request,
        section=lambda: presenters.way_section(place.member, point, request.viewer.on, True),
        form=forms.LinkedWayForm(request.POST or None),
        save=lambda form: None,
        back_url=place.url,
        remove_url="" if is_found else reverse("guardians:family_way_remove", args=where),
        note=_("Found by the phone number. If it is wrong, correct the number, here or in WeCom.")
        if is_found
        else _("The family has linked this itself. If it is not theirs, remove it."),
    )


@staff_required()
@require_POST
def verify(request: StaffRequest, student_id: int, adult_id: int, point_id: int) -> HttpResponse:
    """Record that staff tried the number and the right person answered."""
    place = place_of(request, student_id, adult_id, to_edit=True)
    point = point_of(place, point_id)
    actions.verify_contact_point(point=point, by=request.user, at=request.viewer.at)
    messages.success(request, _("Saved: this contact detail works."))
    return redirect(place.url)


@staff_required()
@require_POST
def remove_way(
    request: StaffRequest, student_id: int, adult_id: int, point_id: int
) -> HttpResponse:
    place = place_of(request, student_id, adult_id, to_edit=True)
    actions.remove_contact_point(point=point_of(place, point_id), by=request.user)
    messages.success(request, _("Removed. Nothing is sent there any more."))
    return redirect(place.url)


@staff_required()
@require_safe
def way_history(
    request: StaffRequest, student_id: int, adult_id: int, point_id: int
) -> HttpResponse:
    place = place_of(request, student_id, adult_id)
    point = point_of(place, point_id)
    note_read(request, place.student, "history way")
    section = presenters.way_section(place.member, point, request.viewer.on, False)
    return history_page(request, section, place.student, changes=changes_of(point, WAY_FIELDS))

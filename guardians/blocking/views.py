"""Staff pages for keeping people away from a child: block an adult, bar a colleague."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from guardians import forms
from guardians.blocking import actions as blocking
from guardians.blocking.forms import BarForm
from guardians.care import actions as care_actions
from guardians.models import Adult
from guardians.places import Place, place_of
from schools.policies import StaffRequest, may, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students import barriers
from students.editing import edit_section
from students.models import Student
from students.opening import note_read
from students.policies import get_student_for
from students.presenters import FileSection


def can_block(request: StaffRequest, place: Place) -> bool:
    """Return whether the user may block adults here and is not that adult themselves."""
    is_holder = may(request.user, Permission.BLOCK_ADULTS, place.student.school, request.viewer.on)
    return is_holder and request.user not in blocking.staff_accounts_of(place.adult)


def _place_to_block(request: SchoolRequest, student_id: int, adult_id: int) -> Place:
    place = place_of(request, student_id, adult_id)
    if not can_block(request, place):
        raise Http404
    return place


@staff_required(Permission.BLOCK_ADULTS)
@require_http_methods(["GET", "HEAD", "POST"])
def block(request: SchoolRequest, student_id: int, adult_id: int) -> HttpResponse:
    """Ask once, with the ground; from then on the adult sees and receives nothing."""
    place, at = _place_to_block(request, student_id, adult_id), request.viewer.at

    def save(form: forms.BlockForm) -> None:
        blocking.block_adult(adult=place.adult, by=request.user, at=at, **form.cleaned_data)
        care_actions.note_care_gaps(at=at, student_ids=[place.student.pk])

    note_read(request, place.student, "block")
    return edit_section(
        request,
        section=lambda: FileSection("block", _("Block %(name)s") % {"name": place.adult.name}, ()),
        form=forms.BlockForm(request.POST or None, today=request.viewer.on),
        save=save,
        back_url=place.url,
        note=_(
            "They see and receive nothing from now on, on a shared phone too, and are not told why. "
            "If they work at a school, the child's file closes to them too."
        ),
        submit_label=_("Block"),
        is_danger=True,
        whole_page=True,
    )


@staff_required(Permission.BLOCK_ADULTS)
@require_POST
def unblock(request: SchoolRequest, student_id: int, adult_id: int) -> HttpResponse:
    place = _place_to_block(request, student_id, adult_id)
    if place.adult.held_by_report or place.adult.blocked_ground == Adult.BlockGround.REPORT:
        messages.error(request, _still_reported())
        return redirect(place.url)
    blocking.unblock_adult(adult=place.adult, by=request.user, at=request.viewer.at)
    messages.success(request, _("No longer blocked."))
    return redirect(place.url)


def _still_reported() -> str:
    return _(
        "This follows from a report of suspected harm: open the file again there, with a reason."
    )


@staff_required(Permission.BLOCK_ADULTS)
@require_http_methods(["GET", "HEAD", "POST"])
def barred(request: SchoolRequest, student_id: int) -> HttpResponse:
    """List who at the school may not open this file; adding somebody takes effect at once."""
    student, viewer = _student_to_bar(request, student_id), request.viewer
    note_read(request, student, "barred")
    people = barriers.staff_of(student, viewer.on).exclude(pk=request.viewer.user.pk)
    form = BarForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        blocking.bar_from_child(
            student=student,
            user=form.cleaned_data["who"],
            reason=form.cleaned_data["reason"],
            by=request.user,
            at=viewer.at,
        )
        messages.success(request, _("Saved. The file is closed to them from now on."))
        return redirect("guardians:family_barred", student_id)
    context = {
        "student": student,
        "form": form,
        "barriers": barriers.barriers_of(student),
        "past": barriers.past_barriers_of(student),
    }
    status = 422 if form.is_bound else 200
    return render(request, "guardians/barred.html", context, status=status)


def _student_to_bar(request: SchoolRequest, student_id: int) -> Student:
    student = get_student_for(request.user, student_id, request.viewer.on)
    barriers.require_can_bar(request.user, student, request.viewer.on)
    return student


@staff_required(Permission.BLOCK_ADULTS)
@require_POST
def lift(request: SchoolRequest, student_id: int, barrier_id: int) -> HttpResponse:
    student = _student_to_bar(request, student_id)
    barrier = get_object_or_404(barriers.barriers_of(student), pk=barrier_id)
    if barrier.held_by_report:
        messages.error(request, _still_reported())
        return redirect("guardians:family_barred", student_id)
    barriers.lift_barrier(barrier=barrier, by=request.user, at=request.viewer.at)
    messages.success(request, _("Lifted. They may open the file again."))
    return redirect("guardians:family_barred", student_id)

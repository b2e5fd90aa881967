"""Staff pages for call slots: the phone room's day, which child is next, phones and open times."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls import actions, presenters
from calls.forms import BookForForm, PeriodForm, PlaceForm
from calls.models import CallPeriod, CallPlace, CallSlot
from calls.policies import (
    children_to_ring,
    get_slot_for,
    wishes_visible_to,
)
from core.requests import day_of, key_of
from guardians.queries import approachable_parents_away
from schools.policies import staff_required, today_in
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.actions import key_of_form

works_check_ins = staff_required(Permission.WORK_CHECK_INS)
offers_calls = staff_required(Permission.OFFER_CALLS)
MARKS = (
    CallSlot.State.RUNNING,
    CallSlot.State.DONE,
    CallSlot.State.MISSED,
    CallSlot.State.BOOKED,
)
MARKED_WORDS = {
    CallSlot.State.DONE: gettext_lazy("Saved: they talked."),
    CallSlot.State.MISSED: gettext_lazy("Saved. We offer the family a new time."),
}
DAYS_AROUND = 366  # days before and after today that the list can show


@works_check_ins
@require_safe
def day(request: SchoolRequest) -> HttpResponse:
    """Show who sits where and when. One tap records the outcome."""
    today = request.viewer.on
    on = day_of(request.GET.get("on"))
    is_near = on is not None and abs((on - today).days) <= DAYS_AROUND
    context = presenters.day(request.viewer, on if on and is_near else today)
    return render(request, "calls/day.html", context)


@works_check_ins
@require_POST
def mark(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    slot = get_slot_for(request.user, pk, viewer.on)
    state = request.POST.get("state", "")
    if state in MARKS:
        try:
            actions.mark(slot_id=pk, state=state, by=request.user, at=viewer.at)
            if state in MARKED_WORDS:
                undo_url = reverse("calls:undo", args=[pk])
                words = MARKED_WORDS[CallSlot.State(state)]
                messages.success(request, words, extra_tags=f"undo:{undo_url}")
        except actions.NotYet:
            messages.error(request, _("This call has not begun yet."))
        except actions.TimeTaken:
            messages.error(request, _("Someone else has this time now. Please book another."))
    return redirect(_day_url(slot))


def _day_url(slot: CallSlot) -> str:
    on = slot.starts_at.astimezone(ZoneInfo(slot.school.time_zone)).date()
    return f"{reverse('calls:day')}?on={on.isoformat()}"


@works_check_ins
@require_POST
def undo(request: SchoolRequest, pk: int) -> HttpResponse:
    """Set the call back to booked."""
    slot = get_slot_for(request.user, pk, request.viewer.on)
    try:
        actions.mark(slot_id=pk, state=CallSlot.State.BOOKED, by=request.user, at=request.viewer.at)
        messages.success(request, _("Undone."))
    except actions.TimeTaken:
        messages.error(request, _("Someone else has this time now. Please book another."))
    return redirect(_day_url(slot))


@works_check_ins
@require_POST
def cancel(request: SchoolRequest, pk: int) -> HttpResponse:
    slot = get_slot_for(request.user, pk, request.viewer.on)
    is_off = actions.cancel(
        slot_id=pk, cancelled_by=CallSlot.CancelledBy.STAFF, at=request.viewer.at, by=request.user
    )
    if is_off:
        undo_url = reverse("calls:undo", args=[pk])
        words = _("Cancelled. We will tell the family.")
        messages.success(request, words, extra_tags=f"undo:{undo_url}")
    return redirect(_day_url(slot))


@works_check_ins
@require_safe
def suggest(request: SchoolRequest) -> HttpResponse:
    """Show which child is next, with the times that suit both sides."""
    context = presenters.suggestions(request.viewer, key_of(request.GET.get("child")))
    return render(request, "calls/suggest.html", context)


@works_check_ins
@require_POST
def book(request: SchoolRequest) -> HttpResponse:
    """Book for a parent in one tap and ask the parent to confirm."""
    viewer, form = request.viewer, BookForForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please choose one of the times shown here."))
        return redirect("calls:suggest")
    data = form.cleaned_data
    student = get_object_or_404(
        children_to_ring(request.user, viewer.on).select_related("school"), pk=data["student"]
    )
    held = approachable_parents_away(today_in(student.school, viewer.at)).filter(
        student=student, adult=data["adult"]
    )
    adult = get_object_or_404(held.select_related("adult")).adult
    place_id, starts_at = data["time"]
    try:
        slot = actions.book(
            student=student,
            adult=adult,
            place_id=place_id,
            starts_at=starts_at,
            booked_by=CallSlot.BookedBy.STAFF,
            key=key_of_form(data),
            at=viewer.at,
            by=request.user,
        )
    except actions.TimeTaken:
        messages.error(request, _("This time has just been taken. Please choose another."))
        return redirect("calls:suggest")
    undo_url = reverse("calls:cancel", args=[slot.pk])
    words = _("Booked for %(child)s. We will ask the parent whether the time suits.")
    messages.success(request, words % {"child": student.name}, extra_tags=f"undo:{undo_url}")
    return redirect("calls:suggest")


@works_check_ins
@require_POST
def settle_wish(request: SchoolRequest, pk: int) -> HttpResponse:
    """Settle a wish because a time was found some other way, or none is needed."""
    wish = get_object_or_404(wishes_visible_to(request.user, request.viewer.on), pk=pk)
    if request.POST.get("undo"):
        actions.reopen_wish(wish_id=wish.pk)
    else:
        actions.settle_wish(wish_id=wish.pk, by=request.user, at=request.viewer.at)
        messages.success(request, _("Marked as settled."))
    return redirect("calls:suggest")


@offers_calls
@require_safe
def settings(request: SchoolRequest) -> HttpResponse:
    return _settings_page(request)


def _settings_page(request: SchoolRequest, **bound) -> HttpResponse:
    school = request.viewer.school
    places = CallPlace.objects.filter(CallPlace.at_school(), school=school)
    context = {
        "places": presenters.places(places.prefetch_related("periods")),
        "has_places": any(place.is_active for place in places),
        "place_form": PlaceForm(school=school),
        "period_form": PeriodForm(school=school),
        "lessons": presenters.lessons_words(school),
    }
    return render(request, "calls/settings.html", context | bound, status=422 if bound else 200)


@offers_calls
@require_POST
def add_place(request: SchoolRequest) -> HttpResponse:
    form = PlaceForm(request.POST, school=request.viewer.school)
    if not form.is_valid():
        return _settings_page(request, place_form=form)
    actions.add_place(school=request.viewer.school, **form.cleaned_data)
    messages.success(request, _("Saved. Now add the times when it is free for calls."))
    return redirect("calls:settings")


def _place(request: SchoolRequest, pk: int) -> CallPlace:
    places = CallPlace.objects.filter(CallPlace.at_school())
    return get_object_or_404(places, pk=pk, school=request.viewer.school)


@offers_calls
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SchoolRequest, pk: int) -> HttpResponse:
    found = _place(request, pk)
    school = request.viewer.school
    form = PlaceForm(request.POST or None, school=school, instance=found)
    if request.method == "POST" and form.is_valid():
        actions.change_place(place=found, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("calls:settings")
    status = 422 if form.is_bound else 200
    return render(request, "calls/place.html", {"form": form, "place": found}, status=status)


@offers_calls
@require_POST
def switch_place(request: SchoolRequest, pk: int) -> HttpResponse:
    """Take a place out of use, or use it again; booked calls stay booked."""
    found = _place(request, pk)
    actions.change_place(place=found, is_active=not found.is_active)
    messages.success(request, _("Saved."))
    return redirect("calls:settings")


@offers_calls
@require_POST
def add_period(request: SchoolRequest) -> HttpResponse:
    form = PeriodForm(request.POST, school=request.viewer.school)
    if not form.is_valid():
        return _settings_page(request, period_form=form)
    actions.add_period(**form.cleaned_data)
    messages.success(request, _("Families can now book these times."))
    return redirect("calls:settings")


@offers_calls
@require_POST
def remove_period(request: SchoolRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(CallPeriod, pk=pk, school=request.viewer.school)
    actions.remove_period(period=found)
    messages.success(request, _("Removed. Calls that are already booked stay booked."))
    return redirect("calls:settings")

"""A family's pages about calls: book, change, cancel and rate a call; record a talk or what was sent."""

import uuid
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls import actions, family_presenters, queries
from calls.forms import ChooseForm, MoodForm, WishForm
from calls.joining import actions as joining
from calls.models import CallSlot
from calls.policies import held_by_family, may_book
from core import clock
from guardians import actions as guardians
from guardians.clock import actions as clock_actions
from guardians.clock import months as clock_calendar
from guardians.clock.forms import MET, SentForm
from guardians.clock.queries import months_of_contact
from guardians.models import Contact, Guardianship
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from uploads.actions import key_of_form


def _may_book(request: FamilyDoorRequest, student_id: int) -> Guardianship:
    held = held_by_family(request, student_id)
    if not may_book(held):
        raise Http404
    return held


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def book(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Offer times that suit both sides; two taps book one. A carer at home sees only when the calls are."""
    held, at = held_by_family(request, student_id), clock.for_request(request)
    if not may_book(held):
        if request.method == "POST":
            raise Http404
        if held.kind == Guardianship.Kind.CARER:
            return redirect("family_calls:home", student_id)
        return render(request, "calls/family/at_home.html", family_presenters.at_home(held, at))
    form = ChooseForm(request.POST or None)
    error = ""
    if request.method == "POST":
        if form.is_valid():
            place_id, starts_at = form.cleaned_data["time"]
            try:
                actions.book(
                    student=held.student,
                    adult=held.adult,
                    place_id=place_id,
                    starts_at=starts_at,
                    booked_by=CallSlot.BookedBy.FAMILY,
                    key=key_of_form(form.cleaned_data),
                    at=at,
                )
                return redirect("family_calls:done", student_id)
            except actions.TimeTaken:
                error = _("Someone has just taken that time. These times are still free.")
        else:
            error = str(next(iter(form.errors.get("time", [])), _("Please tap a time first.")))
    chosen = request.POST.get("time", "")
    context = family_presenters.choose(held, at, chosen) | {"error": error}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else 200
    return render(request, "calls/family/book.html", context, status=status)


@require_safe
@family_page
def done(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Show what is booked and what happens next."""
    held, at = _may_book(request, student_id), clock.for_request(request)
    slot = queries.ahead_of(student_id, [held.adult_id], at)
    if slot is None:
        return redirect("family_calls:book", student_id)
    return render(request, "calls/family/done.html", family_presenters.booked(held, slot, at))


@require_POST
@family_page
def confirm(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Confirm the time that the school chose."""
    held, at = _may_book(request, student_id), clock.for_request(request)
    slot = queries.ahead_of(student_id, [held.adult_id], at)
    if slot:
        actions.confirm(slot_id=slot.pk, at=at)
    return redirect("family_calls:done", student_id)


@require_POST
@family_page
def ring(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Have Jiaqiao ring both sides for the next call, or dial it oneself."""
    held, at = _may_book(request, student_id), clock.for_request(request)
    slot = queries.ahead_of(student_id, [held.adult_id], at)
    if slot and request.POST.get("on") == "1":
        joining.agree(slot_id=slot.pk, at=at)
    elif slot:
        joining.dial_instead(slot_id=slot.pk, at=at)
    return redirect("family_calls:done", student_id)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def cancel(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Cancel the next call. A GET cancels nothing and offers the times.

    A GET happens when the reader switches the language on the answer.
    """
    held, at = _may_book(request, student_id), clock.for_request(request)
    if request.method != "POST":
        return redirect("family_calls:book", student_id)
    slot = queries.ahead_of(student_id, [held.adult_id], at)
    if slot:
        actions.cancel(slot_id=slot.pk, cancelled_by=CallSlot.CancelledBy.FAMILY, at=at)
    return render(request, "calls/family/off.html", family_presenters.off(held))


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def none_fits(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Tell the teacher that no offered time suits."""
    held, at = _may_book(request, student_id), clock.for_request(request)
    form = WishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.tell_none_fits(student=held.student, adult=held.adult, at=at, **form.cleaned_data)
        return render(request, "calls/family/told.html", family_presenters.told(held, at))
    context = {
        "held": held,
        "key": request.POST.get("key") or uuid.uuid4(),
        "words": request.POST.get("words", ""),
        "error": _("Use 200 characters or fewer.") if form.errors.get("words") else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
    return render(request, "calls/family/none_fits.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def mood(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Ask for one of five faces after the call, and nothing else."""
    held, at = held_by_family(request, student_id), clock.for_request(request)
    slot = queries.call_to_rate(student_id, [held.adult_id], at)
    form = MoodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if slot:
            actions.set_mood(slot_id=slot.pk, mood=form.cleaned_data["mood"])
        return render(request, "calls/family/thanks.html", family_presenters.thanks(held))
    if slot is None:
        return redirect("family_calls:book", student_id)
    error = next(iter(form.errors.get("mood", [])), "")
    context = {"held": held, "child": held.student.given_name, "error": error}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else 200
    return render(request, "calls/family/mood.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def sent(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Record "We were together", a letter, a gift or money, without a message to anybody."""
    held, at = held_by_family(request, student_id), clock.for_request(request)
    if held.kind != Guardianship.Kind.PARENT:
        raise Http404
    today = at.astimezone(held.adult.hours.zone).date()
    form = SentForm(request.POST or None, today=today, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        given: dict[str, Any] = {
            "student": held.student,
            "adult": held.adult,
            "reported_by": Contact.ReportedBy.PARENT,
            "source_key": f"family-sent:{held.adult_id}:{data['key'].hex}"[:60],
            "at": at,
        }
        if data["kind"] == MET:
            guardians.record_contact(kind=Contact.Kind.VISIT, happened_on=data["on"], **given)
        else:
            clock_actions.record_sent(
                kind=data["kind"], arrived_on=data["on"], words=data["words"], **given
            )
        context = family_presenters.thanks(held) | {"is_sent": True}
        return render(request, "calls/family/thanks.html", context)
    context = {"held": held, "child": held.student.given_name, "form": form, "today": today}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
    return render(request, "calls/family/sent.html", context, status=status)


@require_safe
@family_page
def calendar(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Show the reader's own talks by day and what they sent; nobody sees what others said."""
    held, at = held_by_family(request, student_id), clock.for_request(request)
    today = at.astimezone(held.adult.hours.zone).date()
    span = clock_calendar.span_of(request.GET.get("until", ""), today)
    found = months_of_contact(held.student, *clock_calendar.read_from(span))
    is_parent = held.kind == Guardianship.Kind.PARENT
    mark = clock_calendar.family_mark(found, {held.adult_id}, is_parent)
    own = [row for row in found.sent if row.adult_id == held.adult_id]
    context = {
        "held": held,
        "child": held.student.given_name,
        "is_parent": is_parent,
        "span": span,
        "months": clock_calendar.months(found, span, today, mark),
        "week_heads": clock_calendar.week_heads(),
        "sent": clock_calendar.sent_lines(own, found.held, today, names=False),
    }
    return render(request, "calls/family/calendar.html", context)

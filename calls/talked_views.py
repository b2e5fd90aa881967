"""Record a talk in one tap: parents about themselves, carers at home about the parents away.

Nobody sees what others said. If answers differ, guardians.clock.rules asks the teacher to check.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from calls.forms import TalkedForm
from calls.policies import held_by_family, may_book
from calls.queries import offered_to
from core import clock
from core.addresses import page_above
from core.days import week_day
from guardians import actions as guardians
from guardians.clock import actions as clock_actions
from guardians.models import Adult, Contact, Guardianship
from guardians.policies import family_page
from guardians.presenters import called
from guardians.queries import approachable_parents_away, is_at_home
from guardians.requests import FamilyDoorRequest


@dataclass(frozen=True)
class Teller:
    """The person answering, on which side, and about whom (adult → what the child calls them)."""

    held: Guardianship
    is_home: bool
    people: Mapping[int, tuple[Adult, str]]
    today: date

    def key_of(self, adult_id: int, day: date, kind: str) -> str:
        """Return one key per teller, adult, day and kind, so that repeated taps count once."""
        side = "home" if self.is_home else "own"
        return f"{side}:{self.held.adult_id}:{self.held.student_id}:{adult_id}:{day}:{kind}"


def _teller(request: FamilyDoorRequest, student_id: int) -> Teller:
    held = held_by_family(request, student_id)
    today = clock.for_request(request).astimezone(held.adult.hours.zone).date()
    if held.kind == Guardianship.Kind.CONTACT:
        raise Http404
    if not is_at_home(held, today):
        return Teller(held, False, {held.adult_id: (held.adult, called(held))}, today)
    away = approachable_parents_away(today).filter(student=student_id)
    rows = away.exclude(adult=held.adult_id).select_related("adult").order_by("priority", "pk")
    return Teller(held, True, {row.adult_id: (row.adult, called(row)) for row in rows}, today)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def talked(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    teller = _teller(request, student_id)
    if not teller.people:
        return redirect(page_above("family_child", student_id))
    form = TalkedForm(request.POST or None, adults=list(teller.people))
    shown = {
        "held": teller.held,
        "child": teller.held.student.given_name,
        "is_home": teller.is_home,
    }
    if form.is_valid():
        adult, name = teller.people[form.cleaned_data["adult"]]
        day, kind = form.day(teller.today), form.kind
        given: dict[str, Any] = {
            "student": teller.held.student,
            "adult": adult,
            "on": day,
            "said_by": Contact.ReportedBy.CARER if teller.is_home else Contact.ReportedBy.PARENT,
            "source_key": teller.key_of(adult.pk, day, kind),
            "at": clock.for_request(request),
        }
        if form.has_talked:
            clock_actions.say_talked(kind=kind, **given)
        elif teller.is_home:
            clock_actions.say_not_talked(**given)
        held = teller.held
        is_booking_left = form.has_talked and not teller.is_home and may_book(held)
        school_id = held.student.school_id
        context = shown | {
            "adult_id": adult.pk,
            "name": name,
            "answer": form.cleaned_data["answer"],
            "has_talked": form.has_talked,
            "may_book": is_booking_left
            and bool(offered_to([held.student_id], school_id, teller.today)),
        }
        return render(request, "calls/family/talked_done.html", context)
    context = shown | {
        "people": [(pk, name) for pk, (_adult, name) in teller.people.items()],
        # The two days for which one tap is enough.
        "days": [
            (TalkedForm.TODAY, week_day(teller.today)),
            (TalkedForm.YESTERDAY, week_day(teller.today - timedelta(days=1))),
        ],
        "error": next((error for errors in form.errors.values() for error in errors), ""),
    }
    status = 422 if form.is_bound else 200
    return render(request, "calls/family/talked.html", context, status=status)


@require_POST
@family_page
def not_meant(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    """Retract the teller's own answer of that day (点错了)."""
    teller = _teller(request, student_id)
    form = TalkedForm(request.POST, adults=list(teller.people))
    if form.is_valid():
        key = teller.key_of(form.cleaned_data["adult"], form.day(teller.today), form.kind)
        guardians.retract_contact(source_key=key, at=clock.for_request(request))
    return redirect("family_calls:talked", student_id)

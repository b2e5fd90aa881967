"""A child reports with one tap that they and a parent talked. Nobody is blamed for a week without a talk."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.requests import key_of
from doors.pupil.forms import TalkedForm
from doors.pupil.presenters import pupil_page
from guardians import actions as guardians
from guardians.clock import actions as clock_actions
from guardians.models import Adult, Contact
from guardians.presenters import called
from postcards.policies import parents_to_ask_about
from schools.policies import today_in
from students.models import Student
from students.policies import pupil_required
from students.requests import PupilRequest


@dataclass(frozen=True)
class Parent:
    adult: Adult
    name: str


def talked_key(student: Student, adult_id: int, on: date) -> str:
    """Return the same key for a child, a parent and a day, so that many taps make one report."""
    return f"pupil:{student.pk}:{adult_id}:{on}"


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def talked(request: PupilRequest) -> HttpResponse:
    pupil, at = request.pupil, clock.for_request(request)
    on = today_in(pupil.school, at)
    parents = {
        row.adult_id: Parent(row.adult, called(row)) for row in parents_to_ask_about(pupil, on)
    }
    if not parents:
        return redirect("pupil:home")
    form = TalkedForm(request.POST or None, adults=list(parents))
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return pupil_page(request, "talked", status=status, parents=list(parents.values()))
    parent = parents[form.cleaned_data["adult"]]
    answer, by = form.cleaned_data["answer"], Contact.ReportedBy.CHILD
    if answer == TalkedForm.NOT_YET:
        key = f"not-{talked_key(pupil, parent.adult.pk, on)}"
        clock_actions.say_not_talked(
            student=pupil, adult=parent.adult, said_by=by, on=on, source_key=key, at=at
        )
        return pupil_page(request, "talked_done", parent=parent, has_talked=False)
    day = on - timedelta(days=1) if answer == TalkedForm.YESTERDAY else on
    key = talked_key(pupil, parent.adult.pk, day)
    clock_actions.say_talked(
        student=pupil, adult=parent.adult, said_by=by, on=day, source_key=key, at=at
    )
    words = _("today") if day == on else _("yesterday")
    return pupil_page(
        request, "talked_done", parent=parent, has_talked=True, day=day.isoformat(), day_words=words
    )


@never_cache
@pupil_required
@require_POST
def not_meant(request: PupilRequest) -> HttpResponse:
    """Take back the child's own report of that day (点错了), and nobody else's."""
    at, given = clock.for_request(request), request.POST
    if adult_id := key_of(given.get("adult")):
        key = f"pupil:{request.pupil.pk}:{adult_id}:{given.get('day', '')}"
        guardians.retract_contact(source_key=key[:60], at=at)
    return redirect("pupil:talked")

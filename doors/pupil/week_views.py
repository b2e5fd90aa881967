"""How was your week? Two taps, if the family and the pupil have agreed; nobody has to answer."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from doors.pupil.forms import WordForm
from doors.pupil.presenters import pupil_page
from privacy.actions import record_pupil_word
from privacy.models import Purpose
from schools.policies import today_in
from students.policies import pupil_required
from students.requests import PupilRequest
from surveys.pulses import answering, queries
from surveys.pulses.policies import Standing, standing_of

PAGE = "pupil:week"


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def week(request: PupilRequest) -> HttpResponse:
    pupil, at = request.pupil, clock.for_request(request)
    standing = standing_of(pupil, today_in(pupil.school, at))
    if standing is not Standing.ON:
        return redirect("pupil:week_agree" if standing else "pupil:home")
    shown = answering.asked(
        request, pupil, at, page=PAGE, done="pupil:week_done", home="pupil:home"
    )
    return shown if isinstance(shown, HttpResponse) else pupil_page(request, "week", **shown)


@never_cache
@pupil_required
@require_safe
def done(request: PupilRequest) -> HttpResponse:
    pupil, at = request.pupil, clock.for_request(request)
    known = queries.of_this_week(pupil, today_in(pupil.school, at))
    if known is None or known.finished_at is None:
        return redirect("pupil:home")
    return pupil_page(request, "week_done", change_url=answering.change_url(PAGE, known, at))


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: PupilRequest) -> HttpResponse:
    """Explain what the question is for and store the pupil's own yes or no, which can be changed here."""
    pupil, at = request.pupil, clock.for_request(request)
    standing = standing_of(pupil, today_in(pupil.school, at))
    if standing is Standing.NOTHING:
        return redirect("pupil:home")
    form = WordForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        context = {
            "form": form,
            "is_on": standing is Standing.ON,
            "is_off": standing is Standing.OFF,
        }
        return pupil_page(request, "week_agree", status=status, **context)
    said = form.cleaned_data["decision"]
    record_pupil_word(student=pupil, purpose=Purpose.WEEKLY, decision=said, at=at)
    return redirect("pupil:week" if said == WordForm.GIVEN else "pupil:home")

"""How was your week? Two taps, where the family and the pupil agree; nobody has to answer."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from doors.pupil.forms import WordForm
from doors.pupil.presenters import pupil_page
from privacy.actions import record_pupil_word
from privacy.models import Purpose
from schools.policies import today_in
from students.policies import pupil_required
from surveys import asking
from surveys.forms import AnswerForm
from surveys.pulses import actions, presenters, queries, rules
from surveys.pulses.policies import Standing, standing_of


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def week(request: HttpRequest) -> HttpResponse:
    """One question on a page. Opening it records nothing."""
    pupil, at, error = request.pupil, clock.for_request(request), ""
    on = today_in(pupil.school, at)
    if (standing := standing_of(pupil, on)) is not Standing.ON:
        return redirect("pupil:week_agree" if standing else "pupil:home")
    if request.method == "POST":
        tap = asking.tap_of(AnswerForm(request.POST))
        whom = {"key": rules.MOOD, "student": pupil, "adult": None}
        try:
            if "leave_out" in request.POST:
                actions.leave_out(**whom, at=at)
                return redirect("pupil:home")
            if tap is None:
                raise actions.Refused("no_such_answer")
            pulse = actions.answer(**whom, item=tap.item, option=tap.option, at=at)
        except actions.Refused as refused:
            if str(refused) != "no_such_answer":
                return redirect("pupil:week_done")
            error = _("Please tap one answer.")
        else:
            following = next(iter(queries.items_open(pulse)), None)
            return redirect(_address(following.id) if following else "pupil:week_done")
    owner = {"student_id": pupil.pk}
    known = queries.of_this_week(owner, rules.MOOD, on)
    if not queries.is_answerable(known, owner, rules.MOOD, at):
        return redirect("pupil:week_done")
    edition = known.edition if known else queries.edition_of(rules.MOOD, pupil.school)
    wanted = (request.POST if error else request.GET).get("item", "")
    asked = presenters.question(edition, known, wanted, _address)
    status, post_url = 422 if error else 200, reverse("pupil:week")
    return pupil_page(request, "week", status=status, error=error, post_url=post_url, **asked)


def _address(item_id: str) -> str:
    return f"{reverse('pupil:week')}?{urlencode({'item': item_id})}"


@never_cache
@pupil_required
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    pupil, at = request.pupil, clock.for_request(request)
    known = queries.of_this_week({"student_id": pupil.pk}, rules.MOOD, today_in(pupil.school, at))
    if known is None or known.finished_at is None:
        return redirect("pupil:home")
    first = known.edition.instrument.items[0]
    change_url = _address(first.id) if rules.may_change(known.finished_at, at) else ""
    return pupil_page(request, "week_done", change_url=change_url)


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest) -> HttpResponse:
    """What the question is for, and the pupil's own yes or no; either may be changed here."""
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

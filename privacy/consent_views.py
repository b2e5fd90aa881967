"""A family's consent pages: one question per page, and a receipt for each answer."""

from uuid import UUID, uuid4

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from privacy import actions, presenters
from privacy.forms import FamilyWordForm
from privacy.models import Consent, Purpose
from privacy.policies import overrides_in_force
from privacy.queries import Standing, history_of, standings_of
from privacy.spoken import recording_for
from privacy.texts import DUTIES

WORDS_SHOWN = 50  # rows; keeps the page of past answers short


@require_safe
@family_page
def consents(request: FamilyDoorRequest) -> HttpResponse:
    today = timezone.localdate(clock.for_request(request))
    adults = list(request.adults)
    standings = standings_of(adults, today)
    context = {
        "groups": presenters.groups(standings, today),
        "decides": any(one.student for one in standings),
        "open": sum(one.is_to_be_asked for one in standings),
        "duties": DUTIES,
        "words": presenters.history(list(history_of(adults)[:WORDS_SHOWN])),
    }
    return render(request, "privacy/consents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def consent(
    request: FamilyDoorRequest, purpose: str, student_id: int | None = None
) -> HttpResponse:
    """Show a question with two buttons, and record the answer; opening the page records nothing."""
    at = clock.for_request(request)
    today = timezone.localdate(at)
    # The question that these adults may decide; 404 for any other child, purpose or adult.
    mine = (
        one
        for one in standings_of(list(request.adults), today)
        if one.purpose == purpose and (one.student.pk if one.student else None) == student_id
    )
    one = next(mine, None)
    if one is None:
        raise Http404
    if request.method != "POST":
        return render(request, "privacy/consent.html", _page(request, one, today))
    form = FamilyWordForm(request.POST)
    if not form.is_valid():
        context = _page(request, one, today) | {"error": form.first_error}
        return render(request, "privacy/consent.html", context, status=422)
    word = actions.record_consent(
        adult=next(adult for adult in request.adults if adult.pk == one.adult_id),
        student=one.student,
        purpose=purpose,
        decision=form.cleaned_data["decision"],
        via=Consent.Via.FAMILY_PAGE,
        key=form.cleaned_data["key"],
        at=at,
    )
    return redirect("family_privacy:receipt", word.receipt)


def _page(request: FamilyDoorRequest, one: Standing, today) -> dict:
    adult = next(adult for adult in request.adults if adult.pk == one.adult_id)
    recording = recording_for(adult.school_id, one.purpose)
    told = overrides_in_force(today).filter(student=one.student, is_shown_to_family=True)
    return presenters.page(one, today, uuid4().hex) | {
        "override": told.first() if one.purpose == Purpose.VILLAGE else None,
        "recording": recording,
        "school_phone": adult.school.phone,
    }


@require_safe
@family_page
def receipt(request: FamilyDoorRequest, receipt: UUID) -> HttpResponse:
    word = history_of(list(request.adults)).filter(receipt=receipt).first()
    if word is None:
        raise Http404
    today = timezone.localdate(clock.for_request(request))
    waiting = [one for one in standings_of(list(request.adults), today) if one.is_to_be_asked]
    context = presenters.receipt(word)
    context["next_url"] = presenters.url_of(waiting[0]) if waiting else ""
    context["next_count"] = len(waiting)
    return render(request, "privacy/receipt.html", context)

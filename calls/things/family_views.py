"""Before the call, a parent reads what the child wants to be asked, and sends something back."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from calls.things import actions
from calls.things.forms import AnswerForm
from calls.things.models import ThreeThings
from calls.things.policies import get_photo_for, get_things_for
from core import clock
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from uploads.responses import serve
from uploads.rules import PHOTO_BYTES


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def things(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    at = clock.for_request(request)
    found = get_things_for(request.adults, student_id, timezone.localdate(at), at)
    form = AnswerForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        actions.answer(things=found, at=at, **form.cleaned_data)
        return redirect("family_calls:things", student_id)
    context = {
        "things": found,
        "child": found.student.given_name,
        "form": form,
        "photo_bytes": PHOTO_BYTES,
        "answers": ThreeThings.Answer.choices,
        "may_answer": found.answered_at is None and found.over_at is None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "calls/family/things.html", context, status=status)


@require_safe
@family_page
def photo(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    at = clock.for_request(request)
    return serve(get_photo_for(request.adults, student_id, timezone.localdate(at), at), request)

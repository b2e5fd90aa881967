"""Ask a child once, with five faces, how a call at the school's phone was; an answer is optional."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from calls import actions, queries
from core import clock
from doors.pupil.forms import MoodForm
from doors.pupil.presenters import pupil_page
from students.policies import pupil_required
from students.requests import PupilRequest


@never_cache
@pupil_required
@require_http_methods(["GET", "HEAD", "POST"])
def call_mood(request: PupilRequest) -> HttpResponse:
    """Ask about the latest recent call that the child has not rated yet."""
    at = clock.for_request(request)
    call = queries.child_call_to_rate(request.pupil, at)
    if call is None:
        return redirect("pupil:home")
    form = MoodForm(request.POST or None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return pupil_page(request, "call_mood", status=status, form=form)
    actions.set_child_mood(slot=call, mood=form.cleaned_data["mood"], at=at)
    return redirect("pupil:home")

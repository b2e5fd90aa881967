"""A carer chooses when calls with the child may ring on their own phone, and sees when one comes."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from calls import family_presenters
from calls.homes import actions
from calls.homes.forms import WINDOW_WORDS, WindowsForm
from calls.homes.queries import has_phone, windows_agreed
from calls.models import CallPlace
from calls.policies import held_by_family
from core import clock
from guardians.models import Guardianship
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def home(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    held, at = held_by_family(request, student_id), clock.for_request(request)
    if held.kind != Guardianship.Kind.CARER:
        raise Http404
    may_agree = has_phone(held.adult)
    agreed = windows_agreed(CallPlace.objects.filter(carer=held.adult).first())
    form = WindowsForm(request.POST if request.method == "POST" else None)
    if may_agree and form.is_valid():
        actions.agree(carer=held.adult, windows=form.cleaned_data["windows"], at=at)
        return redirect("family_calls:home", student_id)
    context = family_presenters.at_home(held, at) | {
        "form": form,
        "windows": WINDOW_WORDS,
        "agreed": agreed,
        "may_agree": may_agree,
    }
    status = 422 if form.is_bound else 200
    return render(request, "calls/family/at_home.html", context, status=status)

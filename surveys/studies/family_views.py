"""A family's yes or no to one study, for one child. Opening the page records nothing."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core import clock
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from privacy.forms import FamilyWordForm
from privacy.models import Consent
from surveys.models import StudyWord
from surveys.studies import actions, presenters
from surveys.studies.policies import get_asked


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def study(request: FamilyDoorRequest, pk: int, student_id: int) -> HttpResponse:
    at = clock.for_request(request)
    on = timezone.localdate(at)
    found, tie = get_asked(list(request.adults), pk, student_id, on)
    words = StudyWord.objects.filter(study=found, student=tie.student, adult__in=request.adults)
    context = presenters.asked(found, tie, words.order_by("-at", "-pk").first(), on)
    if request.method != "POST":
        return render(request, "surveys/family/study.html", context)
    form = FamilyWordForm(request.POST)
    if not form.is_valid():
        context |= {"error": form.first_error}
        return render(request, "surveys/family/study.html", context, status=422)
    actions.record_word(
        study=found,
        student=tie.student,
        adult=tie.adult,
        decision=form.cleaned_data["decision"],
        via=Consent.Via.FAMILY_PAGE,
        key=form.cleaned_data["key"],
        at=at,
    )
    return redirect("family_surveys:study", pk, student_id)

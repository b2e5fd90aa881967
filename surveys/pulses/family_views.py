"""A carer answers five short questions about themselves at their own page, one on a page, without script."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.addresses import page_above
from guardians.policies import family_page, guardianships_of
from surveys import asking
from surveys.forms import AnswerForm
from surveys.pulses import actions, policies, presenters, queries, rules


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def carer(request: HttpRequest) -> HttpResponse:
    """Opening the page records nothing. Whoever is not asked today is told so."""
    at = clock.for_request(request)
    on, adults = timezone.localdate(at), list(request.adults)
    children = guardianships_of(adults, on).values_list("student_id", flat=True)
    tie = policies.tie_of_carer(adults, list(children), on)
    if tie is None:
        return redirect(page_above("family_home"))
    adult, error = tie.adult, ""
    if request.method == "POST":
        tap = asking.tap_of(AnswerForm(request.POST))
        whom = {"key": rules.CARER, "student": None, "adult": adult}
        try:
            if "leave_out" in request.POST:
                actions.leave_out(**whom, at=at)
                return redirect(page_above("family_home"))
            if tap is None:
                raise actions.Refused("no_such_answer")
            pulse = actions.answer(**whom, item=tap.item, option=tap.option, at=at)
        except actions.Refused as refused:
            if str(refused) != "no_such_answer":
                return redirect("family_surveys:carer_done")
            error = _("Please tap one answer.")
        else:
            following = next(iter(queries.items_open(pulse)), None)
            return redirect(_address(following.id) if following else "family_surveys:carer_done")
    owner = {"adult_id": adult.pk}
    known = queries.of_this_week(owner, rules.CARER, on)
    if not queries.is_answerable(known, owner, rules.CARER, at):
        return redirect("family_surveys:carer_done")
    edition = known.edition if known else queries.edition_of(rules.CARER, adult.school)
    wanted = (request.POST if error else request.GET).get("item", "")
    context = presenters.question(edition, known, wanted, _address) | {
        "adult": adult,
        "post_url": reverse("family_surveys:carer"),
        "error": error,
    }
    return render(request, "surveys/family/carer.html", context, status=422 if error else 200)


def _address(item_id: str) -> str:
    return f"{reverse('family_surveys:carer')}?{urlencode({'item': item_id})}"


@require_safe
@family_page
def carer_done(request: HttpRequest) -> HttpResponse:
    at = clock.for_request(request)
    on, adults = timezone.localdate(at), list(request.adults)
    children = guardianships_of(adults, on).values_list("student_id", flat=True)
    tie = policies.tie_of_carer(adults, list(children), on)
    known = queries.of_this_week({"adult_id": tie.adult_id}, rules.CARER, on) if tie else None
    context = {
        "adult": request.family_adult,
        "school": request.family_adult.school,
        "change_url": _address(known.edition.instrument.items[0].id)
        if known and rules.may_change(known.finished_at, at)
        else "",
    }
    return render(request, "surveys/family/carer_done.html", context)

"""A case whose counsellor has left: show that it is waiting and who could take it, and take it over."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from counselling.cases import policies
from counselling.cases.left import NotLeft
from counselling.cases.left import take_over as take
from counselling.cases.policies import in_emergency
from counselling.pool.queries import concern_to_hand_on
from schools.policies import today_in
from schools.requests import SchoolRequest


@in_emergency
@require_http_methods(["GET", "HEAD", "POST"])
def take_over(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show the case to principal and counsellors, and let a counsellor take it over.

    Nothing in the case is opened here.
    """
    user, at = request.user, clock.for_request(request)
    if request.method == "POST" and policies.cases_kept_by(user, at).filter(pk=pk).exists():
        return redirect("counselling:case", pk)  # a second tap
    found = policies.get_case_left_behind(user, pk, at)
    if request.htmx:  # requested from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    context = {
        "case": found,
        "may_take": policies.may_take_over(user, found, at),
        "people": policies.colleagues_to_hand_to(found, today_in(found.school, at)),
        "concern": concern_to_hand_on(found, user, at),
    }
    if request.method == "POST":
        try:
            take(case=found, by=user, at=at, ip=request.META.get("REMOTE_ADDR"))
            return redirect("counselling:case", found.pk)
        except NotLeft:
            context["problem"] = _("You cannot take it: only a counsellor of the school can.")
    status = 422 if "problem" in context else 200
    return render(request, "counselling/case_left.html", context, status=status)

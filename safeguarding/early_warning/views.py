"""Hints of the nightly look, and what the rules would have said, before they are switched on."""

from dataclasses import asdict
from functools import wraps

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.addresses import page_above
from core.view_types import P, Page, View
from safeguarding import second_factor
from safeguarding.early_warning import actions, policies, presenters
from safeguarding.early_warning import rules as usual
from safeguarding.early_warning.forms import SettleForm, SwitchForm
from safeguarding.models import WarningRules
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

READ = "safeguard hints"  # in the access log


def looking(view: View[SchoolRequest, P]) -> Page[P]:
    """Check the permission and the second step, forbid caching, and keep form data out of error reports."""

    @wraps(view)
    @never_cache
    @sensitive_post_parameters()
    @staff_required(Permission.CHECK_SAFEGUARDING)
    def guarded(request: SchoolRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if second_factor.is_missing(request):
            return second_factor.asked_for(request)
        return view(request, *args, **kwargs)

    return guarded


@looking
@require_safe
def flags(request: SchoolRequest) -> HttpResponse:
    if request.htmx:  # Today opens an act in place, but hints need the whole page
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    return _page(request)


@looking
@require_POST
def settle(request: SchoolRequest, pk: int) -> HttpResponse:
    flag = policies.get_flag_for(request.user, pk, request.viewer.on)
    form = SettleForm(flag.pk, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    flag = actions.settle(flag=flag, by=request.user, at=request.viewer.at, **form.cleaned_data)
    if flag.concern_id:
        return redirect(page_above("concern", flag.concern_id))
    return redirect("safeguarding:flags")


@looking
@require_http_methods(["GET", "POST"])
def rules(request: SchoolRequest) -> HttpResponse:
    """Show what the past term would have brought, with limits to try out, and switch the rules on or off."""
    school, viewer = request.viewer.school, request.viewer
    row = WarningRules.objects.filter(school=school).first()
    limits = row.limits if row else usual.USUAL
    initial = {"looks_a_week": row.looks_a_week if row else 5, "is_on": bool(row and row.is_on)}
    form = SwitchForm(request.POST or None, initial=initial | asdict(limits))
    is_tried = form.is_valid() and "try" in request.POST
    if form.is_valid():
        limits = form.limits
    trial = presenters.trial_of(school, viewer.on, limits, row)
    if form.is_valid() and not is_tried:
        try:
            actions.switch(
                school=school,
                by=request.user,
                is_on=form.cleaned_data["is_on"],
                looks_a_week=form.cleaned_data["looks_a_week"],
                limits=limits,
                flags_a_week=trial.a_week,
                at=viewer.at,
            )
            return redirect("safeguarding:flag_rules")
        except actions.TooMany:
            words = _(
                "About %(n).1f a week would come, more than you have time for. A hint that nobody "
                "looks at is worse than none: make time for more, or leave the rules off."
            )
            form.add_error("is_on", words % {"n": trial.a_week})
    context = presenters.trial_context(school, trial, row, limits, viewer)
    status = 422 if form.is_bound and not is_tried else 200
    return render(
        request,
        "safeguarding/flag_rules.html",
        context | {"form": form, "is_tried": is_tried},
        status=status,
    )


def _page(
    request: SchoolRequest, form: SettleForm | None = None, status: int = 200
) -> HttpResponse:
    context = presenters.flags_context(request.user, request.viewer.at, form)
    listed: dict[int, set[int]] = {}
    for row in context["rows"] + context["settled"]:
        listed.setdefault(row["flag"].school_id, set()).add(row["flag"].student_id)
    for school_id, student_ids in sorted(listed.items()):
        record_access(
            by=request.user,
            school_id=school_id,
            student_ids=sorted(student_ids),
            what=READ,
            ip=request.META.get("REMOTE_ADDR"),
        )
    return render(request, "safeguarding/flags.html", context, status=status)

"""Hints of the nightly look; and what the rules would have said, before they are switched on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counselling import warning_actions as actions
from counselling import warning_pages as pages
from counselling import warning_policies as policies
from counselling.models import WarningRules
from counselling.warning_forms import SettleForm, SwitchForm
from counselling.warning_trial import trial_of
from schools.policies import staff_required
from schools.roles import Permission

looking = staff_required(Permission.CHECK_SAFEGUARDING)


@looking
@require_safe
def flags(request: HttpRequest) -> HttpResponse:
    if request.htmx:  # from Today, where an act opens in place: hints want the whole page
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    context = pages.flags_context(request.user, request.viewer.at)
    return render(request, "counselling/flags.html", context)


@looking
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    flag = policies.get_flag_for(request.user, pk, request.viewer.on)
    form = SettleForm(flag.pk, request.POST)
    if not form.is_valid():
        context = pages.flags_context(request.user, request.viewer.at, form)
        return render(request, "counselling/flags.html", context, status=422)
    flag = actions.settle(flag=flag, by=request.user, at=request.viewer.at, **form.cleaned_data)
    if flag.concern_id:
        return redirect("counselling:detail", flag.concern_id)
    return redirect("counselling:flags")


@looking
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """What the past term would have brought, beside the time there is; and the switch."""
    school, viewer = request.viewer.school, request.viewer
    row = WarningRules.objects.filter(school=school).first()
    trial = trial_of(school, viewer.on)
    initial = {"looks_a_week": row.looks_a_week if row else 5, "is_on": bool(row and row.is_on)}
    form = SwitchForm(request.POST or None, initial=initial)
    if form.is_valid():
        facts = form.cleaned_data | {"flags_a_week": trial.a_week}
        try:
            actions.switch(school=school, by=request.user, at=viewer.at, **facts)
            return redirect("counselling:flag_rules")
        except actions.TooMany:
            form.add_error("is_on", _more_than_time(trial.a_week))
    context = pages.trial_context(school, trial, row) | {"form": form}
    status = 422 if form.is_bound else 200
    return render(request, "counselling/flag_rules.html", context, status=status)


def _more_than_time(a_week: float) -> str:
    words = _(
        "About %(n).1f a week would come, more than there is time for. A hint that nobody looks at is worse "
        "than none: make time for more looks, or leave the rules off."
    )
    return words % {"n": a_week}

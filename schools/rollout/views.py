"""Officers plan when schools begin. A wave that has begun cannot be changed, and the page says why."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.weeks import next_monday
from schools.models import County, Wave
from schools.policies import acts, sets_up
from schools.requests import CountyRequest
from schools.rollout import actions, queries
from schools.rollout.forms import PlacesForm, WaveForm


@require_safe
@sets_up
def plan(request: CountyRequest, county: County) -> HttpResponse:
    return _page(request, county)


def _page(
    request: CountyRequest, county: County, bound: forms.BaseForm | None = None, of: int = 0
) -> HttpResponse:
    """Render the page. `bound` is a form with errors: of the wave `of`, for a new wave, or of the schools."""
    on = request.viewer.on
    found = queries.plan_of(county, on)
    ahead = [wave for wave in found.waves if wave.starts_on > on]
    is_of_wave = isinstance(bound, WaveForm)
    schools = (
        bound if isinstance(bound, PlacesForm) else PlacesForm(places=found.places, waves=ahead)
    )
    context = {
        "county": county,
        "waves": [
            {
                "wave": wave,
                "places": [one for one in found.places if one.wave == wave],
                "form": bound if is_of_wave and of == wave.pk else _form(request, wave),
                "is_bad": is_of_wave and of == wave.pk,
            }
            for wave in ahead
        ],
        "begun": [
            {"wave": wave, "places": [one for one in found.places if one.wave == wave]}
            for wave in found.waves
            if wave.starts_on <= on
        ],
        "without": [one for one in found.places if one.has_begun and one.wave is None],
        "new": bound if is_of_wave and not of else _form(request, None),
        "schools": schools,
    }
    return render(request, "schools/rollout/plan.html", context, status=422 if bound else 200)


def _form(request: CountyRequest, wave: Wave | None, data: Any = None) -> WaveForm:
    prefix = f"wave{wave.pk}" if wave else "new"
    on = request.viewer.on
    initial = {} if wave else {"starts_on": next_monday(on)}
    return WaveForm(data, instance=wave, initial=initial, prefix=prefix, today=on)


@require_POST
@acts
def add(request: CountyRequest, county: County) -> HttpResponse:
    form = _form(request, None, request.POST)
    about = {"county": county, "by": request.viewer.user, "at": request.viewer.at}
    if form.is_valid() and _done(form, lambda said: actions.add_wave(**about, **said)):
        messages.success(request, _("The wave is here. Put schools into it below."))
        return redirect("founding:rollout")
    return _page(request, county, form)


@require_POST
@acts
def change(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    form = _form(request, _get(county, pk), request.POST)
    about = {"county": county, "pk": pk, "by": request.viewer.user, "at": request.viewer.at}
    if form.is_valid() and _done(form, lambda said: actions.change_wave(**about, **said)):
        messages.success(request, _("Saved. We will tell its schools."))
        return redirect("founding:rollout")
    return _page(request, county, form, pk)


def _done(form: WaveForm, act: Callable[[dict[str, Any]], Any]) -> bool:
    """Run `act`; return False if that was impossible: the form says why."""
    try:
        act(form.cleaned_data)
    except actions.NameTaken:
        form.add_error("name", _("A wave with this name already exists."))
    except actions.HasBegun:
        form.add_error(
            "starts_on", _("This wave has begun; its schools are already asking families.")
        )
    else:
        return True
    return False


@require_POST
@acts
def remove(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    _get(county, pk)
    try:
        actions.remove_wave(county=county, pk=pk, at=request.viewer.at)
        messages.success(request, _("Removed."))
    except actions.NotEmpty:
        messages.error(request, _("Schools are in this wave. Move them first."))
    except actions.HasBegun:
        messages.error(request, _("This wave has begun; its schools are already asking families."))
    return redirect("founding:rollout")


def _get(county: County, pk: int) -> Wave:
    wave = Wave.objects.filter(county=county, pk=pk).first()
    if wave is None:
        raise Http404
    return wave


@require_POST
@acts
def place(request: CountyRequest, county: County) -> HttpResponse:
    viewer = request.viewer
    found = queries.plan_of(county, viewer.on)
    ahead = [wave for wave in found.waves if wave.starts_on > viewer.on]
    form = PlacesForm(request.POST, places=found.places, waves=ahead)
    if not form.is_valid():
        return _page(request, county, form)
    try:
        moved = actions.place_schools(
            county=county, places=form.places(), by=viewer.user, at=viewer.at
        )
    except actions.HasBegun:
        form.add_error(None, _("A school has begun meanwhile. Nothing was moved."))
        return _page(request, county, form)
    if moved:
        messages.success(request, _("Saved. We will tell the schools."))
    return redirect("founding:rollout")

"""Requests that wait for a second person: posts that read cases, and colleagues' new passwords."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.second_factor.asking import ask_again
from core import spoken_codes as numbers
from schools.agreeing.policies import second_person_required
from schools.appointing import actions as appointing
from schools.appointing import policies as offers
from schools.appointing.apart import NotApart
from schools.appointing.presenters import NOT_LOOKED_UP_IN_TIME, not_apart
from schools.models import PostOffer
from schools.passwords import actions as passwords
from schools.passwords import policies as resets
from schools.policies import StaffRequest


@never_cache
@second_person_required
def agreeing(request: StaffRequest) -> HttpResponse:
    viewer = request.viewer
    asked = resets.resets_for_second(viewer.user, viewer.on, viewer.at)
    context = {
        "told": [
            (one, numbers.number_of(appointing.NUMBER, one.salt))
            for one in offers.numbers_to_tell(viewer.user, viewer.at)
        ],
        "offers": offers.offers_for_second(viewer.user, viewer.on, viewer.at),
        "resets": [
            (one, numbers.number_of(passwords.NUMBER, one.salt) if one.agreed_at else "")
            for one in asked
        ],
        "administrators": resets.administrators_to_help(viewer.user, viewer.school, viewer.on)
        if viewer.school and resets.may_ask(viewer.user, viewer.school, viewer.on)
        else [],
    }
    return render(request, "schools/agreeing.html", context)


@second_person_required
@require_POST
def agree_offer(request: StaffRequest, pk: int) -> HttpResponse:
    viewer, ip = request.viewer, request.META.get("REMOTE_ADDR")
    rows = offers.offers_for_second(viewer.user, viewer.on, viewer.at)
    offer = offers.get_offer(rows, pk)
    if offer.county_id:
        ask_again(request)
    if "refuse" in request.POST:
        outcome = PostOffer.Outcome.REFUSED
        appointing.close(offer=offer, outcome=outcome, by=viewer.user, at=viewer.at, ip=ip)
        return _done(request)
    try:
        appointing.agree(offer=offer, by=viewer.user, at=viewer.at, ip=ip)
    except appointing.SignInTaken:
        messages.error(
            request,
            _("Somebody already signs in with this name. The administrator must ask again."),
        )
        return redirect("schools:agreeing")
    except NotApart as why:
        messages.error(request, not_apart(why))
        return redirect("schools:agreeing")
    except appointing.NotLookedUp:
        appointing.close_not_looked_up(offer=offer, at=viewer.at, ip=ip)
        messages.error(request, NOT_LOOKED_UP_IN_TIME)
        return redirect("schools:agreeing")
    return _done(request)


@second_person_required
@require_POST
def agree_reset(request: StaffRequest, pk: int) -> HttpResponse:
    viewer, ip = request.viewer, request.META.get("REMOTE_ADDR")
    rows = resets.resets_for_second(viewer.user, viewer.on, viewer.at)
    reset = get_object_or_404(rows, pk=pk)
    act = passwords.stop if "refuse" in request.POST else passwords.agree
    act(reset=reset, by=viewer.user, at=viewer.at, ip=ip)
    return _done(request)


def _done(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect("schools:agreeing")

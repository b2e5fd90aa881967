"""The shared queue: pages to put a concern into it, and to accept a child or give it back."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.requests import key_of
from counselling import secrecy
from counselling.cases import presenters as case_presenters
from counselling.cases.policies import in_emergency, keeping, reading
from counselling.pool import actions, policies, presenters
from counselling.pool.forms import BriefForm, GiveBackForm, OfferForm
from safeguarding.models import Concern
from safeguarding.policies import counties_of_counsellor, get_concern_for
from schools.policies import get_school_for
from schools.requests import SchoolRequest
from schools.roles import Permission

ASKED = ["GET", "HEAD", "POST"]
# What prevents text from being opened; nothing is overwritten then.
SHUT = (secrecy.KeyMissing, secrecy.Tampered)


@in_emergency
@require_http_methods(ASKED)
def pool(request: SchoolRequest) -> HttpResponse:
    """Show the queue to counsellors who have agreed, and the school's switch to its principal."""
    if request.htmx:  # requested from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    if request.method != "POST":
        return _pool_page(request)
    at, act = clock.for_request(request), request.POST.get("act", "")
    if act == "offer":
        form = OfferForm(request.POST)
        counties = counties_of_counsellor(request.user, timezone.localdate(at))
        if not counties:
            raise Http404
        if not form.is_valid():
            return _pool_page(request, 422, offer_form=form)
        member = policies.membership_of(request.user, at)
        county_id = member.county_id if member else counties[0]
        actions.offer(by=request.user, county_id=county_id, at=at, **form.cleaned_data)
        return redirect("counselling:pool")
    if act == "stop":
        try:
            actions.stop_offering(by=request.user, at=at)
        except actions.StillEngaged:
            words = _(
                "You still look after a child of another school: close the case or give it back."
            )
            return _pool_page(request, 422, problem=words)
    elif act == "join":
        actions.join(school=_school(request), by=request.user, at=at)
    elif act == "leave":
        actions.leave(school=_school(request), by=request.user, at=at)
    else:
        return _pool_page(request, 422)
    return redirect("counselling:pool")


def _pool_page(request: SchoolRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = presenters.pool_context(request.user, clock.for_request(request)) | more
    return render(request, "counselling/pool.html", context, status=status)


def _school(request: SchoolRequest):
    """Return a school of which the reader is principal; else 404."""
    pk = key_of(request.POST.get("school")) or 0
    return get_school_for(request.user, pk, Permission.JOIN_POOL, request.viewer.on)


@keeping
@require_http_methods(ASKED)
def brief(request: SchoolRequest, brief_id) -> HttpResponse:
    """Show one brief without a name, and accept it. Somebody who comes too late learns only that."""
    at = clock.for_request(request)
    found = policies.get_brief_for(request.user, brief_id, at)
    ip = request.META.get("REMOTE_ADDR")
    if request.method == "POST":
        try:
            case = actions.accept(brief=found, by=request.user, at=at, ip=ip)
        except actions.Taken:
            return _taken(request)
        except actions.Full:
            words = _(
                "You look after as many children as you said. Raise the number first, if you can."
            )
            return _pool_page(request, 422, problem=words)
        except (secrecy.NoKey, *SHUT):
            return _pool_page(request, 503, problem=_cannot_open())
        return redirect("counselling:case", case.pk)
    if not policies.briefs_open_to(request.user, at).filter(pk=found.pk).exists():
        return _taken(request)
    try:
        context = presenters.brief_context(found, request.user, at, ip)
    except SHUT:
        return _pool_page(request, 503, problem=_cannot_open())
    return render(request, "counselling/brief.html", context)


def _taken(request: HttpRequest) -> HttpResponse:
    return render(request, "counselling/brief_taken.html", status=409)


def _cannot_open() -> str:
    return _("This brief cannot be opened on this server. Please tell your system administrator.")


@reading
@require_http_methods(ASKED)
def hand_on(request: SchoolRequest, pk: int) -> HttpResponse:
    """Put a concern into the queue, or take it back.

    The author writes the brief, looks at it as others will see it, and hands it on.
    """
    at = clock.for_request(request)
    concern = get_concern_for(request.user, pk, request.viewer.on)
    if not policies.may_hand_on(request.user, concern, at):
        raise Http404
    if request.htmx:  # requested from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    if request.POST.get("act") == "take_back":
        seen = request.POST.get("seen", "")
        if not actions.take_back(concern=concern, by=request.user, at=at, seen=seen):
            words = _("This has changed meanwhile, so nothing was taken back. Please look again.")
            messages.warning(request, words)
        return _to_concern(concern)
    status = presenters.status_context(concern, at)
    why = actions.refused(concern, at)
    if status or why:
        return _hand_on_page(
            request, concern, pool=status, why=why and presenters.refused_text(why)
        )
    if request.method != "POST":
        return _hand_on_page(request, concern, form=presenters.brief_form(concern, at))
    return _write(request, concern, presenters.brief_form(concern, at, request.POST))


def _write(request: SchoolRequest, concern: Concern, form: BriefForm) -> HttpResponse:
    """Put the brief into the queue, but only as the screen has shown it to its author before."""
    if not form.is_valid():
        return _hand_on_page(request, concern, 422, form=form)
    digest = presenters.digest_of(form.shown)
    at = clock.for_request(request)
    if form.cleaned_data["seen"] != digest or request.POST.get("act") != "send":
        data = request.POST.copy()
        data["seen"] = digest
        form.data = data
        return _hand_on_page(
            request, concern, form=form, shown=presenters.preview(concern, form, at)
        )
    try:
        actions.hand_on(concern=concern, by=request.user, at=at, **form.facts)
    except actions.Refused as error:
        return _hand_on_page(request, concern, 409, why=presenters.refused_text(error.why))
    except secrecy.NoKey:
        form.add_error("words", case_presenters.no_key_text())
        return _hand_on_page(request, concern, 422, form=form)
    return _to_concern(concern)


def _hand_on_page(
    request: HttpRequest, concern: Concern, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"concern": concern} | more
    return render(request, "counselling/hand_on.html", context, status=status)


def _to_concern(concern: Concern) -> HttpResponse:
    response = redirect("counselling:detail", concern.pk)
    response["Location"] += "#pool"
    return response


@keeping
@require_http_methods(ASKED)
def give_back(request: SchoolRequest, pk: int) -> HttpResponse:
    """Give the child back to its school, because a counsellor of another school cannot continue."""
    at = clock.for_request(request)
    case = policies.get_guest_case(request.user, pk, at)
    form = GiveBackForm(request.POST or None)
    if not form.is_valid():
        people = presenters.colleagues(case, at)
        context = {"case": case, "form": form, "people": people, "guest": True}
        status = 422 if form.is_bound else 200
        return render(request, "counselling/give_back.html", context, status=status)
    actions.give_back(case=case, by=request.user, at=at, **form.cleaned_data)
    messages.success(request, _("Given back. The school has been told."))
    return redirect("counselling:pool")

"""A county's officers found schools and name first administrators and officers; a second person agrees."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import spoken_codes as numbers
from core.addresses import page_above
from core.requests import is_of_this_machine
from schools.appointing import actions as appointing
from schools.appointing.apart import NotApart
from schools.appointing.forms import SIGN_IN_REFUSED
from schools.appointing.policies import get_offer
from schools.appointing.presenters import not_apart
from schools.founding import actions, policies
from schools.founding.forms import NamedForm, SchoolOfCountyForm
from schools.models import County, PostOffer, School
from schools.passwords.actions import NoSlip, make_slip
from schools.policies import acts, sets_up
from schools.requests import CountyRequest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acts
def found(request: CountyRequest, county: County) -> HttpResponse:
    """Create the school and name its first administrator, in one form and one transaction."""
    school_form = SchoolOfCountyForm(request.POST or None)
    form = NamedForm(request.POST or None)
    if request.method == "POST" and all([school_form.is_valid(), form.is_valid()]):
        offer = _found(request, county, school_form, form)
        if offer:
            words = _(
                "%(school)s has been created. Another person must agree to its administrator."
            )
            messages.success(request, words % {"school": offer.school})
            return redirect("founding:offer", pk=offer.pk)
    context = {"county": county, "school_form": school_form, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "schools/founding/school.html", context, status=status)


def _found(
    request: CountyRequest, county: County, school_form: SchoolOfCountyForm, form: NamedForm
) -> PostOffer | None:
    """Return the offer, or None if that was impossible: a form says why, and the school is not kept."""
    said, viewer = school_form.cleaned_data, request.viewer
    try:
        with transaction.atomic():
            school = actions.found_school(
                county=county,
                name=said["school_name"],
                code=said["code"],
                phone=said["duty_phone"],
                on=viewer.on,
                is_demo=policies.is_of_demo(county),
            )
            return actions.name_administrator(
                school=school, named=form.named(), by=viewer.user, at=viewer.at, ip=_ip(request)
            )
    except actions.CodeTaken:
        school_form.add_error("code", _("There is already a school with this code."))
    except actions.NameTaken:
        school_form.add_error("school_name", _("The county has a school of this name already."))
    except NotApart as found:
        form.add_error("username", not_apart(found))
    return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acts
def administrator(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    school = policies.get_school_without_administrator(county, pk, request.viewer.on)
    return _name(request, county, school)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acts
def officer(request: CountyRequest, county: County) -> HttpResponse:
    return _name(request, county, None)


def _name(request: CountyRequest, county: County, school: School | None) -> HttpResponse:
    form = NamedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        offer = _ask(request, county, school, form)
        if offer:
            messages.success(request, _("Asked for. Another person must agree."))
            return redirect("founding:offer", pk=offer.pk)
    context = {"county": county, "of_school": school, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "schools/founding/named.html", context, status=status)


def _ask(
    request: CountyRequest, county: County, school: School | None, form: NamedForm
) -> PostOffer | None:
    about: dict[str, Any] = {"named": form.named(), "by": request.user, "at": request.viewer.at}
    about["ip"] = _ip(request)
    try:
        if school:
            return actions.name_administrator(school=school, **about)
        return actions.name_officer(county=county, **about)
    except actions.HasAdministrator:
        form.add_error("name", _("The school has an administrator by now."))
    except (appointing.AlreadyOffered, IntegrityError):
        form.add_error("name", _("A colleague has asked for this already."))
    except NotApart as found:
        form.add_error("username", not_apart(found))
    return None


@never_cache
@require_safe
@sets_up
def offer(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    return _offer_page(request, county, _get(request, county, pk))


def _get(request: CountyRequest, county: County, pk: int) -> PostOffer:
    return get_offer(policies.offers_of_county(county, request.viewer.at), pk)


def _offer_page(request: CountyRequest, county: County, found: PostOffer, **more) -> HttpResponse:
    """Show who still has to agree.

    The second person sees the number, the county's other officers the slip.
    """
    viewer = request.viewer
    waiting = policies.waits_for(viewer.user, county, viewer.on, viewer.at)
    tells = found.agreed_by_id == viewer.user.pk and found.waits_for_owner
    context = {
        "county": county,
        "offer": found,
        "may_agree": waiting.filter(pk=found.pk).exists(),
        "is_own": found.asked_by_id == viewer.user.pk,
        "number": numbers.number_of(appointing.NUMBER, found.salt) if tells else "",
        "is_new": bool(found.user and not found.user.has_usable_password()),
        "may_hand_out": policies.may_hand_out(viewer.user, found),
        "others": policies.second_people(found, viewer.on),
    }
    return render(request, "schools/founding/offer.html", context | more)


@require_POST
@acts
def agree(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    viewer = request.viewer
    waiting = policies.waits_for(viewer.user, county, viewer.on, viewer.at)
    found = get_offer(waiting, pk)
    if "refuse" in request.POST:
        outcome = PostOffer.Outcome.REFUSED
        appointing.close(
            offer=found, outcome=outcome, by=viewer.user, at=viewer.at, ip=_ip(request)
        )
        messages.success(request, _("Refused."))
        return redirect(page_above("county_set_up"))
    try:
        if not appointing.agree(offer=found, by=viewer.user, at=viewer.at, ip=_ip(request)):
            messages.warning(request, _("Somebody else has answered meanwhile."))
    except NotApart as why:
        messages.error(request, not_apart(why))
    except appointing.SignInTaken:
        messages.error(request, SIGN_IN_REFUSED)
    return redirect("founding:offer", pk=pk)


@require_POST
@acts
def withdraw(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    """Withdraw a request. Any officer may do so: it gives no access yet, and anybody may notice a mistake."""
    found = _get(request, county, pk)
    outcome, at = PostOffer.Outcome.WITHDRAWN, request.viewer.at
    appointing.close(offer=found, outcome=outcome, by=request.user, at=at, ip=_ip(request))
    messages.success(request, _("Withdrawn."))
    return redirect(page_above("county_set_up"))


@never_cache
@require_POST
@acts
def slip(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    """Show the address for somebody's first password, once; it is useless without the number."""
    found = _get(request, county, pk)
    if not found.user or not policies.may_hand_out(request.user, found):
        raise Http404
    try:
        url = make_slip(user=found.user, place=found, by=request.user, ip=_ip(request))
    except NoSlip:
        return redirect("founding:offer", pk=pk)
    more = {"url": url, "is_only_here": is_of_this_machine(url)}
    return _offer_page(request, county, found, **more)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@acts
def end_officer(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    """Ask for confirmation, and end the post with today."""
    viewer = request.viewer
    post = policies.get_officer(county, pk, viewer.on)
    if request.method == "POST":
        try:
            actions.end_officer(post=post, by=viewer.user, on=viewer.on, ip=_ip(request))
            messages.success(request, _("The post ends today."))
            return redirect(page_above("county_set_up"))
        except actions.LastOfficer:
            messages.error(request, _("This is the county's last officer: name another one first."))
    context = {"county": county, "post": post, "is_own": post.user_id == viewer.user.pk}
    return render(request, "schools/founding/end_officer.html", context)


def _ip(request: CountyRequest) -> str | None:
    return request.META.get("REMOTE_ADDR")

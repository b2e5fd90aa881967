"""Where an adult is signed in: sign out one phone or all of them, and link or unlink WeChat."""

from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import logout
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from core import clock
from core.days import short_day
from core.phones import readable
from delivery import actions as messaging
from delivery import queries
from delivery.models import Device
from delivery.sign_in import limits
from doors.family import weixin
from guardians.models import ContactPoint
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest


@require_safe
@family_page
def devices(request: FamilyDoorRequest) -> HttpResponse:
    linked = SocialAccount.objects.filter(
        user_id=request.user.pk, provider=weixin.PROVIDER
    ).exists()
    today = timezone.localdate(clock.for_request(request))
    rows = []
    for device in _devices_of(request):
        last = timezone.localdate(device.last_used_at)
        name = device.name.replace("wechat", pgettext("app", "WeChat"))
        rows.append(
            {
                "name": name or _("a phone or computer"),
                "opened": device.get_opened_by_display(),
                "last": _("today") if last == today else short_day(last, today),
                "is_this": device.session_key == request.session.session_key,
                "end_url": reverse("family:end_device", args=[device.pk]),
            }
        )
    adults = list(request.adults)
    has_screen = queries.has_screen(adults)
    may_have = has_screen or queries.push_account_for(adults) is not None
    context = {
        "devices": rows,
        "wechat_url": "" if linked else weixin.connect_url(),
        "has_wechat": linked,
        "has_screen": has_screen,
        "screen_url": reverse("family:screen") if may_have else "",
    }
    return render(request, "family/devices.html", context)


def _devices_of(request: HttpRequest) -> QuerySet[Device]:
    return Device.objects.filter(user=cast(User, request.user))


@require_POST
@family_page
def end_device(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    device = _devices_of(request).filter(pk=pk).first()
    if device is None:
        raise Http404
    is_this = device.session_key == request.session.session_key
    messaging.end_device(device=device)
    if is_this:
        logout(request)
        return redirect("family:sign_in")
    return redirect("family:devices")


@require_POST
@family_page
def end_all(request: FamilyDoorRequest) -> HttpResponse:
    """Sign out everywhere, including here. Somebody who lost a phone then signs in with a code."""
    messaging.end_sessions(user=request.user)
    logout(request)
    return redirect("family:sign_in")


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def verify_way(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    """Send a code to this adult's own number; typing it in here proves that messages arrive."""
    page = "family/verify_way.html"
    mine = ContactPoint.objects.filter(adult__in=request.adults, kind__in=ContactPoint.TYPED)
    point = mine.filter(pk=pk).exclude(address="").first()
    if point is None:
        raise Http404
    at = clock.for_request(request)
    context = {"address": readable(point.address), "step": "send"}
    if request.method != "POST":
        return render(request, page, context)
    if "code" in request.POST:
        given, by = request.POST["code"], request.user
        if messaging.verify_by_code(point=point, given=given, by=by, at=at, is_own=True):
            return redirect("family:me")
        words = _("This code is wrong or has expired. Check it, or ask for a new one.")
        return render(request, page, context | {"step": "code", "error": words}, status=422)
    free_at = limits.ask(request, point.address)
    if free_at is not None:
        context["error"] = limits.asked_too_often(free_at)
        return render(request, page, context, status=429)
    if not messaging.queue_verification_code(point=point, by=request.user, at=at):
        context["error"] = _("We cannot send anything there now. Please ask your child's teacher.")
        return render(request, page, context, status=422)
    return render(request, page, context | {"step": "code"})


@require_POST
@family_page
def unlink_wechat(request: FamilyDoorRequest) -> HttpResponse:
    messaging.unlink_wechat(user=request.user)
    return redirect("family:devices")

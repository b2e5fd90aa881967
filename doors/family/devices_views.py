"""Where an adult of a family is signed in; one phone out, all phones out, WeChat as a way back in."""

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
from delivery import actions as messaging
from delivery import queries
from delivery.models import Device
from delivery.sign_in import limits
from doors.family import weixin
from guardians.models import ContactPoint
from guardians.phones import readable
from guardians.policies import family_page


@require_safe
@family_page
def devices(request: HttpRequest) -> HttpResponse:
    linked = SocialAccount.objects.filter(
        user_id=request.user.pk, provider=weixin.PROVIDER
    ).exists()
    today = timezone.localdate(clock.for_request(request))
    rows = _devices_of(request)
    context = {
        "devices": [_row(one, today, request) for one in rows],
        "wechat_url": "" if linked else weixin.connect_url(),
        "has_wechat": linked,
        **_screen(request),
    }
    return render(request, "family/devices.html", context)


def _screen(request: HttpRequest) -> dict:
    adults = list(request.adults)
    is_on = queries.has_screen(adults)
    may = is_on or queries.push_account_for(adults) is not None
    return {"has_screen": is_on, "screen_url": reverse("family:screen") if may else ""}


def _devices_of(request: HttpRequest) -> QuerySet[Device]:
    return Device.objects.filter(user=cast(User, request.user))


def _row(device: Device, today, request: HttpRequest) -> dict:
    last = timezone.localdate(device.last_used_at)
    return {
        "name": _name(device.name),
        "opened": device.get_opened_by_display(),
        "last": _("today") if last == today else short_day(last, today),
        "is_this": device.session_key == request.session.session_key,
        "end_url": reverse("family:end_device", args=[device.pk]),
    }


def _name(name: str) -> str:
    if not name:
        return _("a phone or computer")
    return name.replace("wechat", pgettext("app", "WeChat"))


@require_POST
@family_page
def end_device(request: HttpRequest, pk: int) -> HttpResponse:
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
def end_all(request: HttpRequest) -> HttpResponse:
    """Everywhere, here included: whoever lost a phone begins anew with a code."""
    messaging.end_sessions(user=request.user)
    logout(request)
    return redirect("family:sign_in")


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def verify_way(request: HttpRequest, pk: int) -> HttpResponse:
    """Their own number: a code goes there, and typed in here it shows that messages arrive."""
    mine = ContactPoint.objects.filter(adult__in=request.adults, kind__in=ContactPoint.TYPED)
    point = mine.filter(pk=pk).exclude(address="").first()
    if point is None:
        raise Http404
    at = clock.for_request(request)
    context = {"address": readable(point.address), "step": "send"}
    if request.method != "POST":
        return render(request, "family/verify_way.html", context)
    if "code" not in request.POST:
        return _verifying_code(request, point, context)
    given, by = request.POST["code"], request.user
    if messaging.verify_by_code(point=point, given=given, by=by, at=at, is_own=True):
        return redirect("family:me")
    words = _("This code is not right, or too old. Look once more, or ask for a new one.")
    context |= {"step": "code", "error": words}
    return render(request, "family/verify_way.html", context, status=422)


def _verifying_code(request: HttpRequest, point: ContactPoint, context: dict) -> HttpResponse:
    """Goes on to the page for the code only where one was sent."""
    free_at = limits.ask(request, point.address)
    if free_at is not None:
        context["error"] = limits.asked_too_often(free_at)
        return render(request, "family/verify_way.html", context, status=429)
    at = clock.for_request(request)
    if not messaging.queue_verification_code(point=point, by=request.user, at=at):
        context["error"] = _("Nothing can be sent there now. Please ask your child's teacher.")
        return render(request, "family/verify_way.html", context, status=422)
    return render(request, "family/verify_way.html", context | {"step": "code"})


@require_POST
@family_page
def unlink_wechat(request: HttpRequest) -> HttpResponse:
    messaging.unlink_wechat(user=request.user)
    return redirect("family:devices")

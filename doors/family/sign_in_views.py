"""Sign in as a family, by a code or a link sent to a known phone; sign out.

Answers never reveal whether the school knows a number.
"""

from datetime import datetime
from typing import cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from core import clock, walls
from core.languages import page_language
from delivery import actions as messaging
from delivery import links
from delivery.models import Device, OneTimeCode
from delivery.phones import forget_who_was_here
from delivery.sign_in import limits
from doors.family import actions, weixin
from doors.family.forms import PhoneForm
from doors.family.sessions import (
    checked_next,
    is_signed_in_as,
    open_session,
    safe_next,
    too_often,
)
from guardians.models import Adult
from guardians.policies import SESSION_ADDRESS
from guardians.requests import page_for
from schools.queries import only_phone

ASK_KEY = "code_asked_with"  # session key: a code opens only in the browser that asked for it
CHOOSING_MINUTES = 10  # minutes for choosing "who are you?" on a shared phone
SALT = "doors.family.who"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone number and send a code or a link to it.

    The answer is the same for an unknown number.
    """
    form = PhoneForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        error = str(form.errors["phone"][0]) if form.errors else ""
        return _ask(request, error, 422 if error else 200)
    phone, at = form.cleaned_data["phone"], clock.for_request(request)
    wants_code = request.POST.get("way") == "code"
    free_at = limits.ask(request, phone)
    if free_at is not None:
        words = limits.asked_too_often(free_at)
        if wants_code and ASK_KEY in request.session:  # an earlier code may still arrive
            return _enter_code(request, phone, words, 429)
        return _ask(request, words, 429)
    if wants_code:
        ask_key = request.session.setdefault(ASK_KEY, str(uuid4()))
        messaging.queue_sign_in_code(phone=phone, at=at, ask_key=UUID(ask_key))
        return _enter_code(request, phone)
    messaging.queue_sign_in_link(phone=phone, at=at, next_path=safe_next(request))
    return render(request, "family/sign_in_sent.html")


def _ask(request: HttpRequest, error: str, status: int) -> HttpResponse:
    context = {
        "post_url": request.path,
        "phone": request.POST.get("phone", ""),
        "error": error,
        "next": safe_next(request),
        "wechat_url": weixin.sign_in_url(safe_next(request)),
    }
    return render(request, "family/sign_in.html", context, status=status)


def _enter_code(
    request: HttpRequest, phone: str, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "post_url": reverse("family:sign_in_code"),
        "again_url": reverse("family:sign_in"),
        "phone": phone,
        "next": safe_next(request),
        "error": error,
        "is_sent": status != 429,
    }
    return render(request, "family/sign_in_code.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def code(request: HttpRequest) -> HttpResponse:
    """Check the six digits.

    About a wrong code, the page never says more than that it is wrong or has expired.
    """
    form = PhoneForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return redirect(with_next("family:sign_in", safe_next(request)))
    phone, at = form.cleaned_data["phone"], clock.for_request(request)
    used = messaging.use_code(
        purpose=OneTimeCode.Purpose.SIGN_IN,
        address=phone,
        given=request.POST.get("code", ""),
        at=at,
        ask_key=UUID(request.session.get(ASK_KEY) or str(uuid4())),
    )
    people = actions.people_at(phone, used.adult.school_id) if used and used.adult else []
    if not people:
        words = _("This code is wrong or has expired. Check it, or ask for a new one.")
        return _enter_code(request, phone, words, 422)
    if len(people) == 1:
        return _let_in(request, people[0], phone, at)
    context = {
        "post_url": reverse("family:who"),
        "people": people,
        "ticket": signing.dumps({"address": phone, "school": people[0].school_id}, salt=SALT),
        "next": safe_next(request),
    }
    return render(request, "family/sign_in_who.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def who(request: HttpRequest) -> HttpResponse:
    """Let the person choose who they are, on a phone shared by several people."""
    try:
        ticket = signing.loads(
            request.POST.get("ticket", ""), salt=SALT, max_age=CHOOSING_MINUTES * 60
        )
    except signing.BadSignature:
        return redirect(with_next("family:sign_in", safe_next(request)))
    people = actions.people_at(ticket["address"], ticket["school"])
    chosen = next((one for one in people if str(one.pk) == request.POST.get("who")), None)
    if chosen is None:
        return redirect(with_next("family:sign_in", safe_next(request)))
    return _let_in(request, chosen, ticket["address"], clock.for_request(request))


def _let_in(request: HttpRequest, adult: Adult, address: str, at: datetime) -> HttpResponse:
    is_here = request.session.get(SESSION_ADDRESS) == address and request.user.is_authenticated
    signed_in = cast(User, request.user) if is_here else None
    user = actions.enter(adult=adult, at=at, signed_in=signed_in)
    if user is None:
        return redirect("family:sign_in")
    open_session(request, user=user, address=address, opened_by=Device.OpenedBy.CODE, at=at)
    return redirect(safe_next(request) or "family:home")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def use_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in when the button is tapped. Opening the link does not use it up, because previews fetch
    links.
    """
    at = clock.for_request(request)
    link = links.read_sign_in_token(token=token)
    if link and link.used_at and is_signed_in_as(request, link.adult):
        # The message was opened again on the phone that the link signed in.
        return redirect(checked_next(link.next_path, request) or "family:home")
    if link is None or link.used_at is not None or at >= link.expires_at:
        return _no_longer(request, token)
    if link.adult.is_blocked or not actions.is_still_good(link):
        return _no_longer(request, token)
    if request.method != "POST":
        page_for(request, link.adult)
        context = {"adult": link.adult, "post_url": request.path, "token": token}
        with translation.override(page_language(request, link.adult.language)):
            return render(request, "family/sign_in_confirm.html", context)
    user = actions.sign_in_by_link(link=link, at=at)
    if user is None:
        return _no_longer(request, token)
    open_session(request, user=user, address=link.address, opened_by=Device.OpenedBy.LINK, at=at)
    return redirect(checked_next(link.next_path, request) or "family:home")


def _no_longer(request: HttpRequest, token: str) -> HttpResponse:
    renew_url = reverse("family:renew", args=[token])
    context = {"renew_url": renew_url, "school_phone": only_phone()}
    return render(request, "family/link_expired.html", context, status=404)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("who signs in is looked up before anybody knows the school")
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Send a new link to the phone that got the old one; the answer is the same for any token.

    A GET shows the answer once more and sends nothing.
    """
    if request.method != "POST":
        return render(request, "family/link_sent.html")
    link = links.read_sign_in_token(token=token)
    free_at = limits.ask(request, link.address if link else token)
    if free_at is not None:
        return too_often(request, free_at)
    if link is not None:
        messaging.queue_sign_in_link(
            phone=link.address, at=clock.for_request(request), next_path=link.next_path
        )
    return render(request, "family/link_sent.html")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    forget_who_was_here(request)
    logout(request)
    return redirect("family:sign_in")


def with_next(name: str, target: str) -> str:
    return reverse(name) + (f"?{urlencode({'next': target})}" if target else "")

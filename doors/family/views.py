"""The family's door: in by a link to a known phone, home with a card for each child, me.

Answers never tell whether the school knows a number.
"""

from django.conf import settings
from django.contrib.auth import login, logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from redis import RedisError

from accounts import clock
from doors.family import actions, presenters
from doors.family.context import COOKIE
from doors.family.forms import PhoneForm
from guardians import actions as guardians
from guardians.models import Adult
from guardians.policies import SESSION_ADDRESS, family_page
from messaging import actions as messaging
from messaging import links

SESSION_DAYS = 30  # days; a family's own phone, and nothing but its own children behind it
COOKIE_DAYS = 365  # days
ASKS_PER_HOUR = 30  # requests for a link from one address of the net; a factory shares one
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_safe
@family_page
def home(request: HttpRequest) -> HttpResponse:
    context = presenters.home(request.adults.order_by("pk"), clock.for_request(request))
    return render(request, "family/home.html", context)


@require_safe
@family_page
def me(request: HttpRequest) -> HttpResponse:
    return render(request, "family/me.html", presenters.me(request.adults.order_by("pk")))


@require_POST
@family_page
def stop(request: HttpRequest) -> HttpResponse:
    for adult in request.adults:
        guardians.opt_out(adult=adult, at=clock.for_request(request))
    return redirect("family:me")


@require_POST
@family_page
def start(request: HttpRequest) -> HttpResponse:
    for adult in request.adults:
        guardians.opt_in(adult=adult)
    return redirect("family:me")


@require_POST
@family_page
def language(request: HttpRequest) -> HttpResponse:
    """For the pages and for the messages alike: the language belongs to the adult."""
    chosen = request.POST.get("language", "")
    response = redirect("family:me")
    if chosen in dict(settings.LANGUAGES):
        for adult in request.adults:
            actions.choose_language(adult=adult, language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=COOKIE_DAYS * 86400, samesite="Lax"
        )
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not _asks_too_often(request):
            phone = form.cleaned_data["phone"]
            messaging.queue_sign_in_link(phone=phone, at=clock.for_request(request))
        return render(request, "family/sign_in_sent.html")
    error = str(form.errors["phone"][0]) if form.errors else ""
    context = {
        "post_url": request.path,
        "phone": request.POST.get("phone", ""),
        "error": error,
    }
    return render(request, "family/sign_in.html", context, status=422 if error else 200)


def _asks_too_often(request: HttpRequest) -> bool:
    """Without Redis nobody is kept out: the limit for each phone stands in the database."""
    key = f"family-sign-in:{request.META.get('REMOTE_ADDR', '')}"
    try:
        cache.add(key, 0, timeout=3600)
        return cache.incr(key) > ASKS_PER_HOUR
    except (RedisError, ValueError):
        return False


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def use_link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it uses nothing up (previews fetch links); the tap signs in."""
    at = clock.for_request(request)
    link = links.read_sign_in_token(token=token)
    if link is None or not _is_open(link, at):
        return _no_longer(request, token)
    if request.method != "POST":
        return _are_you(request, token, link.adult)
    user = actions.sign_in_by_link(link=link, at=at)
    if user is None:
        return _no_longer(request, token)
    login(request, user, backend=MODEL_BACKEND)
    request.session[SESSION_ADDRESS] = link.address
    request.session.set_expiry(SESSION_DAYS * 86400)
    return redirect("family:home")


def _no_longer(request: HttpRequest, token: str) -> HttpResponse:
    context = {"renew_url": reverse("family:renew", args=[token])}
    return render(request, "family/link_expired.html", context, status=404)


@never_cache
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """A new link to the phone that the old one went to; the answer is the same for any token."""
    link = links.read_sign_in_token(token=token)
    if link is not None and not _asks_too_often(request):
        messaging.queue_sign_in_link(phone=link.address, at=clock.for_request(request))
    return render(request, "family/link_sent.html")


def _is_open(link, at) -> bool:
    is_fresh = link.used_at is None and at < link.expires_at
    return is_fresh and not link.adult.is_blocked and actions.is_still_good(link)


def _are_you(request: HttpRequest, token: str, adult: Adult) -> HttpResponse:
    request.family_adult = adult
    context = {"adult": adult, "post_url": request.path, "token": token}
    with translation.override(adult.language):
        return render(request, "family/sign_in_confirm.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("family:sign_in")


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """Large text on or off, kept in this browser only."""
    target = request.GET.get("next", "")
    hosts, is_https = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(target, hosts, require_https=is_https):
        target = "/f/"
    response = HttpResponseRedirect(target)
    large = "1" if request.GET.get("big") == "1" else "0"
    response.set_cookie(COOKIE, large, max_age=COOKIE_DAYS * 86400, samesite="Lax", httponly=True)
    return response

"""The family's home page, with a card for each child, and "me"."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.languages import keep_choice
from core import clock, cookies, languages
from doors.family import actions, presenters
from doors.family.context import COOKIE
from doors.held import page as held_page
from guardians import actions as guardians
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest


@require_safe
@family_page
def home(request: FamilyDoorRequest) -> HttpResponse:
    context = presenters.home(request.adults, clock.for_request(request))
    return render(request, "family/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def held(request: FamilyDoorRequest) -> HttpResponse:
    return held_page(request, "family/held.html", "family:home")


@require_safe
@family_page
def me(request: FamilyDoorRequest) -> HttpResponse:
    context = presenters.me(request.adults, clock.for_request(request))
    return render(request, "family/me.html", context)


@require_POST
@family_page
def stop(request: FamilyDoorRequest) -> HttpResponse:
    for adult in request.adults:
        guardians.opt_out(adult=adult, at=clock.for_request(request))
    return redirect("family:me")


@require_POST
@family_page
def start(request: FamilyDoorRequest) -> HttpResponse:
    for adult in request.adults:
        guardians.opt_in(adult=adult)
    return redirect("family:me")


@require_POST
@family_page
def questions(request: FamilyDoorRequest) -> HttpResponse:
    """Store "Not now: ask me again from …" and how often at most; any other value changes nothing."""
    at = clock.for_request(request)
    for adult in request.adults:
        if "every_days" in request.POST:
            actions.choose_rhythm(adult=adult, chosen=request.POST["every_days"], by=request.user)
        else:
            days = request.POST.get("pause_days", "")
            actions.choose_pause(adult=adult, chosen=days, by=request.user, at=at)
    return redirect(f"{reverse('family:me')}#questions")


@require_POST
@family_page
def language(request: FamilyDoorRequest) -> HttpResponse:
    """Choose the adult's language, for pages and messages alike."""
    chosen = request.POST.get("language", "")
    response = redirect("family:me")
    if languages.is_known(chosen):
        for adult in request.adults:
            actions.choose_language(adult=adult, language=chosen)
        languages.remember(response, chosen)
    return response


@require_safe
def view(request: HttpRequest) -> HttpResponse:
    """Switch larger text on or off, or change the language of pages, for this browser only.

    It is a link, not a form: a page kept on a phone holds no valid token, and the worst that a stranger's
    link can do is show pages in another language, and each page has a way back. A signed-in user, such as a
    village worker, who taps it on one of our pages keeps the choice for good.
    """
    target = request.GET.get("next", "")
    hosts, is_https = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(target, hosts, require_https=is_https):
        target = "/f/"
    response = HttpResponseRedirect(target)
    language, large = request.GET.get("language", ""), request.GET.get("big", "")
    if languages.is_known(language):
        languages.remember(response, language)
        # Browsers send a referrer for links within the same site (the referrer policy of
        # SecurityMiddleware).
        came_from = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(came_from, hosts, require_https=is_https)
        # A family without an account chooses for this browser only.
        if request.user.is_authenticated and is_ours:
            keep_choice(request, response, language)
    if large in ("0", "1"):
        cookies.write(response, COOKIE, large, seconds=languages.COOKIE_DAYS * 86400)
    return response

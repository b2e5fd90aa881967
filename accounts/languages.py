"""Keep a chosen language: in the account of staff who are signed in, else until somebody signs in."""

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponseBase

from accounts.actions import choose_language
from accounts.models import User
from core import cookies, languages

AT_THE_DOOR = "language_at_the_door"
AT_THE_DOOR_SECONDS = 30 * 60  # seconds; long enough for a password and a second step


def keep_choice(request: HttpRequest, response: HttpResponseBase, language: str) -> None:
    """Save a language chosen on one of our pages: in the account of staff who are signed in, else for the
    next person who signs in on this browser.

    It changes nothing for families, who choose on their own page "Me".
    """
    if not request.user.is_authenticated:
        cookies.write(response, AT_THE_DOOR, language, seconds=AT_THE_DOOR_SECONDS)
    elif get_authentication_records(request, request.user):
        choose_language(user=request.user, language=language)


def bring_along(request: HttpRequest, user: User) -> None:
    """At sign-in, save the language chosen on the sign-in page just before in the account."""
    chosen = cookies.read(request, AT_THE_DOOR)
    if languages.is_known(chosen):
        choose_language(user=user, language=chosen)


def forget_the_door_s(request: HttpRequest, response: HttpResponseBase) -> None:
    if cookies.read(request, AT_THE_DOOR):
        cookies.write(response, AT_THE_DOOR, "", seconds=0)

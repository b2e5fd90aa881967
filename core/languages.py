"""The language of a page: the one chosen on this phone, else the one in its reader's record."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from core import cookies

COOKIE = "django_language"  # as in the settings, because Django's own middleware reads it too
COOKIE_DAYS = 365  # days


def page_language(request: HttpRequest, of_reader: str) -> str:
    chosen = cookies.read(request, COOKIE)
    return chosen if is_known(chosen) else of_reader


def is_known(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def remember(response: HttpResponseBase, language: str) -> None:
    """Save the language for pages on this phone; messages to its owner keep the language of their record."""
    cookies.write(response, COOKIE, language, seconds=COOKIE_DAYS * 86400)

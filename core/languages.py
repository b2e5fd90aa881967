"""The language of a page: the one chosen on this phone, else the one that its reader's record names."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from core import cookies

COOKIE = "django_language"  # as in the settings: Django's own middleware reads it, too
COOKIE_DAYS = 365  # days


def page_language(request: HttpRequest, of_reader: str) -> str:
    chosen = cookies.read(request, COOKIE)
    return chosen if is_known(chosen) else of_reader


def is_known(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def remember(response: HttpResponseBase, language: str) -> None:
    """For the pages of this phone; what somebody is sent keeps the language of their record."""
    cookies.write(response, COOKIE, language, seconds=COOKIE_DAYS * 86400)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """As Django's LocaleMiddleware, which also looks for a language in each address; ours name none."""

    def in_its_language(request: HttpRequest) -> HttpResponse:
        translation.activate(translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response

    return in_its_language

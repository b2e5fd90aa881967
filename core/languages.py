"""The language of a page: the one chosen on this phone, else the one in its reader's record."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import get_language

from core import cookies

P = ParamSpec("P")
R = TypeVar("R")

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


def active() -> str:
    """Return the language that texts appear in now; the server's own where none is active."""
    return get_language() or settings.LANGUAGE_CODE


def is_chinese() -> bool:
    return active().startswith("zh")


def once_per_language(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache `most` results of a function whose texts depend on the active language, and on nothing about a
    person.

    Arguments of different types are kept apart: a string marked as safe equals the same one that must be
    escaped, and 1 equals True.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize=most, typed=True)
        def kept(_language: str, /, *args: P.args, **named: P.kwargs) -> R:
            return function(*args, **named)

        @wraps(function)
        def asked(*args: P.args, **named: P.kwargs) -> R:
            return kept(active(), *args, **named)  # type: ignore[arg-type]  # hashable: kept by value

        vars(asked)["kept"] = kept  # for tests, which ask how often it was drawn
        return asked

    return decorate

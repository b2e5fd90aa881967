"""Addresses of pages: those that belong to an app above, and those of many rows at once."""

from functools import cache

from django.conf import settings
from django.urls import reverse

KEY = 987_654_321  # a placeholder for the row's key while the address is looked up


def page_above(page: str, *args: object) -> str:
    """Return the path of a page that belongs to an app above; KeyError if there is none.

    The caller says which page it means, and `PAGES_ABOVE` in the settings says which URL that is, so that no
    app names one above it.
    """
    name = settings.PAGES_ABOVE[page]
    return reverse(name, args=args) if args else address_of(name)


@cache
def address_of(name: str) -> str:
    """Return `reverse(name)`, which takes 20 µs, and look it up only once for each process."""
    return reverse(name)


@cache
def _around_key(name: str, words: tuple[str, ...]) -> tuple[str, str]:
    before, _key, after = reverse(name, args=[KEY, *words]).partition(str(KEY))
    return before, after


def address(name: str, key: int, *words: str) -> str:
    """Return the same as `reverse(name, args=[key, *words])`, which takes 20 µs, by keeping the text around
    the key.

    This is possible because addresses do not change while a process runs. `words` must come from a small
    known set, such as the sections of a file, never from user input.
    """
    before, after = _around_key(name, words)
    return f"{before}{key:d}{after}"

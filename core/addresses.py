"""Where pages stand: those of a floor above, and those of many rows at once."""

from functools import cache

from django.conf import settings
from django.urls import reverse

KEY = 987_654_321  # stands for the row's key while the address is looked up


def page_above(page: str, *args: object) -> str:
    """Return the path of a page that a floor above owns; KeyError where there is none.

    A room says which page it means. `PAGES_ABOVE` in the settings says which URL that is, so that no room
    names one above it.
    """
    return reverse(settings.PAGES_ABOVE[page], args=args)


@cache
def _around_key(name: str, words: tuple[str, ...]) -> tuple[str, str]:
    before, _key, after = reverse(name, args=[KEY, *words]).partition(str(KEY))
    return before, after


def address(name: str, key: int, *words: str) -> str:
    """As `reverse(name, args=[key, *words])`, which takes 20 µs; addresses do not change while a process
    runs. `words`: of a few that are known, as the section of a file, never what somebody typed.
    """
    before, after = _around_key(name, words)
    return f"{before}{key:d}{after}"

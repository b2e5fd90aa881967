"""Check what arrives from a browser before anything uses it: text that PostgreSQL can store, numbers that can
be keys, plausible dates.

Views read addresses, hidden fields and JSON with these functions; what people type comes through forms.
"""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

KEY_MAX = 2**63 - 1  # PostgreSQL's bigint
# Everybody mentioned here is alive, and nobody plans further ahead.
FIRST_YEAR, LAST_YEAR = 1900, 2100
ROWS_MAX = 1_000_000  # of any list
JSON_DEPTH_MAX = 40  # levels: providers' reports and our own pages need five
URLENCODED = "application/x-www-form-urlencoded"
METHODS = ("GET", "HEAD", "POST", "OPTIONS")  # the only methods that any page of ours answers
# NUL cannot be stored in a text column, and half of a surrogate pair is not a character and has no encoding.
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


class SoundRequests:
    """Middleware that answers 400 in plain words, before any page reads it, to a request that is not UTF-8 or
    has characters that cannot be stored; 404 to a number in the address that no row can have; and 405 to a
    method that no page has.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8") or not _is_kept(_around_the_form(request)):
            request.encoding = "utf-8"  # parts of the page read the address
            return render(request, "400.html", status=400)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: Any, given: dict) -> None:
        if any(isinstance(value, int) and value > KEY_MAX for value in given.values()):
            raise Http404
        # A provider's body is left to its own code (delivery/incoming), and can be read only once.
        if request.method == "POST" and not getattr(view, "csrf_exempt", False):
            if request.content_type == URLENCODED and not _is_utf_8(unquote_to_bytes(request.body)):
                raise BadRequest("not UTF-8")
            for name, values in request.POST.lists():
                if not _is_kept((name, *values)):
                    raise BadRequest("NUL")


def _around_the_form(request: HttpRequest) -> Iterable[str]:
    yield request.path_info
    yield from request.COOKIES.values()
    for name, values in request.GET.lists():
        yield from (name, *values)


def _is_kept(texts: Iterable[str]) -> bool:
    return [*filter(_UNKEPT.search, texts)] == []


def _is_utf_8(given: bytes) -> bool:
    try:
        given.decode()
    except UnicodeDecodeError:
        return False
    return True


def key_of(text: str | None) -> int | None:
    """Return the key of a row from an address or a hidden field; None for anything else."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > len(str(KEY_MAX)):
        return None
    found = int(text)
    return found if found <= KEY_MAX else None


def count_of(text: str | None) -> int:
    """Return how many rows of a list to skip; 0 if the text is not a number."""
    return min(key_of(text) or 0, ROWS_MAX)


def day_of(text: str | None) -> date | None:
    """Return the date in an address (2026-11-27); None for nonsense and for implausible years."""
    try:
        on = date.fromisoformat(text or "")
    except ValueError:
        return None
    return on if FIRST_YEAR <= on.year <= LAST_YEAR else None


def json_of(text: str | bytes, *, cleaned_later: bool = False) -> Any:
    """Return parsed JSON.

    Raise ValueError if it is not JSON, is nested too deep, or cannot be stored. With `cleaned_later` it may
    have characters that cannot be stored, and the caller removes them.
    """
    try:
        found = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not _is_kept(_texts(found)) and not cleaned_later:
        raise ValueError("cannot be kept")
    return found


def without_unkept(text: str) -> str:
    """Remove characters that cannot be stored from a provider's text: a report that was cut off in the middle
    of an emoji is still a report.
    """
    return _UNKEPT.sub("", text)


def _texts(found: Any, depth: int = 0) -> Iterable[str]:
    if depth > JSON_DEPTH_MAX:
        raise ValueError("nested too deep")
    if isinstance(found, str):
        yield found
    elif isinstance(found, list | dict):
        for one in found:
            yield from _texts(one, depth + 1)
    if isinstance(found, dict):
        for one in found.values():
            yield from _texts(one, depth + 1)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def check_year(day: date) -> None:
    """Validator of every field for a date or a moment (accounts/apps.py)."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(_("Please check the year."), code="year")


def has_host_name(request: HttpRequest) -> bool:
    """Return whether the page is opened at a host name. At a numeric address no browser creates a passkey."""
    host = request.get_host()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return not (name.startswith("[") or name.replace(".", "").isdigit())


def is_of_this_machine(url: str) -> bool:
    """Return whether the URL cannot be opened on any other machine."""
    name = urlsplit(url).hostname or ""
    return name == "localhost" or name.startswith("127.") or name == "::1"

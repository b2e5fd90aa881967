"""Browsers in which somebody has signed in before, recognised by a signed cookie.

Somebody who guesses a name elsewhere must not lock its owner out: in a browser that knows the name, only that
browser's own attempts count. The cookie gives no access, and only a complete sign-in creates one, so throwing
it away gives nobody more attempts.
"""

import secrets

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from core import cookies

COOKIE = "jiaqiao_known"
SALT = "accounts.browsers"
DAYS = 180  # days since the last sign-in; a teacher comes back after the summer holidays
NAMES = 20  # names on one shared computer; the oldest are dropped first


def known_to(request: HttpRequest, name: str) -> str:
    """Return this browser's key if `name` has signed in here, else ""."""
    key, names = _read(request)
    return key if _digest(name) in names else ""


def remember(request: HttpRequest, response: HttpResponse, name: str) -> None:
    key, names = _read(request)
    mine = _digest(name)
    names = [mine, *(one for one in names if one != mine)][:NAMES]
    signed = signing.dumps([key or secrets.token_urlsafe(12), names], salt=SALT)
    cookies.write(response, COOKIE, signed, seconds=DAYS * 86400)


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        key, names = signing.loads(cookies.read(request, COOKIE), salt=SALT, max_age=DAYS * 86400)
    except signing.BadSignature:
        return "", []
    return key, names


def _digest(name: str) -> str:
    """Hash the name, so that somebody who reads a computer's cookies does not learn who works there."""
    return salted_hmac(SALT, name).hexdigest()[:16]

"""Browsers in which somebody has signed in before, told by a signed cookie.

Whoever guesses at a name from elsewhere must not keep its owner out: in a browser that knows the name only
that browser's own tries count. The cookie opens nothing, and only a full sign-in makes one, so that nobody
gets more tries by throwing it away.
"""

import secrets

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from core import cookies

COOKIE = "jiaqiao_known"
SALT = "accounts.browsers"
DAYS = 180  # days since the last sign-in; a teacher comes back after the summer holidays
NAMES = 20  # of one shared computer; the one who was there longest ago is forgotten first


def known_to(request: HttpRequest, name: str) -> str:
    """The key of this browser where `name` has signed in here, else empty."""
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
    """Who works at a computer is nobody's business who reads its cookies."""
    return salted_hmac(SALT, name).hexdigest()[:16]

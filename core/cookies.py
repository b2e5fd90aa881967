"""Cookies: the attributes that all of ours have, and names that no neighbouring host can use.

Over TLS a name begins with `__Host-`: a browser accepts it only from this very host, for all of its paths,
and never over plain HTTP (RFC 6265bis, 4.1.3.2). A page on another host of the same domain cannot set one in
its place.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


def name_of(plain: str, *, is_secure: bool) -> str:
    return f"__Host-{plain}" if is_secure else plain


def read(request: HttpRequest, plain: str) -> str:
    """Return the cookie's value; empty if the browser has none."""
    return request.COOKIES.get(_name(plain), "")


def write(response: HttpResponseBase, plain: str, value: str, *, seconds: int) -> None:
    response.set_cookie(
        _name(plain),
        value,
        max_age=seconds,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _name(plain: str) -> str:
    return name_of(plain, is_secure=settings.SESSION_COOKIE_SECURE)

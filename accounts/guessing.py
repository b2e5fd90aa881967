"""Wrong passwords and wrong codes of the second factor: how many are allowed, and who has to wait
(accounts.rate_limits).

django-axes checks every sign-in by password; this module decides what it counts by:

* in a browser in which this name has signed in before, that browser and the name, so that nobody elsewhere
  can lock the owner out;
* anywhere else, the name at this address (a colleague at the same address is not affected), the name over all
  addresses (a slow guess from many), and the address over all names (one password tried on everybody).

A name that does not exist is counted like any other, and a correct password resets nothing.
"""

import unicodedata
from typing import Any

import structlog
from axes.handlers.base import AbstractAxesHandler, AxesBaseHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import browsers, rate_limits
from accounts.models import User
from core import client, clock

log = structlog.get_logger(__name__)

# Somebody who knows the password never needs eight attempts; fifteen minutes is a break, not a lost day.
AT_KNOWN_BROWSER = rate_limits.Limit("password browser", most=8, minutes=15)
AT_ADDRESS = rate_limits.Limit("password address", most=8, minutes=15)
# 720 a day for one name; a known browser has a count of its own.
OF_NAME = rate_limits.Limit("password name", most=30, minutes=60)
# Enough for a school with a hundred adults behind one address, each mistyping twice on the first morning.
FROM_ADDRESS = rate_limits.Limit("password spray", most=200, minutes=60)
# The first factor was correct: this allows 480 of a million codes a day to somebody who knows the password.
CODE_OF_USER = rate_limits.Limit("second factor", most=5, minutes=15)
CODE_AT_KNOWN_BROWSER = rate_limits.Limit("second factor browser", most=5, minutes=15)
# For somebody who is signed in, that is, for the session of a computer that was left open.
OLD_PASSWORD = rate_limits.Limit("old password", most=8, minutes=15)
# Codes for a forgotten password: each is sent, so each is counted, whether or not the account exists. With
# five attempts at each code, this allows 30 guesses of a million a day.
RESETS_AN_HOUR = rate_limits.Limit("reset hour", most=3, minutes=60)
RESETS_A_DAY = rate_limits.Limit("reset day", most=6, minutes=24 * 60)
RESETS_FROM = rate_limits.Limit("reset from", most=60, minutes=60)
# For the owner, in a browser where they have signed in before: nobody elsewhere can use these up.
OWN_RESETS_AN_HOUR = rate_limits.Limit("reset hour browser", most=3, minutes=60)
OWN_RESETS_A_DAY = rate_limits.Limit("reset day browser", most=6, minutes=24 * 60)


def password_buckets(request: HttpRequest, name: str) -> tuple[rate_limits.Bucket, ...]:
    plain, here = plain_name(name), client.network(request)
    browser = browsers.known_to(request, plain)
    if browser:
        return (AT_KNOWN_BROWSER.of(browser, plain),)
    return AT_ADDRESS.of(here, plain), OF_NAME.of(plain), FROM_ADDRESS.of(here)


def code_buckets(request: HttpRequest, user: User) -> tuple[rate_limits.Bucket, ...]:
    browser = browsers.known_to(request, plain_name(user.username))
    if browser:
        return (CODE_AT_KNOWN_BROWSER.of(browser, user.pk),)
    return (CODE_OF_USER.of(user.pk),)


def reset_buckets(request: HttpRequest, name: str) -> tuple[rate_limits.Bucket, ...]:
    plain = plain_name(name)
    browser = browsers.known_to(request, plain)
    if browser:
        return OWN_RESETS_AN_HOUR.of(browser, plain), OWN_RESETS_A_DAY.of(browser, plain)
    here = RESETS_FROM.of(client.network(request))
    return RESETS_AN_HOUR.of(plain), RESETS_A_DAY.of(plain), here


def plain_name(name: str) -> str:
    """Return one form for all spellings that a case-insensitive look-up may treat as the same."""
    return unicodedata.normalize("NFKC", name).strip().upper().casefold()


class PasswordAttempts(AbstractAxesHandler, AxesBaseHandler):
    """django-axes with our own counts; it is asked before a password is compared."""

    def is_locked(self, request: HttpRequest, credentials: dict | None = None) -> bool:
        """Count this attempt and return whether it is refused.

        The adapter gives back the correct ones (was_right).
        """
        name = (credentials or {}).get("username") or ""
        buckets, at = password_buckets(request, str(name)), clock.for_request(request)
        free_at = rate_limits.take(*buckets, at=at)
        state: Any = request
        state.password_buckets = () if free_at else buckets
        state.axes_locked_out, state.password_free_at = free_at is not None, free_at
        return free_at is not None

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        raise NotImplementedError("is_locked decides")

    def user_login_failed(self, sender, credentials, request=None, **kwargs) -> None:
        """Log a refusal, which is counted already, without the name: people type passwords there."""
        log.warning("password_refused", is_locked=getattr(request, "axes_locked_out", False))

    def user_logged_in(self, sender, request, user, **kwargs) -> None:
        """The adapter knew before the second factor; this is for a sign-in that bypasses the adapter."""
        was_right(request)

    def user_logged_out(self, sender, request, user, **kwargs) -> None:
        log.info("signed_out", user_id=user.pk if user else None)


def was_right(request: HttpRequest) -> None:
    """Give back the attempt for the password just compared; only once, however often this is called."""
    state: Any = request
    buckets, state.password_buckets = getattr(request, "password_buckets", ()), ()
    if buckets:
        rate_limits.give_back(*buckets, at=clock.for_request(request))


def locked_page(request: HttpRequest, _response=None, _credentials=None) -> HttpResponse:
    state: Any = request
    context = {"time": rate_limits.time_of(state.password_free_at)}
    return render(request, "account/lockout.html", context, status=429)

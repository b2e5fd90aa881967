"""End a session that nobody uses, because a computer in the staff room is shared.

What counts is what a person does, not what a page requests on its own: polling sends BACKGROUND, a form that
waited on a phone X-Offline. Sessions of families and pupils have their own rules (doors).
"""

import time
from collections.abc import Callable

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from core.offline import KEEPS

BY_ITSELF = "X-Background"
# Headers of requests that nobody makes by hand at this moment.
BACKGROUND = (BY_ITSELF, "X-Offline", KEEPS)
# Hours since the password was entered, no matter how active the user is: one working day (ASVS 5.0, 7.3.2).
STAFF_SESSION_HOURS = 12
SEEN_EVERY = 60  # seconds between two records of use: one write a minute instead of one per page
SEEN_AT = "seen_at"  # in the session: Unix seconds of the last use
# Requested by a program, not by somebody's tap: these requests keep nobody signed in.
BY_PROGRAMS = ("/offline/state/", "/api/v1/", "/ims/")
# Nobody is signed in there as staff, or the caller is not a person: the session is not read.
WITHOUT_STAFF = ("/f/", "/p/", "/hooks/", "/healthz", "/metrics", "/sw.js", "/offline/")


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def end_or_note(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(WITHOUT_STAFF) or request.path == "/offline/state/":
            _check_session(request)
        return get_response(request)

    return end_or_note


def _check_session(request: HttpRequest) -> None:
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if not records:  # nobody, or a family
        return
    now = time.time()
    seen_at = request.session.get(SEEN_AT, now)
    is_idle = now - seen_at > settings.STAFF_IDLE_MINUTES * 60
    if is_idle or now - records[0]["at"] > STAFF_SESSION_HOURS * 3600:
        logout(request)
        return
    is_background = request.path.startswith(BY_PROGRAMS) or any(
        name in request.headers for name in BACKGROUND
    )
    if SEEN_AT not in request.session or (now - seen_at > SEEN_EVERY and not is_background):
        request.session[SEEN_AT] = now

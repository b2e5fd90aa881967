"""Keep a family signed in on its own phone: the session, its device, and how the session is extended."""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import rate_limits
from accounts.idle import BY_ITSELF
from accounts.models import User
from core import clock
from delivery import actions as messaging
from delivery.phones import forget_who_was_here
from guardians.models import Adult
from guardians.policies import SESSION_ADDRESS, adults_in_session

log = structlog.get_logger(__name__)
SESSION_DAYS = (
    180  # days since the last use; it is a family's own phone and opens only its own children
)
SEEN_ON = "device_seen_on"  # session key: the day on which use was last recorded
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"

SYSTEMS = (
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("harmony", "HarmonyOS"),
    ("windows", "Windows"),
    ("macintosh", "Mac"),
)
BROWSERS = (
    ("micromessenger", "wechat"),
    ("mqqbrowser", "QQ"),
    ("ucbrowser", "UC"),
    ("edg", "Edge"),
    ("chrome", "Chrome"),
    ("safari", "Safari"),
    ("firefox", "Firefox"),
)


def open_session(
    request: HttpRequest, *, user: User, address: str, opened_by: str, at: datetime
) -> None:
    """Sign in. The session lasts only as long as `address` may sign in (guardians.policies).

    Somebody else who was signed in here is signed out, and this phone shows none of their notices.
    """
    forget_who_was_here(request, user)
    login(request, user, backend=MODEL_BACKEND)
    request.session[SESSION_ADDRESS] = address
    request.session[SEEN_ON] = timezone.localdate(at).isoformat()
    request.session.set_expiry(SESSION_DAYS * 86400)
    request.session.save()
    log.info("signed_in", user_id=user.pk, ways=[opened_by])
    messaging.remember_device(
        user=user,
        session_key=str(request.session.session_key),
        name=device_name(request.headers.get("User-Agent", "")),
        opened_by=opened_by,
        at=at,
    )


def device_name(agent: str) -> str:
    """Return system and browser by well-known names ("Android wechat"); "" if unknown."""
    agent = agent.lower()
    found = [
        next((word for sign, word in signs if sign in agent), "") for signs in (SYSTEMS, BROWSERS)
    ]
    return " ".join(filter(None, found))


class SlidingSession:
    """Middleware: record once a day that a family's session was used, and extend it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Check-in links open without a session, so no session is read for them. Requests that a page makes
        # by itself do not count as use.
        is_used = BY_ITSELF not in request.headers
        if is_used and request.path.startswith("/f/") and not request.path.startswith("/f/c/"):
            self._note_use(request)
        return self.get_response(request)

    def _note_use(self, request: HttpRequest) -> None:
        seen = request.session.get(SEEN_ON)
        if seen is None or seen == timezone.localdate().isoformat():
            return
        if request.user.is_authenticated:
            at = clock.for_request(request)
            request.session[SEEN_ON] = timezone.localdate(at).isoformat()
            messaging.note_use(session_key=str(request.session.session_key), at=at)


def is_signed_in_as(request: HttpRequest, adult: Adult) -> bool:
    """Return whether this browser is already signed in as this adult and needs no second sign-in."""
    return request.user.is_authenticated and adults_in_session(request).filter(pk=adult.pk).exists()


def safe_next(request: HttpRequest) -> str:
    """Return the family page that the person wanted to open, or ""."""
    return checked_next(request.POST.get("next") or request.GET.get("next") or "", request)


def checked_next(target: str, request: HttpRequest) -> str:
    is_ours = url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    is_page = target.startswith("/f/") and len(target) <= 200 and "\\" not in target
    leads_on = not target.startswith(("/f/sign-in/", "/f/sign-out/"))
    return target if is_ours and is_page and leads_on else ""


def too_often(request: HttpRequest, free_at: datetime) -> HttpResponse:
    """Say that nothing was sent, instead of "it is on its way"."""
    context = {"time": rate_limits.time_of(free_at)}
    return render(request, "family/too_often.html", context, status=429)

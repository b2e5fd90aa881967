import sys
from pathlib import Path

from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found
from redis import RedisError

from accounts.sealing import private_keys_of
from core.database import is_away
from core.languages import page_language
from homeschool import health
from schools import hotlines
from schools.policies import second_step_is_missing
from schools.queries import only_phone


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Return the state of each part: 503 without the database; 200 and "degraded" if another part is down.

    Pages still work without Redis, sender, worker or beat. "sending" is "ok" if a drain succeeded recently
    (`drained_seconds_ago`), whether or not it found anything.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        is_there = True
    except DatabaseError:
        is_there = False
    try:
        drained = health.drained_seconds_ago()
        alive = {name: health.is_alive(name) for name in health.PROCESSES}
        alive = {"redis": True, **alive, "sending": health.is_lately(drained)}
    except RedisError:
        drained, alive = None, dict.fromkeys(("redis", *health.PROCESSES, "sending"), False)
    parts = {"database": is_there, **alive}
    status = "ok" if all(parts.values()) else "degraded" if parts["database"] else "down"
    words = {name: "ok" if alive else "down" for name, alive in parts.items()}
    age = None if drained is None else round(drained)
    return JsonResponse(
        {"status": status, **words, "drained_seconds_ago": age},
        status=200 if parts["database"] else 503,
    )


@require_safe
@never_cache
def service_worker(request: HttpRequest) -> HttpResponse:
    """Serve it from the root, for every door. It caches only the pages that it names (static/src/sw.js)."""
    response = _worker("sw.js")
    response["Service-Worker-Allowed"] = "/"
    return response


@require_safe
@never_cache
def family_worker(request: HttpRequest) -> HttpResponse:
    """Serve a smaller one for families, whose connections are slow (static/src/family/sw.js). Its scope is
    /f/.
    """
    return _worker("family_sw.js")


@require_safe
@never_cache
def seat_worker(request: HttpRequest) -> HttpResponse:
    """Serve the one for tablets passed around in class (static/src/family/seat_sw.js). Its scope is /p/."""
    return _worker("seat_sw.js")


def _worker(name: str) -> HttpResponse:
    found = finders.find(name)
    if not found:
        raise Http404
    return HttpResponse(Path(found).read_bytes(), content_type="text/javascript; charset=utf-8")


@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    """Show the page that a phone displays without a network. It is built without the request, so it names
    nobody.
    """
    return HttpResponse(render_to_string("offline.html"))


@require_safe
def family_offline_page(request: HttpRequest) -> HttpResponse:
    """Show the same for a family's phone, also built without the request."""
    return HttpResponse(render_to_string("family/offline.html"))


@require_safe
@never_cache
def offline_state(request: HttpRequest) -> JsonResponse:
    """Return who is signed in, a new CSRF token, and this person's keys to what they sealed
    (accounts.sealing).

    It is for data that waits on a device, and for a page that asks before it sends. A session with only a
    password, if more is required, counts as nobody's.
    """
    said: dict[str, object] = {"user": "", "token": get_token(request)}
    if request.user.is_authenticated and not second_step_is_missing(request):
        said |= {"user": str(request.user.pk), "keys": private_keys_of(request.user.pk)}
    return JsonResponse(said)


RETRY_AFTER_SECONDS = 30  # PostgreSQL restarts within a few seconds; a full disk takes a person


DOORS = (("/f/", "family"), ("/p/", "pupil"), ("/v/", "village"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show the 404 page of the visitor's door: a family must not be sent to the staff's."""
    door = next((name for start, name in DOORS if request.path.startswith(start)), "")
    if not door:
        return page_not_found(request, exception)
    adult = getattr(request, "family_adult", None)
    context = {
        "is_known": adult is not None or request.user.is_authenticated,
        "school_phone": adult.school.phone if adult else only_phone(),
    }
    if door == "pupil":  # a child who is lost may be looking for help
        pupil = getattr(request, "pupil", None)
        context["hotlines"] = hotlines.of(pupil and pupil.school)
    language = translation.get_language()
    with translation.override(page_language(request, adult.language) if adult else language):
        return render(request, f"{door}/404.html", context, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """Show a page in place of one that failed.

    If the database is away, full or has no connection left, it is a 503: nothing was half-written, and a
    phone may send the same again.
    """
    # Without the request: the user is in the database.
    if not is_away(sys.exception()):
        return HttpResponse(render_to_string("500.html", {"path": request.path}), status=500)
    page = render_to_string("503.html", {"path": request.path})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show our page for a form without a valid CSRF token; most often the form was open too long."""
    return HttpResponse(render_to_string("403_csrf.html", {"path": request.path}), status=403)


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Redirect to the icon: browsers look here for documents that name none, such as a photo or a printed
    sheet.
    """
    return redirect(static("icon.svg"))

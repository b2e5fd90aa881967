"""The pupils' door: signing in with a class code and six pictures, and the first page."""

from datetime import datetime

import structlog
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rate_limits import give_back, take, time_of
from core import client, clock, walls
from delivery.phones import hand_over
from doors.pupil import tiles
from doors.pupil.forms import AFTERWARDS, SignInForm
from doors.pupil.presenters import adult_of, pupil_page, seconds_left
from safeguarding import presenters, queries
from schools.queries import school_of_door
from students import rate_limits
from students.pictures import PICTURES, PICTURES_IN_CODE, find_pupil
from students.policies import PICTURES_AT, PUPIL_SESSION_MINUTES, pupil_required
from students.presenters import PICTURE_WORDS
from students.requests import PupilRequest

log = structlog.get_logger(__name__)


@never_cache
@require_http_methods(["GET", "POST"])
@walls.every_school("a class code says the school")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a class code, then for one picture after another; no JavaScript is needed.

    A wrong class and a wrong code get the same answer, given only after the last picture.
    """
    if request.method == "GET":
        to, door_code = request.GET.get("to", ""), request.session.get("pupil_door", "")
        if to in AFTERWARDS and door_code:
            return _pictures(request, door_code, [], to=to)
        over = _("Your time ran out before this arrived. Sign in again and tell us again.")
        error = over if request.GET.get("told") == "over" else ""
        return pupil_page(request, "sign_in", class_code="", error=error)
    form = SignInForm(request.POST)
    if not form.is_valid():
        problem = next(iter(form.errors.get("class_code", [])), _("Please start over."))
        return pupil_page(request, "sign_in", class_code="", error=problem, status=422)
    door_code, picked = form.cleaned_data["class_code"], form.pictures()
    to = form.cleaned_data["to"]
    if len(picked) < PICTURES_IN_CODE:
        return _pictures(request, door_code, picked, to=to)
    at, network = clock.for_request(request), client.network(request)
    buckets = rate_limits.buckets(door_code, picked, network, at)
    free_at = take(*buckets, at=at)
    if free_at is not None:
        # There is still a way to an adult: hotlines for everybody and, if this class has come from this
        # network before, the school's own number and hotlines too.
        is_known = rate_limits.is_known_place(door_code, network, at)
        school = school_of_door(door_code) if is_known else None
        return pupil_page(request, "locked", status=429, time=time_of(free_at), school=school)
    pupil = find_pupil(
        door_code=door_code, picture_code="-".join(picked), on=timezone.localdate(at)
    )
    if pupil is None:
        log.warning("pictures_refused")
        error = _(
            "Those pictures are not right. Look at your slip and try again, or ask your teacher."
        )
        return _pictures(request, door_code, [], error, 422, to=to)
    give_back(*buckets, at=at)
    rate_limits.note_arrival(door_code, network, pupil.pk, at)
    hand_over(request)
    request.session["pupil_id"] = pupil.pk
    request.session["pupil_door"] = door_code
    log.info("pupil_signed_in", student_id=pupil.pk)
    request.session[PICTURES_AT] = at.timestamp()
    _extend(request, at)
    return redirect(f"pupil:{to or 'home'}")


def _extend(request: HttpRequest, at: datetime) -> None:
    request.session["pupil_until"] = at.timestamp() + PUPIL_SESSION_MINUTES * 60
    request.session.set_expiry(PUPIL_SESSION_MINUTES * 60)


def _pictures(
    request: HttpRequest, door_code: str, picked: list[str], error="", status=200, to=""
) -> HttpResponse:
    return pupil_page(
        request,
        "sign_in",
        status=status,
        class_code=door_code,
        class_name=_("Class code %(code)s") % {"code": door_code},
        to=to,
        picked="-".join(picked),
        picked_count=len(picked),
        holes=[place < len(picked) for place in range(PICTURES_IN_CODE)],
        picture_count=PICTURES_IN_CODE,
        pictures=[{"key": key, "label": PICTURE_WORDS[key]} for key in PICTURES],
        error=error,
    )


@never_cache
@pupil_required
@require_safe
def home(request: PupilRequest) -> HttpResponse:
    at, name = clock.for_request(request), {"name": request.pupil.given_name}
    hour = timezone.localtime(at).hour
    if hour < 12:
        greeting = _("Good morning, %(name)s") % name
    elif hour < 18:
        greeting = _("Good afternoon, %(name)s") % name
    else:
        greeting = _("Good evening, %(name)s") % name
    waiting = queries.latest_request(request.pupil)
    text = waiting and _("%(name)s will come to you. %(until)s") % {
        "name": adult_of(waiting),
        "until": presenters.until_text(waiting, at),
    }
    return pupil_page(
        request,
        "home",
        greeting=greeting,
        open_request_text=text,
        **tiles.of(request.pupil, at),
    )


@never_cache
@pupil_required
@require_POST
def stay(request: PupilRequest) -> HttpResponse:
    """Give a pupil who is still writing more time; the page keeps the text."""
    _extend(request, clock.for_request(request))
    try:
        request.session.save()
    except UpdateError:  # signed out meanwhile, by a button on the same page
        request.session = type(request.session)()
        return redirect("pupil:sign_in")
    request.session.modified = False
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"seconds_left": seconds_left(request)})
    return redirect("pupil:home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return redirect("pupil:sign_in")

"""A child at a tablet enters the number of its seat and sees one question on a page; each tap is saved."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rate_limits import give_back, take, time_of
from core import client, clock, offline, walls
from schools import hotlines
from surveys import actions, arrivals, asking, policies, queries, rate_limits
from surveys.forms import AnswerForm, SeatForm
from surveys.models import Seat, Sitting
from surveys.presenters import seat as presenters
from surveys.requests import SeatRequest

# Why a child sees the page for the number, by the key in its address.
TOLD = {
    "waited": gettext_lazy(
        "This tablet waited too long for a tap. Enter your number again and go on."
    ),
    "arrived": gettext_lazy("Your answers have arrived."),
    "over": gettext_lazy("The lesson is over. Your answers count."),
    "talk": gettext_lazy("We have told an adult that you want to talk to someone."),
    "late": gettext_lazy(
        "This answer came too late: the lesson is over, or the questions are finished. We did"
        " not save it. Your earlier answers are saved."
    ),
}


def _page(request: HttpRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
    seat = getattr(request, "seat", None)
    context["hotlines"] = hotlines.of(seat and seat.school)
    return render(request, f"surveys/seat/{page}.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("a number says the seat, and so the school")
def enter(request: HttpRequest) -> HttpResponse:
    """Take the six digits from the teacher's list. A number counts as wrong unless its lesson is running."""
    form = SeatForm(request.POST or None)
    if not form.is_valid():
        told = "" if form.is_bound else TOLD.get(request.GET.get("told", ""), "")
        return _page(request, "enter", status=422 if form.is_bound else 200, form=form, told=told)
    at, here = clock.for_request(request), client.network(request)
    bucket = rate_limits.bucket(here, at)
    free_at = take(bucket, at=at)
    if free_at is not None:
        words = _(
            "Too many wrong numbers were entered here. Try again at %(time)s, or ask your teacher."
        )
        form.add_error("code", words % {"time": time_of(free_at)})
        return _page(request, "enter", status=429, form=form)
    code = form.cleaned_data["code"]
    sitting = policies.lesson_by_code(code, at)
    if sitting is not None:
        give_back(bucket, at=at)
        policies.take_lesson(request, sitting)
        return redirect("seat:ready")
    seat = policies.seat_by_code(code, at)
    if seat is None:
        form.add_error(
            "code", _("This number does not work now. Check it again, or ask your teacher.")
        )
        return _page(request, "enter", status=422, form=form)
    give_back(bucket, at=at)
    rate_limits.note_arrival(here, seat.pk, at)
    policies.take_seat(request, seat)
    return redirect("seat:question")


@never_cache
@require_safe
@walls.every_school("a tablet's number or page says the seat, and so the school")
def ready(request: HttpRequest) -> HttpResponse:
    """Show that an adult has typed the lesson's number, and make this tablet ready.

    It fetches the forms of the class and keeps them until the lesson ends
    (docs/decisions/0065-a-tablet-made-ready-for-a-lesson.md).
    """
    sitting, at = policies.lesson_in_hand(request), clock.for_request(request)
    if sitting is None:
        return redirect("seat:enter")
    if "lesson" in request.GET:
        return _lesson(request, sitting, at)
    return _page(request, "ready", school_class=sitting.school_class, sitting=sitting)


@gzip_page
def _lesson(request: HttpRequest, sitting: Sitting, at: datetime) -> HttpResponse:
    seats = policies.seats_of_lesson(sitting, at)
    actions.note_handed_out(seats=seats, sitting=sitting, at=at)
    return JsonResponse(presenters.lesson(request, sitting, seats, at))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@walls.every_school("a tablet's number or page says the seat, and so the school")
def question(request: HttpRequest) -> HttpResponse:
    """Show one item. A post saves the answer and shows the next item; after the last, the form is finished.

    A page with script asks for the `whole` form at once and sends what its tablet kept.
    """
    if request.method == "POST" and offline.is_from_queue(request):
        return _arrived(request)
    at, token = clock.for_request(request), request.POST.get("seat", "")
    sent_for = policies.open_seat_of_token(token, at) if token else None
    in_hand = policies.seat_in_hand(request, known=sent_for)
    page_of = policies.seat_of_token(token) if token and in_hand is None else None
    if page_of:
        taken = _late(request, page_of)
        if taken is not None:
            return taken
    if in_hand is None:
        told = "waited" if sent_for else "late"
        return redirect(f"{reverse('seat:enter')}?told={told}" if token else "seat:enter")
    policies.stay_seated(request)
    if request.method != "POST":
        if "whole" in request.GET:
            return _whole(request, in_hand)
        return _ask(request, in_hand, request.GET.get("item", ""))
    if token and sent_for != in_hand:
        error = _(
            "That page belonged to the child who had the tablet before. We saved nothing from it."
            " This page is yours."
        )
        return _ask(request, in_hand, "", error=error)
    return _answer(request, in_hand, at)


def _answer(request: HttpRequest, seat: Seat, at: datetime) -> HttpResponse:
    """Save the tap of the child who has the tablet, and go on."""
    try:
        answer = asking.save(seat, AnswerForm(request.POST), at)
    except actions.Refused:
        item = request.POST.get("item", "")
        if _late(request, seat) is not None:  # no longer asked, but it needs an adult at once
            return redirect(_address("seat:pause", item))
        return _ask(request, seat, item, error=_("Please tap one answer."))
    if answer.is_urgent:
        return redirect(_address("seat:pause", answer.item))
    return _go_on(request, seat, answer.item)


@gzip_page
def _whole(request: HttpRequest, seat: Seat) -> HttpResponse:
    at = clock.for_request(request)
    sitting = cast(Sitting, seat.sitting)  # everybody at a tablet has a lesson
    actions.note_handed_out(seats=[seat], sitting=sitting, at=at)
    return JsonResponse(presenters.whole(request, seat, sitting, at))


def _arrived(request: HttpRequest) -> HttpResponse:
    """Take what a tablet kept, of any children, and say whether the child of this page may go on."""
    at = clock.for_request(request)
    try:
        now, kept = arrivals.read(request.POST.get("kept", ""))
    except arrivals.Unreadable:
        return offline.refused(_("This page could not read what was sent."))
    token = request.POST.get("seat", "")
    sent_for = policies.open_seat_of_token(token, at)
    verdict = arrivals.take(kept, now, at, known={token: sent_for} if sent_for else {})
    # The child whom the tablet still takes for its own may have handed it on, or may have finished.
    seat_id = request.session.get(policies.SEAT)
    is_through = seat_id in verdict.finished
    in_hand = None if is_through else policies.seat_in_hand(request, known=sent_for)
    if in_hand is None and seat_id is not None and not is_through:
        is_through = queries.is_finished(seat_id)
    if seat_id in verdict.left or is_through:
        request.session.flush()
    elif in_hand is not None:
        policies.stay_seated(request)
    state = _state_of_page(token, sent_for, verdict.finished)
    return JsonResponse({"settled": verdict.settled, "late": verdict.late, "seat": state})


def _state_of_page(token: str, was_open: Seat | None, finished: Collection[int]) -> str:
    """Return "open" if the child of the page may go on, "finished", or "over" if its lesson is.

    `finished`: keys of forms whose last question has just been answered.
    """
    if was_open is not None:
        return "finished" if was_open.pk in finished else "open"
    page_of = policies.seat_of_token(token)
    return "finished" if page_of and page_of.finished_at is not None else "over"


def _late(request: HttpRequest, seat: Seat) -> HttpResponse | None:
    """Accept what still counts although the lesson is over or the tablet has forgotten the child.

    This is a tap that had arrived before, so that nobody is told it was lost, or one that needs an adult at
    once. None: anything else.
    """
    tap = asking.tap_of(AnswerForm(request.POST))
    if tap is None:
        return None
    arrived = queries.answer_sent(seat, tap.item, tap.option, tap.key)
    is_urgent = seat.round.edition.instrument.is_urgent(tap.item, tap.option)
    if arrived is None and not is_urgent:
        return None
    if arrived is None:
        at = clock.for_request(request)
        actions.keep_urgent(seat=seat, item=tap.item, option=tap.option, key=tap.key, at=at)
    if seat.finished_at is not None:
        return redirect("seat:done")
    return redirect(f"{reverse('seat:enter')}?told=arrived")


def _go_on(request: HttpRequest, seat: Seat, after: str) -> HttpResponse:
    at = clock.for_request(request)
    following = asking.item_after(seat, after, at)
    if following is not None:
        return redirect(_address("seat:question", following.id))
    actions.finish(seat=seat, at=at)
    request.session.flush()
    return redirect("seat:done")


def _address(name: str, item_id: str) -> str:
    return f"{reverse(name)}?{urlencode({'item': item_id})}"


def _ask(request: HttpRequest, seat: Seat, item_id: str, error: str = "") -> HttpResponse:
    at = clock.for_request(request)
    item = asking.item_wanted(seat, item_id, at)
    if item is None:
        return _go_on(request, seat, "")
    asked = presenters.question(seat, item, at, lambda one: _address("seat:question", one))
    return _page(request, "question", status=422 if error else 200, error=error, **asked)


@never_cache
@policies.seat_required
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: SeatRequest) -> HttpResponse:
    """Say that somebody is on the way; the child chooses whether to go on. It looks like any other page."""
    if request.method == "POST":
        return _go_on(request, request.seat, request.POST.get("item", ""))
    sitting = request.seat.sitting
    adult = sitting.duty_adult.name if sitting else ""
    return _page(request, "pause", adult=adult, item=request.GET.get("item", ""))


@never_cache
@require_POST
@walls.every_school("a tablet's number or page says the seat, and so the school")
def talk(request: HttpRequest) -> HttpResponse:
    """Tell the adult of the lesson at once that the child wants to talk to someone.

    We also take it from a page that is too old for answers.
    """
    at, in_hand = clock.for_request(request), policies.seat_in_hand(request)
    seat = in_hand or policies.seat_of_token(request.POST.get("seat", ""))
    if seat is None:
        return redirect("seat:enter")
    actions.want_adult(seat=seat, at=at)
    if in_hand is None:
        return redirect(f"{reverse('seat:enter')}?told=talk")
    policies.stay_seated(request)
    # Whatever else the page sent, the child is told that somebody is coming, and goes on where it was.
    item = asking.item_wanted(seat, request.POST.get("item", ""), at)
    return redirect(_address("seat:pause", item.id if item else ""))


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the seat, for the next child or because the child stops.

    Its answers stay, and it may continue in this lesson.
    """
    request.session.flush()
    return redirect("seat:enter")


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    return _page(request, "done")

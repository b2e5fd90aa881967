"""A child at a tablet: in with the number of its seat, one question on a page, saved at each tap."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from schools import hotlines, offline
from students import tries
from surveys import actions, asking, policies, queries
from surveys.forms import AnswerForm, SeatForm
from surveys.models import Answer, Seat
from surveys.rules import SEAT_MINUTES

DOOR = "seat"  # whose wrong tries are counted (students.tries)


def _page(request: HttpRequest, page: str, *, status: int = 200, **context: Any) -> HttpResponse:
    seat = getattr(request, "seat", None)
    context["hotlines"] = hotlines.of(seat and seat.school)
    return render(request, f"surveys/seat/{page}.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Six digits from the teacher's list; a number of no lesson that runs is a wrong one."""
    form = SeatForm(request.POST or None)
    if not form.is_valid():
        told = "" if form.is_bound else _told(request.GET.get("told", ""))
        return _page(request, "enter", status=422 if form.is_bound else 200, form=form, told=told)
    ip = request.META.get("REMOTE_ADDR", "")
    if tries.must_wait(DOOR, ip):
        form.add_error("code", _("Too many tries. Wait ten minutes, or ask your teacher."))
        return _page(request, "enter", status=422, form=form)
    seat = policies.seat_by_code(form.cleaned_data["code"].strip(), clock.for_request(request))
    if seat is None:
        tries.note_wrong(DOOR, ip)
        form.add_error(
            "code", _("This number opens nothing now. Look at it again, or ask your teacher.")
        )
        return _page(request, "enter", status=422, form=form)
    tries.forget(DOOR, ip)
    policies.take_seat(request, seat)
    return redirect("seat:question")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest) -> HttpResponse:
    """One item. Posted: it is saved, and the next is shown; after the last, it is finished. What the
    tablet kept while there was no network belongs to the seat that its page named.
    """
    at, token = clock.for_request(request), request.POST.get("seat", "")
    page_of = policies.seat_of_token(token) if token else None
    sent_for = page_of if page_of and policies.may_still_answer(page_of, at) else None
    in_hand = policies.seat_in_hand(request, known=sent_for)
    seat = sent_for if token else in_hand
    if page_of and (offline.is_from_queue(request) or in_hand is None):
        taken = _late(request, page_of, in_hand, is_open=sent_for is not None)
        if taken is not None:
            return taken
    if request.method == "POST" and offline.is_from_queue(request):
        return _save(request, seat, in_hand) if seat else offline.over(_too_late())
    if in_hand is None:
        told = "waited" if seat else "late"
        return redirect(f"{reverse('seat:enter')}?told={told}" if token else "seat:enter")
    policies.stay_seated(request)
    if request.method != "POST":
        return _ask(request, in_hand, request.GET.get("item", ""))
    if seat != in_hand:
        return _ask(request, in_hand, "", error=_not_yours())
    return _save(request, in_hand, in_hand)


def _late(
    request: HttpRequest, seat: Seat, in_hand: Seat | None, *, is_open: bool
) -> HttpResponse | None:
    """What is taken although the lesson is over or the tablet has let go: a tap that had arrived before, so
    that nobody is told it was lost, and one that needs an adult at once. None: anything else.
    """
    tap = asking.tap_of(AnswerForm(request.POST))
    if tap is None or (is_open and in_hand is not None):
        return None
    arrived = queries.answer_sent(seat, tap.item, tap.option, tap.key)
    is_urgent = seat.round.edition.instrument.is_urgent(tap.item, tap.option)
    if arrived is None and not is_urgent:
        return None
    if arrived is None:
        at = clock.for_request(request)
        actions.keep_urgent(seat=seat, item=tap.item, option=tap.option, key=tap.key, at=at)
    if seat.finished_at is not None and in_hand is None:
        return offline.accepted(request, reverse("seat:done"))
    return offline.accepted(request, f"{reverse('seat:enter')}?told=arrived")


def _too_late() -> str:
    return _(
        "This answer came too late: the lesson is over, or the questions are finished."
        " It was not taken. What had arrived before is kept."
    )


def _told(why: str) -> str:
    if why == "waited":
        return _("This tablet waited too long for a tap. Type your number again and go on.")
    if why == "arrived":
        return _("What you tapped has arrived.")
    return _too_late() if why == "late" else ""


def _not_yours() -> str:
    return _(
        "That page was of whoever had the tablet before. Nothing of it was taken. This is yours."
    )


def _save(request: HttpRequest, seat: Seat, in_hand: Seat | None) -> HttpResponse:
    at, form = clock.for_request(request), AnswerForm(request.POST)
    if seat != in_hand and _is_overtaken(seat, asking.tap_of(form)):
        return offline.accepted(request, reverse("seat:enter"))
    try:
        answer = asking.save(seat, form, at)
    except actions.Refused:
        words = _("Please tap one answer.")
        if offline.is_from_queue(request):
            return offline.refused(words)
        return _ask(request, seat, request.POST.get("item", ""), error=words)
    url = _next_url(request, seat, answer, is_in_hand=seat == in_hand)
    return offline.accepted(request, url)


def _is_overtaken(seat: Seat, tap: asking.Tap | None) -> bool:
    """The child has answered this anew at another tablet while this one had no network: the newer word
    stays, unless the older one needs an adult.
    """
    if tap is None or seat.round.edition.instrument.is_urgent(tap.item, tap.option):
        return False
    return bool(queries.answers_of(seat).get(tap.item))


def _next_url(request: HttpRequest, seat: Seat, answer: Answer, *, is_in_hand: bool) -> str:
    """Where the tablet goes on; a late answer leads whoever has it by now nowhere else."""
    if answer.is_urgent and is_in_hand:
        return _address("seat:pause", answer.item)
    following = asking.item_after(seat, answer.item, clock.for_request(request))
    if following is None:
        actions.finish(seat=seat, at=clock.for_request(request))
    if not is_in_hand:
        return reverse("seat:enter")
    if following is not None:
        return _address("seat:question", following.id)
    request.session.flush()
    return reverse("seat:done")


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
    asked = asking.question(seat, item, at, lambda one: _address("seat:question", one))
    return _page(
        request,
        "question",
        status=422 if error else 200,
        error=error,
        name=seat.student.given_name,
        post_url=reverse("seat:question"),
        seat_token=policies.seat_token(seat),
        seconds_left=SEAT_MINUTES * 60,
        who_sees=seat.round.opened_by.name,
        **asked,
    )


@never_cache
@policies.seat_required
@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest) -> HttpResponse:
    """Somebody is on the way; the child says whether it goes on. It looks like any other page."""
    if request.method == "POST":
        return _go_on(request, request.seat, request.POST.get("item", ""))
    return _page(
        request,
        "pause",
        adult=request.seat.sitting.duty_adult.name,
        item=request.GET.get("item", ""),
    )


@never_cache
@policies.seat_required
@require_POST
def talk(request: HttpRequest) -> HttpResponse:
    """ "I want to talk to someone": whoever is named for the lesson is told at once."""
    actions.want_adult(seat=request.seat, at=clock.for_request(request))
    return redirect(_address("seat:pause", request.POST.get("item", "")))


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Not me, or no more: the tablet forgets. What was answered stays, and may go on in this lesson."""
    request.session.flush()
    return redirect("seat:enter")


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    return _page(request, "done")

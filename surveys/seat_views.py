"""A child at a tablet: in with the number of its seat, one question on a page, saved at each tap."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from schools import hotlines
from students import tries
from surveys import actions, policies, queries, rules
from surveys.forms import AnswerForm, SeatForm
from surveys.instruments import STEPS, Item, text_in
from surveys.models import Seat

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
        return _page(request, "enter", status=422 if form.is_bound else 200, form=form)
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
@policies.seat_required
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest) -> HttpResponse:
    """One item. Posted: it is saved, and the next is shown; after the last, it is finished."""
    seat, at = request.seat, clock.for_request(request)
    if request.method != "POST":
        return _ask(request, seat, request.GET.get("item", ""))
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _ask(request, seat, request.POST.get("item", ""), error=_("Please tap one answer."))
    said = form.cleaned_data
    try:
        answer = actions.save_answer(seat=seat, item=said["item"], option=said["option"], at=at)
    except actions.Refused:
        return _ask(request, seat, said["item"], error=_("Please tap one answer."))
    if answer.is_urgent:
        return redirect(_address("seat:pause", said["item"]))
    return _go_on(request, seat, said["item"])


def _go_on(request: HttpRequest, seat: Seat, after: str) -> HttpResponse:
    at = clock.for_request(request)
    following = rules.next_item(queries.items_for(seat, at), queries.answers_of(seat), after)
    if following is not None:
        return redirect(_address("seat:question", following.id))
    actions.finish(seat=seat, at=at)
    request.session.flush()
    return redirect("seat:done")


def _address(name: str, item_id: str) -> str:
    return f"{reverse(name)}?{urlencode({'item': item_id})}"


def _ask(request: HttpRequest, seat: Seat, item_id: str, error: str = "") -> HttpResponse:
    """The wanted item, else the first that waits; one that does not exist leads to the same."""
    at = clock.for_request(request)
    items, answers = queries.items_for(seat, at), queries.answers_of(seat)
    wanted = next((one for one in items if one.id == item_id), None)
    item = wanted or rules.next_item(items, answers)
    if item is None:
        return _go_on(request, seat, "")
    place = items.index(item)
    before = rules.item_before(items, item.id)
    return _page(
        request,
        "question",
        status=422 if error else 200,
        error=error,
        name=seat.student.given_name,
        item=item,
        intro=text_in(seat.round.edition.instrument.intro, get_language() or ""),
        text=text_in(item.texts, get_language() or ""),
        options=_options(item, answers.get(item.id)),
        stones=[_stone(number, place) for number in range(len(items))],
        number=place + 1,
        count=len(items),
        before=before and _address("seat:question", before.id),
        who_sees=seat.round.opened_by.name,
    )


def _stone(number: int, place: int) -> str:
    if number == place:
        return "now"
    return "past" if number < place else "next"


def _options(item: Item, chosen: str | None) -> list[dict[str, Any]]:
    """How each answer is drawn: a face, or a stair with so many filled steps."""
    most = len(item.options) - 1
    return [
        {
            "code": option.code,
            "text": text_in(option.texts, get_language() or ""),
            "is_chosen": option.code == chosen,
            "face": 1 + round(place * 4 / max(most, 1)),
            "filled": max(most - place, 0) if item.drawn_as == STEPS else 0,
        }
        for place, option in enumerate(item.options)
    ]


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

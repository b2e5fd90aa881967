"""A child's pages at a tablet.

They show one question, the whole form for a tablet that may lose its network, or a lesson for a tablet that
will have none.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from schools import hotlines
from surveys import asking, boxes, envelopes, policies, queries
from surveys.instruments import Item
from surveys.models import Edition, Seat, Sitting
from surveys.rules import SEAT_MINUTES


def question(seat: Seat, item: Item, at: datetime, address: asking.Address) -> dict[str, Any]:
    return {
        "name": seat.student.given_name,
        "post_url": reverse("seat:question"),
        "seat_token": policies.seat_token(seat),
        "seconds_left": SEAT_MINUTES * 60,
        "who_sees": seat.round.opened_by.name,
    } | asking.question(seat, item, at, address)


def whole(request: HttpRequest, seat: Seat, sitting: Sitting, at: datetime) -> dict[str, Any]:
    """Return the form of this child, with the answers so far, for static/src/family/seat.js."""
    answers = dict(queries.answers_of(seat))
    return _form(request, sitting, at) | _own(seat, at) | {"answers": answers}


def lesson(
    request: HttpRequest, sitting: Sitting, seats: list[Seat], at: datetime
) -> dict[str, Any]:
    """Return the form of the lesson, and each child's own part in a box.

    static/src/family/seat_lesson.js reads it.
    """
    own = [(seat.code, _own(seat, at)) for seat in seats if seat.code]
    return _form(request, sitting, at) | boxes.packed(own)


def _own(seat: Seat, at: datetime) -> dict[str, Any]:
    """Return whose form it is, and which questions are for a child of this age."""
    age = queries.age_of(seat.student, seat.school, at) or 0
    items = seat.round.edition.instrument.items
    return {
        "seat": policies.seat_token(seat),
        "name": seat.student.given_name,
        "asks": [one.id for one in items if age >= one.min_age],
    }


def _form(request: HttpRequest, sitting: Sitting, at: datetime) -> dict[str, Any]:
    """Return what is the same for each child of a lesson.

    It has every question as its page shows it, when it is asked, which answers need an adult, and the pages
    that follow. The page fills in whose question it is, its place and its way back.
    """
    edition, adult = sitting.round.edition, sitting.duty_adult.name
    return {
        "seal": envelopes.public_key(sitting.pk),
        "seconds": SEAT_MINUTES * 60,
        # Seconds until the lesson ends, for a tablet without a network.
        "lesson": int((sitting.ends_at - at).total_seconds()),
        "place": _("Question %(n)s of %(total)s"),
        "items": [_drawn(request, sitting, edition, one) for one in edition.instrument.items],
        "pause": render_to_string("surveys/seat/_pause.html", {"adult": adult}, request),
        "done": render_to_string("surveys/seat/_done.html", {}, request),
        "hotlines": render_to_string(
            "family/_hotlines.html", {"hotlines": hotlines.of(sitting.school)}, request
        ),
    }


def _drawn(request: HttpRequest, sitting: Sitting, edition: Edition, item: Item) -> dict[str, Any]:
    context = asking.words_of(edition, item, None) | {
        "post_url": reverse("seat:question"),
        "who_sees": sitting.round.opened_by.name,
        "seat_token": "-",
        "before": "#",
        "count": 0,
    }
    codes = [option.code for option in item.options]
    return {
        "id": item.id,
        "weights": {option.code: option.value for option in item.options},
        "rules": [
            {
                "any": rule.is_any,
                "when": [[each.item, each.operator, each.answer] for each in rule.when],
            }
            for rule in item.rules
        ],
        "adult": [one for one in codes if edition.instrument.is_urgent(item.id, one)],
        "html": render_to_string("surveys/seat/_asked.html", context, request),
    }

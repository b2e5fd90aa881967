"""A child's pages at a tablet: one question, or the whole form for a tablet that may lose its network."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from schools import hotlines
from surveys import asking, envelopes, policies, queries
from surveys.instruments import Item
from surveys.models import Seat
from surveys.rules import SEAT_MINUTES


def question(seat: Seat, item: Item, at: datetime, address: asking.Address) -> dict[str, Any]:
    return _frame(seat) | asking.question(seat, item, at, address)


def _frame(seat: Seat) -> dict[str, Any]:
    return {
        "name": seat.student.given_name,
        "post_url": reverse("seat:question"),
        "seat_token": policies.seat_token(seat),
        "seconds_left": SEAT_MINUTES * 60,
        "who_sees": seat.round.opened_by.name,
    }


def whole(request: HttpRequest, seat: Seat, at: datetime) -> dict[str, Any]:
    """For static/src/family/seat.js: each question for this child's age as its page shows it, when it is
    asked, which answers need an adult, and the two pages that follow.
    """
    edition, frame = seat.round.edition, _frame(seat)
    age = queries.age_of(seat.student, seat.school, at)
    items = [one for one in edition.instrument.items if (age or 0) >= one.min_age]
    sitting = seat.sitting
    adult = sitting.duty_adult.name if sitting else ""
    drawn = []
    for one in items:
        # The page fills in its stone and its way back when it shows the question.
        context = frame | asking.words_of(edition, one, None)
        context |= {"before": "#", "count": 0, "number": ""}
        drawn.append(
            {
                "id": one.id,
                "weights": {option.code: option.value for option in one.options},
                "rules": [
                    {
                        "any": rule.is_any,
                        "when": [[each.item, each.operator, each.answer] for each in rule.when],
                    }
                    for rule in one.rules
                ],
                "adult": [
                    option.code
                    for option in one.options
                    if edition.instrument.is_urgent(one.id, option.code)
                ],
                "html": render_to_string("surveys/seat/_asked.html", context, request),
            }
        )
    return {
        "seat": frame["seat_token"],
        "key": envelopes.key_of(seat.pk),
        "seconds": SEAT_MINUTES * 60,
        # Seconds until the lesson ends, for a tablet without a network.
        "lesson": int((sitting.ends_at - at).total_seconds()) if sitting else 0,
        "answers": dict(queries.answers_of(seat)),
        "place": _("Question %(n)s of %(total)s"),
        "items": drawn,
        "pause": render_to_string("surveys/seat/_pause.html", {"adult": adult}, request),
        "done": render_to_string("surveys/seat/_done.html", {}, request),
        "hotlines": render_to_string(
            "family/_hotlines.html", {"hotlines": hotlines.of(seat.school)}, request
        ),
    }

"""The tiles of the pupil's first page: what a child can do today."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import queries as calls
from calls.presenters import moment_words
from calls.things.policies import parents_of
from calls.things.queries import open_of
from core.names import joined
from guardians.presenters import called, relation_word
from postcards import policies, queries
from postcards.presenters import together
from reunions.queries import nights_until_parent
from students.models import Student
from surveys.pulses.policies import Standing, standing_of
from surveys.pulses.queries import is_due
from transfers.policies import transfer_of_pupil

NEWEST_CARDS = 2  # the others are one tap away


def of(pupil: Student, at: datetime) -> dict[str, Any]:
    """Return the tiles.

    They are the same for every child of a class, so none shows who lives without a parent.
    """
    on = timezone.localdate(at)
    call, next_call = calls.next_call_of(pupil, at), ""
    if call is not None:
        next_call = _("Next call with %(name)s: %(when)s, %(place)s") % {
            "name": relation_word(call.relation) if call.relation else _("your family"),
            "when": moment_words(call.starts_at, at, ZoneInfo(pupil.school.time_zone)),
            "place": call.place,
        }
    found, nights_text = nights_until_parent(pupil, on), ""
    if found is not None:
        relation, nights = found
        nights_text = ngettext(
            "%(nights)s night until your %(name)s comes home",
            "%(nights)s nights until your %(name)s comes home",
            nights,
        ) % {"name": relation_word(relation), "nights": nights}
    standing = standing_of(pupil, on)
    is_on = standing is Standing.ON
    transfer = transfer_of_pupil(pupil, at)
    whom = [called(row) for row in policies.recipients_of(pupil, on)]
    newest = [
        (card, relation_word(relation))
        for card, relation in policies.newest_to_child(pupil, on, NEWEST_CARDS)
    ]
    return {
        "may_send": bool(whom) and policies.may_record(pupil, at),
        "whom": together(whom),
        "cards": newest,
        "has_cards": bool(newest) or queries.sent_by_child(pupil, 1).exists(),
        "talked_with": joined(called(row) for row in policies.parents_to_ask_about(pupil, on)),
        "things": _things(pupil, at),
        "may_rate_call": calls.child_call_to_rate(pupil, at) is not None,
        "week": {
            "is_due": is_on and is_due(pupil, on),
            "is_asked": standing is Standing.ASKED,
            "is_off": standing is Standing.OFF,
        },
        "is_leaving": transfer is not None,
        "next_call_text": next_call,
        "nights_text": nights_text,
    }


def _things(pupil: Student, at: datetime) -> dict[str, Any]:
    """Return which parents the child may send its three things to, and whether one has answered; empty if
    there are none.
    """
    parents = [called(row) for row in parents_of(pupil, timezone.localdate(at))]
    if not parents:
        return {}
    has_news = any(row.answered_at for row, _relation in open_of(pupil, at))
    return {"whom": together(parents), "has_news": has_news}

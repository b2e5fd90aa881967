"""What the first page offers this child today."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import queries as calls
from calls.presenters import moment_words
from guardians.presenters import called, relation_word
from postcards import policies, queries
from postcards.presenters import comma, together
from reunions.queries import nights_until_parent
from students.models import Student


def of(pupil: Student, at: datetime) -> dict[str, Any]:
    """The same page for every child of a class: nothing on it says who lives without a parent."""
    on = timezone.localdate(at)
    whom = [called(row) for row in policies.recipients_of(pupil, on)]
    return {
        "may_send": bool(whom) and policies.may_record(pupil, at),
        "whom": together(whom),
        "has_cards": queries.sent_by_child(pupil, 1).exists()
        or policies.cards_to_child(pupil, on).exists(),
        "new_cards": policies.cards_to_child(pupil, on).filter(heard_at=None).count(),
        "talked_with": comma().join(
            called(row) for row in policies.parents_to_ask_about(pupil, on)
        ),
        "may_rate_call": calls.child_call_to_rate(pupil, at) is not None,
        "next_call_text": _next_call(pupil, at),
        "nights_text": _nights(pupil, on),
    }


def _next_call(pupil: Student, at: datetime) -> str:
    call = calls.next_call_of(pupil, at)
    if call is None:
        return ""
    words = {
        "name": relation_word(call.relation) if call.relation else _("your family"),
        "when": moment_words(call.starts_at, at, ZoneInfo(pupil.school.time_zone)),
        "place": call.place,
    }
    return _("Next call with %(name)s: %(when)s, %(place)s") % words


def _nights(pupil: Student, on: date) -> str:
    found = nights_until_parent(pupil, on)
    if found is None:
        return ""
    relation, nights = found
    words = {"name": capfirst(relation_word(relation)), "nights": nights}
    return (
        ngettext(
            "%(nights)s night until %(name)s comes",
            "%(nights)s nights until %(name)s comes",
            nights,
        )
        % words
    )

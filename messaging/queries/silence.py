"""Explains in one sentence why a family is still on the list, and where to correct a wrong number.

Every page uses this module. Otherwise one page might blame somebody for a message that, as another page
knows, never reached them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy

from core.addresses import address
from core.prepared import prepared
from delivery import queries as delivery_queries
from delivery.queries import FACTS
from delivery.rules import Silence
from messaging.models import CheckIn, FollowUp
from messaging.queries.sent import sent_for

WORDS = {
    FollowUp.Cause.NOT_YET: gettext_lazy("%(name)s says they have still not talked."),
    FollowUp.Cause.NO_WAY: gettext_lazy(
        "No parent who is away has a number or address we can use."
    ),
    FollowUp.Cause.NOBODY_NOW: gettext_lazy("Everyone we may ask has paused questions."),
    FollowUp.Cause.NOBODY_TO_ASK: gettext_lazy("There is no parent we may ask."),
}
SILENT_WORDS = {
    Silence.NOT_ANSWERED: gettext_lazy("%(name)s was asked and has not answered."),
    Silence.NOTHING_ARRIVED: gettext_lazy("No message got through to %(name)s."),
    Silence.ON_ITS_WAY: gettext_lazy("The question to %(name)s is still on its way."),
    Silence.WANTS_NONE: gettext_lazy("%(name)s wants no messages, so no question got through."),
    Silence.NOT_SENT: gettext_lazy("The school could not send %(name)s its question."),
}


@dataclass(frozen=True)
class Why:
    words: str
    fix_url: str = ""  # where the number is corrected; "" if that is not the problem


def why_of(follow_up: FollowUp) -> Why:
    return whys([follow_up])[follow_up.pk]


def why_silent(check_in: CheckIn, student_id: int) -> Why:
    """Return the sentence for a question that is still open, before there is a task."""
    return _silence(check_in, student_id, delivery_queries.silences(_sent(ids=[check_in.pk])))


def whys(follow_ups: Collection[FollowUp]) -> dict[int, Why]:
    """Return the sentence for each task, in one query for any number. The rows need `check_in__adult`."""
    asked = {
        row.check_in_id
        for row in follow_ups
        if row.cause == FollowUp.Cause.NO_ANSWER and row.check_in_id
    }
    silences = delivery_queries.silences(_sent(ids=asked)) if asked else {}
    found: dict[int, Why] = {}
    for row in follow_ups:
        family = address("guardians:family", row.student_id)
        if row.cause == FollowUp.Cause.NO_WAY:
            found[row.pk] = Why(str(WORDS[FollowUp.Cause.NO_WAY]), family)
        elif row.check_in is None:
            words = WORDS.get(FollowUp.Cause(row.cause), FollowUp.Cause(row.cause).label)
            found[row.pk] = Why(str(words) % {"name": ""})
        elif row.cause != FollowUp.Cause.NO_ANSWER:
            words = WORDS[FollowUp.Cause(row.cause)]
            found[row.pk] = Why(str(words) % {"name": row.check_in.adult.name})
        else:
            found[row.pk] = _silence(row.check_in, row.student_id, silences)
    return found


def _silence(check_in: CheckIn, student_id: int, silences: dict[int, Silence]) -> Why:
    silence, adult = silences.get(check_in.pk, Silence.NOTHING_ARRIVED), check_in.adult
    own_page = reverse("guardians:family_adult", args=[student_id, adult.pk])
    is_number = silence == Silence.NOTHING_ARRIVED
    return Why(str(SILENT_WORDS[silence]) % {"name": adult.name}, own_page if is_number else "")


@prepared
def _sent(*, ids) -> QuerySet[Any]:
    return sent_for(ids).values_list("about_id", *FACTS)

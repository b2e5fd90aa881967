"""The link to one lesson for one adult, in a message. Fetching it records nothing (previews do)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from delivery import links
from delivery.policies import is_out_of_hands
from guardians.models import Adult
from learning import rules
from learning.models import Lesson, LessonSent
from learning.reach import ties
from schools.policies import today_in

PURPOSE = ABOUT = "lesson"  # of a link; of a message (MESSAGE_KINDS)


@dataclass(frozen=True)
class Opened:
    lesson: Lesson
    adult: Adult


def path_for(sent: LessonSent) -> str:
    token = links.seal(PURPOSE, sent.pk, sent.adult_id)
    return reverse("family_learning:link", args=[token])


def message_key(sent: LessonSent) -> str:
    return f"lesson:{sent.pk}"


def outbox_key(sent: LessonSent) -> str:
    """Return the key that delivery.actions.room_notice makes of `message_key`."""
    return f"notice:{message_key(sent)}"


def open_link(token: str, at: datetime) -> Opened | None:
    """Return what the link opens; None whatever is wrong.

    It may be forged or expired; the adult may be blocked (as may another person at the phone) or no longer
    around a child of the school; or the phone may belong to somebody else by now.
    """
    numbers = links.unseal(PURPOSE, token, 2)
    if numbers is None:
        return None
    rows = LessonSent.objects.select_related("lesson", "adult__school", "adult__user")
    sent = rows.filter(pk=numbers[0], adult_id=numbers[1]).first()
    if sent is None or not rules.link_opens(sent.sent_at, at):
        return None
    on = today_in(sent.adult.school, at)
    around = ties(on).filter(adult=sent.adult_id, student__school=sent.school_id)
    if is_out_of_hands(sent.adult, outbox_key(sent)) or not around.exists():
        return None
    return Opened(sent.lesson, sent.adult)

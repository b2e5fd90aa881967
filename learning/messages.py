"""The message that there is something to hear.

It is sent in the adult's own evening, without title, child's name or reason.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from delivery import actions as delivery
from delivery.actions.outbox import KEPT_BACK, NO_LONGER
from delivery.kinds import Answer, Asked, RoomNotice
from delivery.models import OutboxMessage
from guardians.hours import next_evening
from guardians.queries import may_be_asked
from learning.links import ABOUT, message_key, outbox_key, path_for
from learning.models import LessonSent
from learning.queries import with_out
from learning.reach import ties
from learning.rules import LATE_DAYS

WORDS = gettext_noop("Something about bringing up children, if you like: two minutes to hear.")


def evening_of(sent: LessonSent) -> datetime:
    return next_evening(sent.adult.hours, sent.sent_at)


def queue(rows: Collection[LessonSent]) -> int:
    """Queue one message for each row; `rows` with their adult."""
    notices = []
    for row in rows:
        due_at = evening_of(row)
        notice = delivery.room_notice(
            about=ABOUT,
            about_id=row.pk,
            key=message_key(row),
            school_id=row.school_id,
            adult_id=row.adult_id,
            words=WORDS,
            path=path_for(row),
            due_at=due_at,
            expires_at=due_at + timedelta(days=LATE_DAYS),
        )
        notices.append(notice)
    return delivery.queue_notices(notices)


def call_off(rows: Collection[LessonSent], at: datetime) -> None:
    """Hold back what has not been sent; when it is sent again, it may go out (`actions.send`)."""
    delivery.call_off(dedupe_keys=[outbox_key(row) for row in rows], cause=NO_LONGER, at=at)


def kept_back() -> Q:
    """Match a LessonSent whose message was called off before anybody tried to send it."""
    called_off = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.NOTICE,
        payload__about=ABOUT,
        about_id=OuterRef("pk"),
        state=OutboxMessage.State.SUPPRESSED,
        cause__in=KEPT_BACK,
        attempt_count=0,
    )
    return Q(Exists(called_off), opened_at=None)


class LessonNotice(RoomNotice):
    """A message about a lesson.

    It is sent only while the school releases the lesson, the adult brings up a child there and has not found
    the lesson by themselves.
    """

    def answers(self, asked: Sequence[Asked], at: datetime) -> dict[int, Answer]:
        sent = LessonSent.objects.filter(pk__in={one.about_id for one in asked}, opened_at=None)
        rows = with_out(sent.filter(may_be_asked()).select_related("adult"))
        waiting = {row.pk: row for row in rows if row.is_out}
        held = ties(timezone.localdate(at)).filter(
            adult_id__in={row.adult_id for row in waiting.values()}
        )
        around = set(held.values_list("adult_id", "student__school_id"))
        found = {}
        for one in asked:
            row = waiting.get(one.about_id)
            if row and row.adult_id == one.adult_id and (row.adult_id, row.school_id) in around:
                found[one.message_id] = Answer(planned_at=evening_of(row))
        return found

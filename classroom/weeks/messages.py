"""Tell the families of a class about the page of its week.

Each adult gets one message, even if the teacher takes the page back and sends it again.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from classroom.models import ClassWeek
from classroom.news.links import week_key, week_path
from classroom.queries import adults_to_tell
from classroom.rules import TELL_AFTER_MINUTES, WEEK_LATE_DAYS
from delivery.actions import call_off_notices, queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from schools.policies import today_in
from students.queries import current_enrolments

WEEK = gettext_noop("The teacher tells you what the class did this week.")
ABOUT = "class_week"


def adults_of_week(week: ClassWeek, on: date) -> list[int]:
    """Return adults of the class's children who may hear how they are and to whom we may write."""
    children = current_enrolments(on).filter(school_class=week.school_class_id)
    rows = adults_to_tell(children.values_list("student_id", flat=True), on)
    return sorted({row.adult_id for row in rows})


def queue_week(week: ClassWeek, at: datetime) -> None:
    queue_notices(
        [
            room_notice(
                about=ABOUT,
                about_id=week.pk,
                key=week_key(week.pk, adult_id),
                school_id=week.school_id,
                adult_id=adult_id,
                words=WEEK,
                path=week_path(week.pk, adult_id),
                due_at=at + timedelta(minutes=TELL_AFTER_MINUTES),
                expires_at=at + timedelta(days=WEEK_LATE_DAYS),
            )
            for adult_id in adults_of_week(week, today_in(week.school, at))
        ]
    )


def call_off(week: ClassWeek, at: datetime) -> None:
    call_off_notices(about=ABOUT, about_id=week.pk, at=at)


class WeekNotice(RoomNotice):
    """A message about a class's week.

    It applies while the week is sent and the adult may hear about a child in the class.
    """

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        on = timezone.localdate(at)
        sent = ClassWeek.objects.filter(
            pk__in={one.about_id for one in asked}, sent_at__isnull=False
        )
        classes = dict(sent.values_list("pk", "school_class_id"))
        rows = current_enrolments(on).filter(school_class__in=classes.values())
        class_of = dict(rows.values_list("student_id", "school_class_id"))
        told = {(row.adult_id, class_of[row.student_id]) for row in adults_to_tell(class_of, on)}
        for one in asked:
            if (one.adult_id, classes.get(one.about_id)) in told:
                yield one.message_id

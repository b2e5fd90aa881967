"""Timeline rows for finished forms of a child or about it: never an answer, never a score."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Question, joined, prepared
from schools.policies import own_class_ids, school_ids_where
from schools.roles import Permission
from students.models import Student
from students.timeline import EventKind, TimelineEvent
from surveys import wording
from surveys.models import Seat


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return rows for users who run rounds and for the class teacher; nobody else sees that it took place."""
    on = timezone.localdate(at)
    if not school_ids_where(user, Permission.RUN_SURVEYS, on) and not own_class_ids(user, on):
        return []
    events = []
    for seat in _finished(user=user, on=on, student_id=student.pk, limit=limit):
        told = {"name": wording.name_of(seat.round.edition.instrument)}
        title = _("Took part in “%(name)s”") % told
        if seat.adult:
            title = _("%(who)s answered “%(name)s”") % (told | {"who": seat.adult.name})
        elif seat.filled_by:
            title = _("%(who)s filled in “%(name)s”") % (told | {"who": seat.filled_by.name})
        events.append(
            TimelineEvent(
                at=seat.finished_at or seat.round.opened_at,
                kind=EventKind.SURVEY,
                icon="paper",
                title=title,
                meta=seat.filled_by.name if seat.adult and seat.filled_by else "",
                key=f"survey:{seat.pk}",
            )
        )
    return events


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    on = timezone.localdate(at)
    return [_finished.question(user=user, on=on, student_id=student.pk, limit=limit)]


@prepared
def _finished(*, user, on, student_id, limit: int) -> QuerySet[Seat]:
    running = Q(school_id__in=school_ids_where(user, Permission.RUN_SURVEYS, on))
    seen = running | Q(school_class_id__in=own_class_ids(user, on))
    rows = Seat.objects.filter(seen, student_id=student_id, finished_at__isnull=False)
    rows = joined(
        rows,
        "round__opened_at",
        "round__edition__digest",
        "round__edition__definition",
        "adult__name",
        "filled_by__name",
    )
    return rows.order_by("-finished_at")[:limit]

"""That questions were answered by a child or about it: never an answer, and nothing that they came to."""

from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from schools.policies import own_class_ids, school_ids_where
from schools.roles import Permission
from students.models import Student
from students.timeline import EventKind, TimelineEvent
from surveys import presenters
from surveys.models import Seat


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """For whoever runs rounds, and the class teacher who gave it; to others not even that it took place."""
    seen = _seen_by(user, timezone.localdate(at))
    if seen is None:
        return []
    rows = Seat.objects.filter(seen, student=student, finished_at__isnull=False)
    rows = rows.select_related("round__edition", "adult", "filled_by").order_by("-finished_at")
    return [_event(seat) for seat in rows[:limit]]


def _seen_by(user: User, on: date) -> Q | None:
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    classes = own_class_ids(user, on)
    if not running and not classes:
        return None
    return Q(school_id__in=running) | Q(school_class_id__in=classes)


def _event(seat: Seat) -> TimelineEvent:
    told = {"name": presenters.name_of(seat.round.edition.instrument)}
    title = _("Took part in “%(name)s”") % told
    if seat.adult:
        title = _("%(who)s answered “%(name)s”") % (told | {"who": seat.adult.name})
    elif seat.filled_by:
        title = _("%(who)s filled in “%(name)s”") % (told | {"who": seat.filled_by.name})
    return TimelineEvent(
        at=seat.finished_at or seat.round.opened_at,
        kind=EventKind.SURVEY,
        icon="paper",
        title=title,
        meta=seat.filled_by.name if seat.adult and seat.filled_by else "",
        key=f"survey:{seat.pk}",
    )

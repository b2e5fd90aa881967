"""Timeline events for recorded visits and the school's calls."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Question, joined, prepared
from schools.policies import today_in
from students.models import Student
from students.timeline import EventKind, TimelineEvent
from visits.models import Agreement, CallLog, Visit
from visits.policies import can_read_words, made_by_village_to_own_child
from visits.presenters import agreed_words, call_title, fact_words, visit_title


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return the latest `limit` events that `user` may see, newest first.

    Everybody who may open the file sees that there was a visit; only staff who make visits see what was
    noted at the home.
    """
    reads = can_read_words(user, student.school_id, today_in(student.school, at))
    zone = ZoneInfo(student.school.time_zone)
    made = _visits_made(user=user, student_id=student.pk, limit=limit)
    agreed: dict[int, list[Agreement]] = {row.pk: [] for row in made}
    for one in _agreed(visit_ids=agreed) if made and reads else ():
        agreed[one.visit_id].append(one)
    events = [
        TimelineEvent(
            at=datetime.combine(row.visited_on, time(12), zone),
            kind=EventKind.VISIT,
            icon="home",
            title=visit_title(row),
            text=" ".join(
                filter(None, [row.words, fact_words(row.facts), agreed_words(agreed[row.pk])])
            )
            if reads
            else "",
            meta=row.recorded_by.name if row.recorded_by else "",
            is_day_only=True,
            key=f"visit:{row.pk}",
        )
        for row in made
    ]
    events += [
        TimelineEvent(
            at=row.started_at,
            kind=EventKind.VISIT,
            icon="phone",
            title=call_title(row),
            text=row.words if reads else "",
            meta=row.called_by.name,
            tags=(_("the child spoke with them too"),) if row.child_spoke else (),
            # The contact that comes from this call (guardians) records the same talk.
            key=f"call-log:{row.pk}",
        )
        for row in _calls_made(student_id=student.pk, limit=limit)
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    """Return the prepared queries that `timeline` runs first, for `ask_together`."""
    return [
        _visits_made.question(user=user, student_id=student.pk, limit=limit),
        _calls_made.question(student_id=student.pk, limit=limit),
    ]


@prepared
def _visits_made(*, user, student_id, limit: int) -> QuerySet[Visit]:
    rows = Visit.objects.filter(student_id=student_id, recorded_at__isnull=False)
    rows = rows.exclude(made_by_village_to_own_child(user))
    return joined(rows, "recorded_by__name").order_by("-visited_on", "-pk")[:limit]


@prepared
def _agreed(*, visit_ids) -> QuerySet[Agreement]:
    return Agreement.objects.filter(visit_id__in=visit_ids)


@prepared
def _calls_made(*, student_id, limit: int) -> QuerySet[CallLog]:
    rows = CallLog.objects.filter(student_id=student_id).exclude(outcome="")
    return joined(rows, "adult__name", "called_by__name")[:limit]

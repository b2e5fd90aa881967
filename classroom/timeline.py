"""What happened with a child in class: what was seen, praise, and days it was not there."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.text import capfirst

from accounts.models import User
from classroom.models import AttendanceMark, Observation
from classroom.policies import can_observe, observations_visible_to
from classroom.presenters import deed_words, is_day_only, mark_words, note_title, theme_words
from classroom.queries import absences_of, latest_about, latest_for
from classroom.rules import Mark
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """The latest `limit` events that `user` may see, newest first."""
    on = timezone.localdate(at)
    if can_observe(user, student, on):
        seen = latest_about(student, limit)
    else:
        seen = latest_for(observations_visible_to(user, on), student, limit)
    rows = absences_of(student, limit)
    events = [_note(row, student) for row in seen] + [_mark(row, student) for row in rows]
    return sorted(events, key=lambda event: event.at, reverse=True)[:limit]


def _note(row: Observation, student: Student) -> TimelineEvent:
    is_praise = bool(row.strengths)
    themes = theme_words(row.themes) if is_praise else []
    return TimelineEvent(
        at=row.happened_at,
        kind=EventKind.PRAISE if is_praise else EventKind.OBSERVATION,
        icon="flower" if is_praise else "eye",
        title=note_title(row),
        text=row.words,
        meta=" · ".join(filter(None, [row.written_by.name, row.place])),
        is_day_only=is_day_only(row, student.school.time_zone),
        tags=(*themes, *deed_words(row.deeds)),
        key=f"note-{row.pk}",
    )


def _mark(row: AttendanceMark, student: Student) -> TimelineEvent:
    return TimelineEvent(
        at=datetime.combine(row.marked_on, time(0), ZoneInfo(student.school.time_zone)),
        kind=EventKind.ATTENDANCE,
        icon="calendar",
        title=capfirst(mark_words(Mark(row.kind, row.reason))),
        meta=row.written_by.name,
        is_day_only=True,
        key=f"attendance-{row.pk}",
    )

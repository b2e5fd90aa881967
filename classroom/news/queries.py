"""Reads of what a message about school life is about."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from classroom.models import ClassWeek, Observation, Thanks
from classroom.queries.observing import for_families


def school_day(note: Observation) -> date:
    """The day at the school on which it was recorded: one message a day tells of all."""
    return timezone.localdate(note.recorded_at, ZoneInfo(note.student.school.time_zone))


def news_of_day(note: Observation) -> list[Observation]:
    """The good news of that day about the note's child, as it stands now, the latest first."""
    zone = ZoneInfo(note.student.school.time_zone)
    start = datetime.combine(school_day(note), time(0), zone)
    rows = for_families().filter(
        student=note.student_id, recorded_at__gte=start, recorded_at__lt=start + timedelta(days=1)
    )
    rows = rows.select_related("student__school", "written_by")
    return list(rows.order_by("-recorded_at", "-pk"))


def has_thanked(adult_ids: Collection[int], *, notes=(), week: ClassWeek | None = None) -> bool:
    rows = Thanks.objects.filter(adult__in=adult_ids)
    if week is not None:
        return rows.filter(week=week).exists()
    return rows.filter(note__in=notes).exists()

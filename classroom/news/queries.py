"""Find the records that a message about school life announces."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from classroom.models import ClassWeek, Observation, Thanks
from classroom.queries.observing import for_families


def school_day(note: Observation) -> date:
    """Return the date at the school when the note was recorded.

    One message a day covers all notes of that date.
    """
    return timezone.localdate(note.recorded_at, ZoneInfo(note.student.school.time_zone))


def news_of_day(note: Observation) -> list[Observation]:
    """Return the current good news about the note's child from that day, latest first."""
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

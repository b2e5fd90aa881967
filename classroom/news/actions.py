"""Record a family's "thank you"."""

from collections.abc import Collection
from datetime import datetime

from classroom.models import ClassWeek, Observation, Thanks
from guardians.models import Adult


def thank(
    *,
    adult: Adult,
    at: datetime,
    notes: Collection[Observation] = (),
    week: ClassWeek | None = None,
) -> None:
    """Record one thanks for each note, or one for a week; a second tap changes nothing."""
    rows = [Thanks(school_id=note.school_id, adult=adult, note=note, at=at) for note in notes]
    if week is not None:
        rows.append(Thanks(school_id=week.school_id, adult=adult, week=week, at=at))
    Thanks.objects.bulk_create(rows, ignore_conflicts=True)

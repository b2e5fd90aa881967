"""Plan a lesson for classes, take it off the plan, and record whether it was held."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from learning.curriculum.models import NotHeld, PlannedLesson
from learning.models import Lesson
from learning.queries import is_out
from schools.models import School, SchoolClass


@transaction.atomic
def plan(
    *,
    school: School,
    classes: Collection[SchoolClass],
    week_on: date,
    lesson: Lesson,
    by: User,
    at: datetime,
) -> int:
    """Plan the lesson for these classes in that week, replacing another; return how many have it now.

    A week that is already recorded as held or not held stays as it is. Nothing changes if the lesson is not
    released.
    """
    locked = Lesson.objects.select_for_update(no_key=True).get(pk=lesson.pk)
    if not locked.is_for_class or locked.place is None or not is_out(locked, school.pk):
        return 0
    # Lock the classes first, in order: two users who plan the same week wait for each other.
    keys = sorted({one.pk for one in classes})
    list(SchoolClass.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
    rows = PlannedLesson.objects.filter(school_class_id__in=keys, week_on=week_on)
    settled = set(rows.exclude(recorded_at=None).values_list("school_class_id", flat=True))
    rows.filter(recorded_at=None).delete()
    made = PlannedLesson.objects.bulk_create(
        PlannedLesson(
            school=school,
            school_class_id=key,
            week_on=week_on,
            lesson=locked,
            planned_by=by,
            planned_at=at,
        )
        for key in keys
        if key not in settled
    )
    return len(made)


@transaction.atomic
def take_off(*, planned: PlannedLesson) -> bool:
    """Take it off the plan; False if it has been recorded as held or not held in the meantime."""
    rows = PlannedLesson.objects.filter(pk=planned.pk, recorded_at=None)
    return bool(rows.delete()[0])


@transaction.atomic
def record_held(*, planned: PlannedLesson, on: date, by: User, at: datetime) -> bool:
    return _record(planned, by, at, held_on=on, not_held="")


@transaction.atomic
def record_not_held(*, planned: PlannedLesson, reason: NotHeld, by: User, at: datetime) -> bool:
    return _record(planned, by, at, held_on=None, not_held=reason)


@transaction.atomic
def reopen(*, planned: PlannedLesson) -> bool:
    """Take back what was recorded; False if nothing was."""
    row = _locked(planned)
    if row is None or not row.is_recorded:
        return False
    row.held_on, row.not_held, row.recorded_by, row.recorded_at = None, "", None, None
    row.save(update_fields=["held_on", "not_held", "recorded_by", "recorded_at"])
    return True


def _record(
    planned: PlannedLesson, by: User, at: datetime, *, held_on: date | None, not_held: str
) -> bool:
    """Record it; the first record stays until somebody takes it back."""
    row = _locked(planned)
    if row is None or row.is_recorded:
        return False
    row.held_on, row.not_held, row.recorded_by, row.recorded_at = held_on, not_held, by, at
    row.save(update_fields=["held_on", "not_held", "recorded_by", "recorded_at"])
    return True


def _locked(planned: PlannedLesson) -> PlannedLesson | None:
    return PlannedLesson.objects.select_for_update(no_key=True).filter(pk=planned.pk).first()

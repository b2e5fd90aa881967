"""Counts weeks that are over and keeps them, and the day that is (class_days); each school's week in one
transaction under the school's lock.

Whoever holds the lock counts what was committed before, so two at once follow one another, and one that dies
leaves what was there. It is a lock of its own, not of the school's row: whoever stops a school's sending
writes that row, and waits for nobody who counts.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.database import alone
from figures import rules
from figures.class_days import keeping as days
from figures.class_weeks.counting import ClassCount, count, reached
from figures.class_weeks.models import ClassWeek, ClassWeekCorrection, StaleClass
from schools.models import School

LOCKS = 0x6A75  # first half of our advisory locks; the second half is the school, or the whole run
RUN = 0
KEPT_BACK = 12  # past weeks in which a gap is filled: as many as a page's line shows
Key = ClassWeek.Key
Counted = dict[
    tuple[int, str], tuple[int, int, int]
]  # class, key → numerator, denominator, missing


def keep_due(at: datetime) -> int:
    """Keep the last weeks that are over, freeze each from its Monday noon on, and count anew what has changed
    since; return how many schools that were, each once. Then keep what they come to today. A school that
    cannot be counted holds up no other.
    """
    # The weeks to keep, each with its school; the last week of all schools comes first.
    local = timezone.localtime(at)
    last = rules.last_sunday(local.date())
    weeks = [last - timedelta(weeks=back) for back in range(KEPT_BACK)]
    frozen = [day for day in weeks if rules.is_frozen(day, local)]
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"days": weeks, "frozen": frozen})
        due = cursor.fetchall()
    schools = School.objects.in_bulk({school_id for _day, school_id in due})
    for ends_on, school_id in due:
        alone(keep, schools[school_id], ends_on, at)
    stale = School.objects.filter(Exists(StaleClass.objects.filter(school=OuterRef("pk"))))
    changed = list(stale.order_by("pk"))
    for school in changed:
        alone(catch_up, school, at)
    today = School.objects.in_bulk(days.schools_without(at)) | {one.pk: one for one in changed}
    for school in today.values():
        alone(keep_day, school, at)
    return len(schools.keys() | {one.pk for one in changed})


# Weeks without a row, or past their noon and not frozen, because the server was off or the data was
# restored.
_DUE = """
SELECT day.ends_on, school.id
FROM unnest(%(days)s::date[]) AS day (ends_on) CROSS JOIN schools_school school
WHERE NOT EXISTS (
    SELECT FROM figures_classweek week
    WHERE week.school_id = school.id AND week.ends_on = day.ends_on
      AND (week.frozen_at IS NOT NULL OR NOT day.ends_on = ANY(%(frozen)s::date[]))
) AND EXISTS (
    SELECT FROM students_enrolment enrolment
    WHERE enrolment.school_id = school.id AND enrolment.starts_on <= day.ends_on
      AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= day.ends_on)
)
ORDER BY day.ends_on DESC, school.id
"""


def keep(school: School, ends_on: date, at: datetime) -> None:
    """Count one week of all classes. Frozen rows that differ leave a correction."""
    with transaction.atomic():
        _lock(school)
        _keep(school, ends_on, at, None)


def catch_up(school: School, at: datetime) -> int:
    """Count again each class and week in which something changed. Return the number of weeks."""
    with transaction.atomic():
        _lock(school)
        # Delete the marks before counting anything: whatever is committed later has a mark of its own.
        marks = list(StaleClass.objects.filter(school=school))
        StaleClass.objects.filter(pk__in=[mark.pk for mark in marks]).delete()
        weeks = _weeks_of(school, marks)
        for ends_on, classes in weeks.items():
            _keep(school, ends_on, at, classes)
        if marks:
            days.forget(school, {mark.school_class_id for mark in marks}, at)
    return len(weeks)


def keep_day(school: School, at: datetime) -> None:
    """Count the classes without a row for today: those deleted above, and after midnight all of them."""
    with transaction.atomic():
        _lock(school)
        days.keep_day(school, at)


def _lock(school: School) -> None:
    """Until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, school.pk])


def _weeks_of(school: School, marks: Iterable[StaleClass]) -> dict[date, set[int]]:
    """Return the kept weeks that the marks are about, each with its classes."""
    marks = list(marks)
    if not marks:
        return {}
    kept = ClassWeek.objects.filter(
        school=school, ends_on__gte=min(mark.first_on for mark in marks)
    )
    found: dict[date, set[int]] = {}
    for ends_on in kept.order_by("ends_on").values_list("ends_on", flat=True).distinct():
        began = ends_on - timedelta(days=6)
        classes = {
            mark.school_class_id
            for mark in marks
            if mark.first_on <= ends_on and (mark.last_on is None or began <= mark.last_on)
        }
        if classes:
            found[ends_on] = classes
    return found


def _keep(school: School, ends_on: date, at: datetime, classes: Collection[int] | None) -> None:
    local = timezone.localtime(at)
    is_frozen = rules.is_frozen(ends_on, local)
    rows = ClassWeek.objects.filter(school=school, ends_on=ends_on)
    if classes is not None:
        rows = rows.filter(school_class__in=classes)
    there = {(row.school_class_id, row.key): row for row in rows}
    found = _counted(count(school, [ends_on], classes=classes))
    # Contact points have no history: they are counted while the week is fresh, and then stay as counted.
    is_fresh = (local.date() - ends_on).days <= rules.LATE_AFTER_DAYS
    is_reach_frozen = any(key == Key.REACHED and row.frozen_at for (_of, key), row in there.items())
    if classes is None and is_fresh and not is_reach_frozen:
        found |= _reached(school, ends_on, found)
    gone = (key for key in there if key not in found and key[1] != Key.REACHED)
    found |= dict.fromkeys(gone, (0, 0, 0))
    fresh, changed, before = [], [], []
    for (class_id, key), counts in found.items():
        row = there.get((class_id, key))
        if row is None:
            row = ClassWeek(school=school, school_class_id=class_id, ends_on=ends_on, key=key)
            fresh.append(row)
        elif (row.numerator, row.denominator, row.missing) == counts:
            continue
        else:
            changed.append(row)
            if row.frozen_at:
                before.append(
                    ClassWeekCorrection(
                        class_week=row,
                        numerator=row.numerator,
                        denominator=row.denominator,
                        missing=row.missing,
                        at=at,
                    )
                )
        row.numerator, row.denominator, row.missing = counts
        row.counted_at = at
    ClassWeekCorrection.objects.bulk_create(before)
    ClassWeek.objects.bulk_create(fresh)
    ClassWeek.objects.bulk_update(
        changed, ["numerator", "denominator", "missing", "counted_at"], batch_size=500
    )
    if is_frozen and any(row.frozen_at is None for row in (*fresh, *there.values())):
        rows.filter(frozen_at=None).update(frozen_at=at)


def _counted(rows: Iterable[ClassCount]) -> Counted:
    found: Counted = {}
    for row in rows:
        found[row.class_id, Key.PUPILS] = (row.pupils, row.pupils, 0)
        found[row.class_id, Key.CONNECTED] = (row.connected, row.away, row.missing)
        found[row.class_id, Key.CONFIRMED] = (row.confirmed, row.connected, 0)
    return found


def _reached(school: School, ends_on: date, counted: Counted) -> Counted:
    """Return who can be reached.

    This is counted a moment after the whole; a child who came in between is in neither.
    """
    by_class = reached(school, ends_on)
    return {
        (class_id, Key.REACHED): (min(by_class.get(class_id, 0), counts[1]), counts[1], counts[2])
        for (class_id, key), counts in counted.items()
        if key == Key.CONNECTED
    }

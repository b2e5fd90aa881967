"""Counts weeks that are over and keeps them, and the day that is (class_days); each school's week in one
transaction under the school's lock, or the week of many schools under the locks of all.

Whoever holds the lock counts what was committed before, so two at once follow one another, and one that dies
leaves what was there. It is a lock of its own, not of the school's row: whoever stops a school's sending
writes that row, and waits for nobody who counts.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.database import run_step
from core.prepared import PreparedSQL, array_text
from core.weeks import last_sunday
from figures import rules
from figures.class_days import keeping as days
from figures.class_days.models import StaleClass
from figures.class_weeks.counting import (
    ClassCount,
    count,
    count_classes,
    count_together,
    reached,
)
from figures.class_weeks.models import ClassWeek
from schools.models import School

LOCKS = 0x6A75  # first half of our advisory locks; the second half is the school, or the whole run
RUN = 0
KEPT_BACK = 12  # past weeks in which a gap is filled: as many as a page's line shows
Key = ClassWeek.Key
MANY = 20  # schools from which on they are counted together
# School, class, last day, key; numerator, denominator, missing.
Figure = tuple[int, int, date, str, int, int, int]


def keep_due(at: datetime) -> int:
    """Keep the last weeks that are over, freeze each from its Monday noon on, and count again what has
    changed since; return how many schools that were, each once. Then keep what they come to today. A school
    that cannot be counted holds up no other.
    """
    # The weeks to keep, each with its school; the last week of all schools comes first.
    local = timezone.localtime(at)
    last = last_sunday(local.date())
    weeks = [last - timedelta(weeks=back) for back in range(KEPT_BACK)]
    frozen = [day for day in weeks if rules.is_frozen(day, local)]
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"days": weeks, "frozen": frozen})
        due = cursor.fetchall()
    schools = School.objects.in_bulk({school_id for _day, school_id in due})
    for ends_on, of_day in groupby(due, key=itemgetter(0)):
        left = [schools[school_id] for _day, school_id in of_day]
        # Many together; one by one if there are few, or if one of them cannot be counted.
        if len(left) < MANY or run_step(keep_together, left, ends_on, at) is None:
            for school in left:
                run_step(keep, school, ends_on, at)
    stale = School.objects.filter(Exists(StaleClass.objects.filter(school=OuterRef("pk"))))
    changed = list(stale.order_by("pk"))
    for school in changed:
        run_step(catch_up, school, at)
    today = School.objects.in_bulk(days.schools_without(at)) | {one.pk: one for one in changed}
    for school in today.values():
        run_step(keep_day, school, at)
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
    keep_together([school], ends_on, at)


def keep_together(schools: Iterable[School], ends_on: date, at: datetime) -> int:
    """Count one week of all classes of these schools, in one transaction. Return how many schools."""
    schools = sorted(schools, key=lambda one: one.pk)
    keys = [one.pk for one in schools]
    with transaction.atomic():
        _lock(keys)
        if len(keys) < MANY:
            rows = [row for one in schools for row in count(one, [ends_on])]
        else:
            rows = count_together(keys, ends_on)
        figures = _figures_of(rows)
        # Contact points have no history: they are counted while the week is fresh, and then stay as counted.
        if (timezone.localtime(at).date() - ends_on).days <= rules.LATE_AFTER_DAYS:
            figures += _reached(keys, ends_on, rows)
        _store(figures, keys, [ends_on], None, at)
    return len(keys)


def catch_up(school: School, at: datetime) -> int:
    """Count again each class and week in which something changed. Return the number of weeks."""
    with transaction.atomic():
        _lock([school.pk])
        with connection.cursor() as cursor:
            _TAKE_MARKS.execute(cursor, {"school": school.pk})
            marked = cursor.fetchall()
        classes = {class_id for class_id, _day in marked}
        weeks = {day for _class_id, day in marked if day}
        if weeks:
            rows = count_classes(school, weeks, classes)
            _store(_figures_of(rows), [school.pk], weeks, classes, at)
        if classes:
            days.forget(school, classes, at)
    return len(weeks)


# Deleted before anything is counted: whatever is committed later has a mark of its own. Each class comes with
# every kept week that its marks are about, and with none if there is no such week.
_TAKE_MARKS = PreparedSQL("""
WITH taken AS (
    DELETE FROM figures_staleclass WHERE school_id = %(school)s RETURNING school_class_id, first_on, last_on
)
SELECT DISTINCT mark.school_class_id, week.ends_on
FROM (SELECT DISTINCT * FROM taken) mark LEFT JOIN LATERAL (
    SELECT DISTINCT ends_on FROM figures_classweek WHERE school_id = %(school)s
       AND ends_on BETWEEN mark.first_on AND COALESCE(mark.last_on + 6, 'infinity')
) week ON true
""")


def keep_day(school: School, at: datetime) -> None:
    """Count the classes without a row for today: those deleted above, and after midnight all of them."""
    with transaction.atomic():
        _lock([school.pk])
        days.keep_day(school, at)


def _lock(schools: Collection[int]) -> None:
    """Until the transaction ends; in the order of the keys, so that two runs do not block each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) key",
            [LOCKS, array_text(sorted(schools))],
        )


def _figures_of(rows: Iterable[ClassCount]) -> list[Figure]:
    found: list[Figure] = []
    for row in rows:
        of = row.school_id, row.class_id, row.ends_on
        found += (
            (*of, Key.PUPILS.value, row.pupils, row.pupils, 0),
            (*of, Key.CONNECTED.value, row.connected, row.away, row.missing),
            (*of, Key.CONFIRMED.value, row.confirmed, row.connected, 0),
        )
    return found


def _reached(schools: Collection[int], ends_on: date, rows: Iterable[ClassCount]) -> list[Figure]:
    """Return who can be reached, of the schools where this figure is not frozen yet.

    This is counted a moment after the whole; a child who came in between is in neither.
    """
    frozen = ClassWeek.objects.filter(
        school__in=schools, ends_on=ends_on, key=Key.REACHED, frozen_at__isnull=False
    )
    left = sorted({*schools}.difference(frozen.order_by().values_list("school", flat=True)))
    by_class: dict[int, int] = {}
    for first in range(0, len(left), MANY):
        by_class |= reached(left[first : first + MANY], ends_on)
    of, key = {*left}, Key.REACHED.value
    return [
        (row.school_id, row.class_id, ends_on, key, min(by_class.get(row.class_id, 0), row.away))
        + (row.away, row.missing)
        for row in rows
        if row.school_id in of
    ]


def _store(
    figures: Sequence[Figure],
    schools: Collection[int],
    weeks: Collection[date],
    classes: Collection[int] | None,
    at: datetime,
) -> None:
    """Write what differs from the kept rows of these schools and weeks (and classes).

    A kept row that is not among the figures becomes 0, except for who could be reached, which then was not
    counted. A frozen row that differs leaves a correction, and a week past its noon is frozen.
    """
    local = timezone.localtime(at)
    columns = zip(*figures, strict=True) if figures else [()] * len(_COLUMNS)
    values = dict(zip(_COLUMNS, map(array_text, columns), strict=True)) | {
        "of_schools": array_text(schools),
        "of_weeks": array_text(weeks),
        "of_classes": None if classes is None else array_text(classes),
        "frozen_weeks": array_text(day for day in weeks if rules.is_frozen(day, local)),
        "at": at,
    }
    with connection.cursor() as cursor:
        _WRITE.execute(cursor, values)


_COLUMNS = ("schools", "classes", "weeks", "keys", "numerators", "denominators", "missing")
_WRITE = PreparedSQL("""
WITH counted AS (
    SELECT * FROM unnest(
        %(schools)s::bigint[], %(classes)s::bigint[], %(weeks)s::date[], %(keys)s::text[],
        %(numerators)s::int[], %(denominators)s::int[], %(missing)s::int[]
    ) counted (school_id, school_class_id, ends_on, key, numerator, denominator, missing)
), kept AS (
    SELECT *, CASE key WHEN 'reached' THEN 1 ELSE 0 END AS stays FROM figures_classweek
    WHERE school_id = ANY(%(of_schools)s::bigint[]) AND ends_on = ANY(%(of_weeks)s::date[])
      AND (%(of_classes)s::bigint[] IS NULL OR school_class_id = ANY(%(of_classes)s::bigint[]))
), found AS (
    SELECT kept.id, kept.frozen_at, kept.counted_at, school_id, school_class_id, ends_on, key,
        kept.numerator AS old_numerator, kept.denominator AS old_denominator, kept.missing AS old_missing,
        COALESCE(counted.numerator, kept.numerator * stays) AS numerator,
        COALESCE(counted.denominator, kept.denominator * stays) AS denominator,
        COALESCE(counted.missing, kept.missing * stays) AS missing,
        CASE WHEN ends_on = ANY(%(frozen_weeks)s::date[]) THEN %(at)s::timestamptz END AS freezes_at
    FROM counted FULL JOIN kept USING (school_id, school_class_id, ends_on, key)
), changed AS (
    SELECT * FROM (
        SELECT *, (old_numerator, old_denominator, old_missing) IS DISTINCT FROM
            (numerator, denominator, missing) AS differs
        FROM found
    ) compared WHERE differs OR frozen_at IS NULL AND freezes_at IS NOT NULL
), corrected AS (
    INSERT INTO figures_classweekcorrection (class_week_id, numerator, denominator, missing, at)
    SELECT id, old_numerator, old_denominator, old_missing, %(at)s::timestamptz
    FROM changed WHERE differs AND frozen_at IS NOT NULL
), added AS (
    INSERT INTO figures_classweek (school_id, school_class_id, ends_on, key,
        numerator, denominator, missing, counted_at, frozen_at)
    SELECT school_id, school_class_id, ends_on, key,
        numerator, denominator, missing, %(at)s::timestamptz, freezes_at
    FROM changed WHERE id IS NULL
)
UPDATE figures_classweek week
SET numerator = changed.numerator, denominator = changed.denominator, missing = changed.missing,
    counted_at = CASE WHEN differs THEN %(at)s::timestamptz ELSE changed.counted_at END,
    frozen_at = COALESCE(changed.frozen_at, freezes_at)
FROM changed WHERE week.id = changed.id
""")

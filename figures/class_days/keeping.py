"""Keep today's sums of each class.

`forget` and `keep_day` run in a transaction each, under the school's lock (class_weeks.keeping). If something
changes while a class is counted, the change leaves a mark, and the row that is being written is not used.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from core.prepared import PreparedSQL, array_text, prepared
from figures.class_days.counting import Counted, facts_of
from figures.class_days.models import ClassDay
from schools.models import School
from schools.policies import today_in
from schools.queries import classes_on
from students.queries import current_enrolments

# Schools with pupils for which no row is kept today. Each school has its own midnight.
_WITHOUT = """
SELECT school.id
FROM schools_school school
CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE school.time_zone)::date AS today) day
WHERE NOT EXISTS (
    SELECT FROM figures_classday kept WHERE kept.school_id = school.id AND kept."on" = day.today
) AND EXISTS (
    SELECT FROM students_enrolment enrolment
    WHERE enrolment.school_id = school.id AND enrolment.starts_on <= day.today
      AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= day.today)
)
ORDER BY school.id
"""


def schools_without(at: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT, {"at": at})
        return [key for (key,) in cursor.fetchall()]


def forget(school: School, classes: Collection[int], at: datetime) -> None:
    """Delete the rows of these classes, before their marks are deleted.

    A reader notices that a row is missing only for classes that the school lists. So if any other class has
    changed, delete all rows of the school.
    """
    is_listed = listed(school, today_in(school, at)).issuperset(classes)
    with connection.cursor() as cursor:
        _FORGET.execute(
            cursor, {"school": school.pk, "classes": array_text(classes) if is_listed else None}
        )


_FORGET = PreparedSQL("""
DELETE FROM figures_classday WHERE school_id = %(school)s
   AND (%(classes)s::bigint[] IS NULL OR school_class_id = ANY(%(classes)s::bigint[]))
""")


def keep_day(school: School, at: datetime) -> None:
    """Count the classes for which no row is kept today."""
    on = today_in(school, at)
    ClassDay.objects.filter(school=school).exclude(on=on).delete()
    rows = ClassDay.objects.filter(school=school).values_list("school_class_id", flat=True)
    there = set(rows)
    missing = (
        current_enrolments(on).filter(school=school).exclude(school_class__in=there).order_by()
    )
    pairs = list(missing.values_list("student_id", "school_class_id"))
    found = facts_of(school, on, [child for child, _class in pairs]).by_class(pairs)
    empty = listed(school, on) - there - {one.school_class_id for one in found}
    ClassDay.objects.bulk_create(
        ClassDay(school=school, on=on, **one._asdict()) for one in (*found, *map(Counted, empty))
    )


def listed(school: School, on: date) -> set[int]:
    """Return the classes that a page of that day names."""
    return set(_listed(school_id=school.pk, on=on))


@prepared
def _listed(*, school_id, on) -> QuerySet[Any]:
    return classes_on(school_id, on).order_by().values_list("pk", flat=True)

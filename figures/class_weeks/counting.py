"""Counts weeks: rows that are kept, and figures for which no row is kept.

There is one definition of a child's parents (`_parents`) and talks (`_talks`), and two ways of applying it.
A school, a class or a selection is counted child by child (LATERAL), so that it costs only its own rows: as
sets, for which PostgreSQL estimated one row, the talks of a class were gathered once for each child. A whole
county is counted as sets, each table read once, because four index lookups for each child take twice as long.
A school's page counts its last seven days by other functions (figures.school); a test and every night compare
both.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count

from core import replica
from core.prepared import PreparedSQL, array_text
from guardians.clock.rules import CONFIRMS_WITHIN_DAYS
from guardians.queries import current_guardianships, parents_away, usable_contact_points
from guardians.rules import CONTACT_EVERY_DAYS
from schools.models import School
from students.models import Enrolment
from students.queries import current_enrolments


def _held(row: str, day: str) -> str:
    return f"{row}.starts_on <= {day} AND ({row}.ends_on IS NULL OR {row}.ends_on >= {day})"


def _parents(day: str) -> str:
    """Return SQL for whether a parent is away on that day, and whether it is unknown where one is."""
    # Joined with the few who are out of touch instead of with everybody else.
    return f"""bool_or(lost.id IS NULL AND migration.is_away) AS is_away,
        bool_or(lost.id IS NULL AND migration.id IS NULL) AS is_unknown
    FROM guardians_guardianship guardianship
    LEFT JOIN guardians_adult lost
      ON lost.id = guardianship.adult_id AND lost.condition <> 'in_touch'
    LEFT JOIN guardians_migration migration
      ON migration.adult_id = guardianship.adult_id AND {_held("migration", day)}
    WHERE guardianship.kind = 'parent' AND {_held("guardianship", day)}"""


def _talks(day: str) -> str:
    """Return SQL for whether a talk of the seven days until that day is confirmed; null if there was none."""
    return f"""bool_or(contact.reported_by IN ('staff', 'line') OR other.id IS NOT NULL) AS is_confirmed
    FROM guardians_contact contact
    LEFT JOIN guardians_contact other
      ON other.student_id = contact.student_id AND other.adult_id = contact.adult_id
     AND other.retracted_at IS NULL AND other.happened_on
         BETWEEN contact.happened_on - {CONFIRMS_WITHIN_DAYS} AND contact.happened_on + {CONFIRMS_WITHIN_DAYS}
     AND (other.reported_by = 'parent') <> (contact.reported_by = 'parent')
    WHERE contact.retracted_at IS NULL
      AND contact.happened_on BETWEEN {day} - {CONTACT_EVERY_DAYS - 1} AND {day}"""


# The columns of a ClassCount after its class.
_SUMS = """count(*),
    count(*) FILTER (WHERE is_away),
    count(*) FILTER (WHERE is_away AND is_confirmed IS NOT NULL),
    count(*) FILTER (WHERE is_away AND is_confirmed),
    count(*) FILTER (WHERE is_away IS NOT TRUE AND is_unknown IS NOT FALSE)"""


def _by_child(which: str) -> str:
    """Return the statement for the pupils of one school that are named by a condition on `enrolment`."""
    # It begins as what changes nothing (core.per_page): what the page has asked meanwhile stays at hand.
    return f"""SELECT * FROM (
WITH ends AS (SELECT unnest(%(days)s::date[]) AS ends_on),
pupil AS MATERIALIZED (
    SELECT ends.ends_on, enrolment.school_id, enrolment.school_class_id, enrolment.student_id
    FROM ends JOIN students_enrolment enrolment
      ON enrolment.school_id = %(school)s AND {_held("enrolment", "ends.ends_on")}
    WHERE {which}
)
SELECT ends_on, school_id, school_class_id, {_SUMS}
FROM pupil
CROSS JOIN LATERAL (
    SELECT {_parents("pupil.ends_on")}
      AND guardianship.student_id = pupil.student_id AND guardianship.school_id = pupil.school_id
) parent
CROSS JOIN LATERAL (
    SELECT {_talks("pupil.ends_on")} AND contact.student_id = pupil.student_id
) talk
GROUP BY ends_on, school_id, school_class_id
) counted"""  # noqa: S608


_COUNT = _by_child("""(%(children)s::bigint[] IS NULL OR enrolment.student_id = ANY(%(children)s::bigint[]))
      AND NOT enrolment.student_id = ANY(%(without)s::bigint[])""")
# Whatever classes it gets, PostgreSQL looks up child by child, so it need not plan again for each.
_COUNT_CLASSES = PreparedSQL(_by_child("enrolment.school_class_id = ANY(%(classes)s::bigint[])"))
_COUNT_TOGETHER = f"""
SELECT %(day)s::date, school_id, school_class_id, {_SUMS}
FROM students_enrolment enrolment
LEFT JOIN (
    SELECT guardianship.student_id, guardianship.school_id, {_parents("%(day)s::date")}
       AND guardianship.school_id = ANY(%(schools)s::bigint[])
    GROUP BY 1, 2
) parent USING (student_id, school_id)
LEFT JOIN (
    SELECT contact.student_id, {_talks("%(day)s::date")} GROUP BY 1
) talk USING (student_id)
WHERE school_id = ANY(%(schools)s::bigint[]) AND {_held("enrolment", "%(day)s::date")}
GROUP BY school_id, school_class_id"""  # noqa: S608


class ClassCount(NamedTuple):
    """`missing`: without a parent on record, or with one whose whereabouts nobody knows."""

    ends_on: date
    school_id: int
    class_id: int
    pupils: int
    away: int
    connected: int
    confirmed: int
    missing: int


def count(
    school: School,
    days: Sequence[date],
    *,
    children: Collection[int] | None = None,
    without: Collection[int] = (),
) -> list[ClassCount]:
    """Count each class that has pupils on the last day of the seven, with the children of that day.

    With `children`, count only these. One statement.
    """
    values: dict[str, Any] = {
        "days": list(days),
        "school": school.pk,
        "children": None if children is None else list(children),
        "without": list(without),
    }
    with replica.reading().cursor() as cursor:
        cursor.execute(_COUNT, values)
        return list(map(ClassCount._make, cursor.fetchall()))


def count_classes(
    school: School, days: Collection[date], classes: Collection[int]
) -> list[ClassCount]:
    """Count these classes, as `count` does, from the main database."""
    values = {"days": array_text(days), "school": school.pk, "classes": list(classes)}
    with connection.cursor() as cursor:
        _COUNT_CLASSES.execute(cursor, values)
        return list(map(ClassCount._make, cursor.fetchall()))


def count_together(schools: Collection[int], day: date) -> list[ClassCount]:
    """Count all classes of these schools for one week. For a few schools it takes as long as for all."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TOGETHER, {"day": day, "schools": array_text(schools)})
        return list(map(ClassCount._make, cursor.fetchall()))


def ever_here(school: School, children: Collection[int]) -> list[int]:
    """Return those of the children who were ever enrolled at the school.

    No kept week of the school is about any others.
    """
    if not children:
        return []
    rows = Enrolment.objects.filter(school=school, student_id__in=children)
    return list(rows.order_by().values_list("student_id", flat=True).distinct())


def reached(schools: Collection[int], on: date, without: Collection[int] = ()) -> dict[int, int]:
    """Return, by class, how many children with a parent away on that day have a family whom we can reach now.

    A number or an address of one of their adults works. Two statements: given one, PostgreSQL may scan all
    rows for each row as long as it has no statistics.
    """
    works = usable_contact_points().filter(school__in=schools, failing_since=None).order_by()
    around = current_guardianships(on).filter(
        school__in=schools, adult_id__in=works.values("adult_id")
    )
    children = list(around.order_by().values_list("student_id", flat=True).distinct())
    away = parents_away(on).filter(school__in=schools, student_id__in=children).order_by()
    rows = current_enrolments(on).filter(
        school__in=schools, student_id__in=away.values("student_id")
    )
    counted = rows.exclude(student_id__in=without).order_by().values_list("school_class")
    return dict(counted.annotate(n=Count("pk")))

"""The single statement that counts weeks: rows that are kept, and figures for which no row is kept.

It counts child by child (LATERAL), so that a class costs only its own rows, and a school its own children.
Joined as sets for which PostgreSQL estimated one row, the talks of a class were gathered once for each child.
A school's page counts its last seven days by other functions (figures.school); a test and every night compare
both.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from core import replica
from guardians.clock.rules import CONFIRMS_WITHIN_DAYS
from guardians.queries import current_guardianships, parents_away, usable_contact_points
from guardians.rules import CONTACT_EVERY_DAYS
from schools.models import School
from students.models import Enrolment
from students.queries import current_enrolments

# It begins as what changes nothing (core.per_page): what the page has asked meanwhile stays at hand.
_COUNT = """SELECT * FROM (
WITH ends AS (SELECT unnest(%(days)s::date[]) AS ends_on),
pupil AS MATERIALIZED (
    SELECT ends.ends_on, enrolment.school_class_id, enrolment.student_id
    FROM ends JOIN students_enrolment enrolment
      ON enrolment.school_id = %(school)s AND enrolment.starts_on <= ends.ends_on
     AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= ends.ends_on)
    WHERE (%(classes)s::bigint[] IS NULL OR enrolment.school_class_id = ANY(%(classes)s::bigint[]))
      AND (%(children)s::bigint[] IS NULL OR enrolment.student_id = ANY(%(children)s::bigint[]))
      AND NOT enrolment.student_id = ANY(%(without)s::bigint[])
)
SELECT pupil.ends_on, pupil.school_class_id, count(*),
    count(*) FILTER (WHERE parent.is_away),
    count(*) FILTER (WHERE parent.is_away AND talk.is_confirmed IS NOT NULL),
    count(*) FILTER (WHERE parent.is_away AND talk.is_confirmed),
    count(*) FILTER (WHERE parent.is_away IS NOT TRUE AND parent.is_unknown IS NOT FALSE)
FROM pupil
CROSS JOIN LATERAL (
    SELECT bool_or(adult.condition = 'in_touch' AND migration.is_away) AS is_away,
        bool_or(adult.condition = 'in_touch' AND migration.id IS NULL) AS is_unknown
    FROM guardians_guardianship guardianship
    JOIN guardians_adult adult ON adult.id = guardianship.adult_id
    LEFT JOIN guardians_migration migration
      ON migration.adult_id = adult.id AND migration.starts_on <= pupil.ends_on
     AND (migration.ends_on IS NULL OR migration.ends_on >= pupil.ends_on)
    WHERE guardianship.student_id = pupil.student_id AND guardianship.school_id = %(school)s
      AND guardianship.kind = 'parent' AND guardianship.starts_on <= pupil.ends_on
      AND (guardianship.ends_on IS NULL OR guardianship.ends_on >= pupil.ends_on)
) parent
CROSS JOIN LATERAL (
    SELECT bool_or(contact.reported_by IN ('staff', 'line') OR EXISTS (
        SELECT FROM guardians_contact other
        WHERE other.student_id = contact.student_id AND other.adult_id = contact.adult_id
          AND other.retracted_at IS NULL AND other.happened_on
              BETWEEN contact.happened_on - %(near)s AND contact.happened_on + %(near)s
          AND (other.reported_by = 'parent') <> (contact.reported_by = 'parent')
    )) AS is_confirmed
    FROM guardians_contact contact
    WHERE contact.student_id = pupil.student_id AND contact.retracted_at IS NULL
      AND contact.happened_on BETWEEN pupil.ends_on - (%(of_days)s - 1) AND pupil.ends_on
) talk
GROUP BY pupil.ends_on, pupil.school_class_id
) counted"""


@dataclass(frozen=True)
class ClassCount:
    """`missing`: without a parent on record, or with one whose whereabouts nobody knows."""

    ends_on: date
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
    classes: Collection[int] | None = None,
    children: Collection[int] | None = None,
    without: Collection[int] = (),
) -> list[ClassCount]:
    """Count each class that has pupils on the last day of the seven, with the children of that day.

    With `classes` or `children`, count only these. One statement.
    """
    parameters: dict[str, Any] = {
        "days": list(days),
        "school": school.pk,
        "classes": None if classes is None else list(classes),
        "children": None if children is None else list(children),
        "without": list(without),
        "of_days": CONTACT_EVERY_DAYS,
        "near": CONFIRMS_WITHIN_DAYS,
    }
    with replica.reading().cursor() as cursor:
        cursor.execute(_COUNT, parameters)
        return [ClassCount(*row) for row in cursor.fetchall()]


def ever_here(school: School, children: Collection[int]) -> list[int]:
    """Return those of the children who were ever enrolled at the school.

    No kept week of the school is about any others.
    """
    if not children:
        return []
    rows = Enrolment.objects.filter(school=school, student_id__in=children)
    return list(rows.order_by().values_list("student_id", flat=True).distinct())


def reached(school: School, on: date, without: Collection[int] = ()) -> dict[int, int]:
    """Return, by class, how many children with a parent away on that day have a family whom we can reach now.

    A number or an address of one of their adults works. Two statements: given one, PostgreSQL may scan all
    rows for each row as long as it has no statistics.
    """
    works = usable_contact_points().filter(school=school, failing_since=None).order_by()
    around = current_guardianships(on).filter(school=school, adult_id__in=works.values("adult_id"))
    children = list(around.order_by().values_list("student_id", flat=True).distinct())
    away = parents_away(on).filter(school=school, student_id__in=children).order_by()
    rows = current_enrolments(on).filter(school=school, student_id__in=away.values("student_id"))
    counted = rows.exclude(student_id__in=without).order_by().values_list("school_class")
    return dict(counted.annotate(n=Count("pk")))

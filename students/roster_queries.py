"""A school's existing records about its children, in the form in which a roster is compared with them."""

from dataclasses import dataclass
from datetime import date

from schools.models import School, holds_on
from students.models import Enrolment, Student

COMPARED = [
    "name",
    "sex",
    "born_on",
    "id_number",
    "student_number",
    "is_boarding",
    "dormitory",
    "village",
    "address",
]


@dataclass(frozen=True)
class KnownEnrolment:
    pk: int
    class_id: int
    class_name: str
    class_key: tuple[int, int]
    year_id: int
    starts_on: date


@dataclass(frozen=True)
class KnownChild:
    pk: int
    fields: dict[str, object]
    enrolment: KnownEnrolment | None


def known_children(school: School, on: date) -> dict[int, KnownChild]:
    """Return every child with a file at the school, including those who left. Two queries."""
    current = Enrolment.objects.filter(holds_on(on), school=school).select_related(
        "school_class__grade"
    )
    enrolments = {
        row.student_id: KnownEnrolment(
            row.pk,
            row.school_class_id,
            row.school_class.name,
            (row.school_class.grade.number, row.school_class.number),
            row.school_class.grade.year_id,
            row.starts_on,
        )
        for row in current
    }
    children = Student.objects.filter(school=school).values("pk", *COMPARED)
    return {
        row["pk"]: KnownChild(
            row["pk"], {key: row[key] for key in COMPARED}, enrolments.get(row["pk"])
        )
        for row in children
    }

"""Our rows in OneRoster's format, for one caller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from api.oneroster import people, serializers
from api.oneroster.asked import Asked, Several, base, last_change, ref
from api.policies import classes_of
from core.requests import key_of
from schools.models import Grade, School, SchoolClass, SchoolYear, Term

Rows = Sequence[Any] | QuerySet[Any] | Several
NAMED = {
    "schools": "orgs",
    "students": "users",
    "teachers": "users",
    "terms": "academicSessions",
    "gradingPeriods": "academicSessions",
}


@dataclass(frozen=True)
class Resource:
    """One kind of object that the API serves.

    `rows`: what the caller may see, in a stable order; `told`: one of them as sent; `children`: whose data it
    is; `find`: the row of a key that is not simply the row's number.
    """

    plural: str
    singular: str
    shape: type[serializers.Base]
    rows: Callable[[Asked], Rows]
    told: Callable[[Any, Asked], dict[str, Any]]
    children: Callable[[Any], list[int]] = lambda row: []
    find: Callable[[Asked, str], Any] | None = None

    @property
    def plural_key(self) -> str:
        """Return the plural as an answer names it."""
        return NAMED.get(self.plural, self.plural)

    def row_of(self, asked: Asked, key: str) -> Any:
        if self.find is not None:
            return self.find(asked, key)
        rows, pk = self.rows(asked), key_of(key)
        return rows.filter(pk=pk).first() if isinstance(rows, QuerySet) and pk is not None else None


def _orgs(asked: Asked) -> QuerySet[School]:
    rows = School.objects.filter(pk=asked.caller.school.pk)
    return rows.annotate(modified_at=last_change(School))


def _org(row: Any, asked: Asked) -> dict[str, Any]:
    told = {"name": row.name, "type": "school", "identifier": row.code}
    return base(row.pk, asked, row.modified_at) | told


def _sessions(asked: Asked) -> list[SchoolYear | Term]:
    """Return each year, followed by its terms; there are only a few."""
    years = SchoolYear.objects.filter(school=asked.caller.school.pk).prefetch_related("terms")
    found: list[SchoolYear | Term] = []
    for year in years.order_by("starts_on"):
        found += [year, *_terms(year)]
    return found


def _terms(year: SchoolYear) -> list[Term]:
    return sorted(year.terms.all(), key=lambda term: term.starts_on)


def session_key(row: SchoolYear | Term) -> str:
    return f"{'term' if isinstance(row, Term) else 'year'}-{row.pk}"


def _every_term(asked: Asked) -> list[Term]:
    return [row for row in _sessions(asked) if isinstance(row, Term)]


def _term_of_key(asked: Asked, key: str) -> Term | None:
    return next((one for one in _every_term(asked) if session_key(one) == key), None)


def _session_of_key(asked: Asked, key: str) -> SchoolYear | Term | None:
    return next((one for one in _sessions(asked) if session_key(one) == key), None)


def _session(row: SchoolYear | Term, asked: Asked) -> dict[str, Any]:
    year = row.year if isinstance(row, Term) else row
    told: dict[str, Any] = {
        "title": str(row),
        "startDate": row.starts_on.isoformat(),
        "endDate": row.ends_on.isoformat(),
        "type": "semester" if isinstance(row, Term) else "schoolYear",
        "schoolYear": str(year.ends_on.year),
    }
    if isinstance(row, Term):
        told["parent"] = ref("academicSession", session_key(year))
    return base(session_key(row), asked) | told


def _courses(asked: Asked) -> QuerySet[Grade]:
    """Return the grades of a year as courses.

    What a primary school class is taught has no rows of its own here.
    """
    classes = classes_of(asked.caller, asked.on)
    rows = Grade.objects.filter(pk__in=classes.values("grade")).select_related("year")
    return rows.order_by("number", "pk")


def _course(row: Grade, asked: Asked) -> dict[str, Any]:
    told = {
        "title": f"{row.number}",
        "courseCode": f"{row.number}",
        "schoolYear": ref("academicSession", session_key(row.year)),
        "grades": [_grade(row)],
        "org": ref("org", asked.caller.school.pk),
    }
    return base(row.pk, asked) | told


def _grade(row: Grade) -> str:
    """Return the grade in the CEDS vocabulary, which OneRoster recommends."""
    return f"{row.number:02d}"


def classes(asked: Asked) -> QuerySet[SchoolClass]:
    rows = classes_of(asked.caller, asked.on).select_related("grade__year")
    return rows.prefetch_related("grade__year__terms").order_by("grade__number", "number", "pk")


def _class(row: SchoolClass, asked: Asked) -> dict[str, Any]:
    sessions: list[SchoolYear | Term] = [*_terms(row.grade.year)] or [row.grade.year]
    told = {
        "title": row.name,
        "classCode": f"{row.grade.number}-{row.number}",
        "classType": "homeroom",
        "grades": [_grade(row.grade)],
        "course": ref("course", row.grade_id),
        "school": ref("org", row.school_id),
        "terms": [ref("academicSession", session_key(one)) for one in sessions],
    }
    return base(row.pk, asked) | told


S = serializers
RESOURCES = {
    one.plural: one
    for one in (
        Resource("orgs", "org", S.Org, _orgs, _org),
        Resource("schools", "org", S.Org, _orgs, _org),
        Resource(
            "academicSessions",
            "academicSession",
            S.AcademicSession,
            _sessions,
            _session,
            find=_session_of_key,
        ),
        Resource(
            "terms", "academicSession", S.AcademicSession, _every_term, _session, find=_term_of_key
        ),
        # The standard has this list, but schools here have no grading periods.
        Resource(
            "gradingPeriods", "academicSession", S.AcademicSession, lambda asked: [], _session
        ),
        Resource("courses", "course", S.Course, _courses, _course),
        Resource("classes", "class", S.Class, classes, _class),
        Resource("students", "user", S.User, people.pupils, people.user, people.children_behind),
        Resource(
            "teachers", "user", S.User, people.teachers, people.user, find=people.teacher_of_key
        ),
        Resource(
            "users",
            "user",
            S.User,
            people.users,
            people.user,
            people.children_behind,
            people.user_of_key,
        ),
        Resource(
            "enrollments",
            "enrollment",
            S.Enrollment,
            people.enrollments,
            people.enrollment,
            lambda row: [row.student_id] if hasattr(row, "student_id") else [],
            people.enrollment_of_key,
        ),
    )
}

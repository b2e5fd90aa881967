"""Our rows in OneRoster's words, for one caller. Pupils only: no adult, nothing of a child but its name.

The student number stays here: in China it holds the identity number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from api.callers import Caller
from api.oneroster import serializers
from api.policies import children_of, classes_of
from schools.models import Grade, School, SchoolClass, SchoolYear, Term
from students.models import Enrolment, Student
from students.queries import current_enrolments


@dataclass(frozen=True)
class Asked:
    caller: Caller
    on: date
    at: datetime


@dataclass(frozen=True)
class Resource:
    """`rows`: what the caller may see, in a lasting order; `told`: one of them; `child`: whose it is."""

    plural: str
    singular: str
    shape: type[serializers.Base]
    rows: Callable[[Asked], Sequence[Any] | QuerySet[Any]]
    told: Callable[[Any, Asked], dict[str, Any]]
    child: Callable[[Any], int | None] = lambda row: None

    @property
    def plural_key(self) -> str:
        """As an answer names them: schools are orgs, students users."""
        return {"schools": "orgs", "students": "users"}.get(self.plural, self.plural)


def _base(key: object, asked: Asked, modified_at: datetime | None = None) -> dict[str, Any]:
    """What keeps no history counts as changed now, so that nobody who asks for news misses some."""
    modified = (modified_at or asked.at).astimezone().isoformat(timespec="milliseconds")
    return {"sourcedId": str(key), "status": "active", "dateLastModified": modified}


def _ref(kind: str, key: object) -> dict[str, str]:
    singular = {"org": "org", "academicSession": "academic_session", "student": "user"}
    path = reverse(f"oneroster:{singular.get(kind, kind)}", args=[str(key)])
    return {"href": settings.PUBLIC_URL + path, "sourcedId": str(key), "type": kind}


def _last_change(model: Any) -> Subquery:
    events = model.pgh_event_model.objects.filter(pgh_obj_id=OuterRef("pk"))
    return Subquery(events.order_by("-pgh_created_at").values("pgh_created_at")[:1])


def _orgs(asked: Asked) -> QuerySet[School]:
    rows = School.objects.filter(pk=asked.caller.school.pk)
    return rows.annotate(modified_at=_last_change(School))


def _org(row: Any, asked: Asked) -> dict[str, Any]:
    told = {"name": row.name, "type": "school", "identifier": row.code}
    return _base(row.pk, asked, row.modified_at) | told


def _sessions(asked: Asked) -> list[SchoolYear | Term]:
    """A handful: each year, and its terms after it."""
    years = SchoolYear.objects.filter(school=asked.caller.school.pk).prefetch_related("terms")
    found: list[SchoolYear | Term] = []
    for year in years.order_by("starts_on"):
        found += [year, *_terms(year)]
    return found


def _terms(year: SchoolYear) -> list[Term]:
    return sorted(year.terms.all(), key=lambda term: term.starts_on)


def session_key(row: SchoolYear | Term) -> str:
    return f"{'term' if isinstance(row, Term) else 'year'}-{row.pk}"


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
        told["parent"] = _ref("academicSession", session_key(year))
    return _base(session_key(row), asked) | told


def _courses(asked: Asked) -> QuerySet[Grade]:
    """A year's age group: what a class of primary school is taught is no row of its own here."""
    classes = classes_of(asked.caller, asked.on)
    rows = Grade.objects.filter(pk__in=classes.values("grade")).select_related("year")
    return rows.order_by("number", "pk")


def _course(row: Grade, asked: Asked) -> dict[str, Any]:
    told = {
        "title": f"{row.number}",
        "schoolYear": _ref("academicSession", session_key(row.year)),
        "grades": [_grade(row)],
        "org": _ref("org", asked.caller.school.pk),
    }
    return _base(row.pk, asked) | told


def _grade(row: Grade) -> str:
    """As the CEDS vocabulary writes it, which OneRoster recommends."""
    return f"{row.number:02d}"


def _classes(asked: Asked) -> QuerySet[SchoolClass]:
    rows = classes_of(asked.caller, asked.on).select_related("grade__year")
    return rows.prefetch_related("grade__year__terms").order_by("grade__number", "number", "pk")


def _class(row: SchoolClass, asked: Asked) -> dict[str, Any]:
    sessions: list[SchoolYear | Term] = [*_terms(row.grade.year)] or [row.grade.year]
    told = {
        "title": row.name,
        "classCode": f"{row.grade.number}-{row.number}",
        "classType": "homeroom",
        "grades": [_grade(row.grade)],
        "course": _ref("course", row.grade_id),
        "school": _ref("org", row.school_id),
        "terms": [_ref("academicSession", session_key(one)) for one in sessions],
    }
    return _base(row.pk, asked) | told


def _students(asked: Asked) -> QuerySet[Student]:
    """Those who are in a class today."""
    enrolled = current_enrolments(asked.on).filter(school=asked.caller.school.pk)
    rows = children_of(asked.caller, asked.on).filter(pk__in=enrolled.values("student_id"))
    rows = rows.annotate(modified_at=_last_change(Student))
    return rows.only("name", "school_id").order_by("pk")


def _student(row: Any, asked: Asked) -> dict[str, Any]:
    told = {
        "enabledUser": "false",  # of any account: a child signs in nowhere
        "familyName": row.surname,
        "givenName": row.name[len(row.surname) :] or row.name,
        "roles": [{"roleType": "primary", "role": "student", "org": _ref("org", row.school_id)}],
        "metadata": {"fullName": row.name},
    }
    return _base(row.pk, asked, row.modified_at) | told


def _enrollments(asked: Asked) -> QuerySet[Enrolment]:
    children = children_of(asked.caller, asked.on)
    rows = current_enrolments(asked.on).filter(
        school=asked.caller.school.pk, student__in=children.values("pk")
    )
    return rows.annotate(modified_at=_last_change(Enrolment)).order_by("pk")


def _enrollment(row: Any, asked: Asked) -> dict[str, Any]:
    """No day of leaving: until it comes it is the family's affair."""
    told = {
        "user": _ref("student", row.student_id),
        "class": _ref("class", row.school_class_id),
        "school": _ref("org", row.school_id),
        "role": "student",
        "primary": "true",
        "beginDate": row.starts_on.isoformat(),
    }
    return _base(row.pk, asked, row.modified_at) | told


S = serializers
RESOURCES = {
    one.plural: one
    for one in (
        Resource("orgs", "org", S.Org, _orgs, _org),
        Resource("schools", "org", S.Org, _orgs, _org),
        Resource("academicSessions", "academicSession", S.AcademicSession, _sessions, _session),
        Resource("courses", "course", S.Course, _courses, _course),
        Resource("classes", "class", S.Class, _classes, _class),
        Resource("students", "user", S.User, _students, _student, lambda row: row.pk),
        Resource("users", "user", S.User, _students, _student, lambda row: row.pk),
        Resource(
            "enrollments",
            "enrollment",
            S.Enrollment,
            _enrollments,
            _enrollment,
            lambda row: row.student_id,
        ),
    )
}

"""Export the school's classes, children, class teachers and guardians as a OneRoster 1.2 package."""

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from guardians.models import Adult, Guardianship, Migration
from guardians.queries import (
    current_guardianships,
    current_migrations,
    is_blocked_somewhere,
    usable_contact_points,
)
from rosters.oneroster import shape
from schools.models import Post, School, SchoolClass, SchoolYear, Term, holds_on
from schools.queries import classes_on, year_in_hand
from schools.roles import Role
from students.models import Enrolment
from students.queries import current_enrolments

Row = dict[str, str]
MEMBER = "primary"
ROLE_OF = {
    Guardianship.Kind.PARENT: "parent",
    Guardianship.Kind.GUARDIAN: "guardian",
    Guardianship.Kind.CARER: "guardian",
    Guardianship.Kind.CONTACT: "relative",
}
SEX = {"m": "male", "f": "female"}
SEX_OF_PARENT = {"father": "male", "mother": "female"}


class NoYear(Exception):
    """No school year has been opened, so there are no classes to export."""


def package_of(school: School, on: date, at: datetime) -> bytes:
    """Return a ZIP without blocked adults, left-behind status, notes and contacts. Raises NoYear."""
    year = year_in_hand(school, on)
    if year is None:
        raise NoYear
    classes = list(classes_on(school, on).select_related("grade"))
    enrolled = list(
        current_enrolments(on)
        .filter(school_class__in=classes)
        .select_related("student", "school_class__grade")
        .order_by("student_id")
    )
    teachers = list(
        Post.objects.filter(holds_on(on), role=Role.CLASS_TEACHER, school_class__in=classes)
        .select_related("user")
        .order_by("pk")
    )
    family = _Family(enrolled, on)
    staff = {post.user_id: post.user.name for post in teachers}
    tables: dict[str, Iterable[Row]] = {
        **_of_school(school, year, classes),
        "users": [
            *_students(school, enrolled, family),
            *family.users(),
            *(_person(f"staff-{pk}", name) for pk, name in staff.items()),
        ],
        "roles": _roles(school, enrolled, family, staff),
        "enrollments": _enrollments(school, enrolled, teachers),
        "demographics": [
            *(
                {
                    "sourcedId": f"student-{row.student_id}",
                    "birthDate": row.student.born_on.isoformat() if row.student.born_on else "",
                    "sex": SEX.get(row.student.sex, ""),
                }
                for row in enrolled
            ),
            *family.demographics(),
        ],
    }
    return _zipped(tables, at)


def _of_school(
    school: School, year: SchoolYear, classes: list[SchoolClass]
) -> dict[str, Iterable[Row]]:
    """Return the tables without people. In the standard each class needs a course: ours is the grade."""
    county, year_key = f"county-{school.county_id}", f"year-{year.pk}"
    ends, terms = str(year.ends_on.year), list(Term.objects.filter(year=year))
    return {
        "orgs": [
            {"sourcedId": county, "name": school.county.name, "type": "district"},
            {
                "sourcedId": _org(school),
                "name": school.name,
                "type": "school",
                "identifier": school.code,
                "parentSourcedId": county,
            },
        ],
        "academicSessions": [
            _session(year_key, str(year), "schoolYear", year, ends),
            *(
                _session(f"term-{term.pk}", f"{year} {term.season}", "term", term, ends)
                | {"parentSourcedId": year_key}
                for term in terms
            ),
        ],
        "courses": [
            {
                "sourcedId": f"course-{year.pk}-{grade}",
                "schoolYearSourcedId": year_key,
                "title": grade,
                "grades": grade,
                "orgSourcedId": _org(school),
            }
            for grade in sorted({_grade(one) for one in classes})
        ],
        "classes": [
            {
                "sourcedId": f"class-{one.pk}",
                "title": one.name,
                "grades": _grade(one),
                "courseSourcedId": f"course-{year.pk}-{_grade(one)}",
                "classType": "homeroom",
                "schoolSourcedId": _org(school),
                "termSourcedIds": ",".join(f"term-{term.pk}" for term in terms) or year_key,
            }
            for one in classes
        ],
    }


def _org(school: School) -> str:
    return f"school-{school.pk}"


def _session(key: str, title: str, kind: str, span: SchoolYear | Term, ends: str) -> Row:
    return {
        "sourcedId": key,
        "title": title,
        "type": kind,
        "startDate": span.starts_on.isoformat(),
        "endDate": span.ends_on.isoformat(),
        "schoolYear": ends,
    }


def _grade(school_class: SchoolClass) -> str:
    return f"{school_class.grade.number:02d}"


class _Family:
    """The guardians of these children, loaded in three queries; each adult is one user."""

    def __init__(self, enrolled: list[Enrolment], on: date):
        held = (
            current_guardianships(on)
            .filter(~is_blocked_somewhere(), student__in=[row.student_id for row in enrolled])
            .filter(adult__blocked_at=None)
            .exclude(adult__condition=Adult.Condition.DEAD)
            .select_related("adult")
            .order_by("priority", "pk")
        )
        self.of_child: dict[int, list[Guardianship]] = defaultdict(list)
        self.first: dict[int, Guardianship] = {}
        for row in held:
            self.of_child[row.student_id].append(row)
            self.first.setdefault(row.adult_id, row)
        self.phones: dict[int, str] = {}
        points = usable_contact_points().filter(adult__in=self.first, kind="phone")
        for adult, address in points.values_list("adult_id", "address"):
            self.phones.setdefault(adult, address)
        moves: Iterable[Migration] = current_migrations(on).filter(
            adult__in=self.first, is_away=True
        )
        self.places = {row.adult_id: row.place for row in moves}

    def ids(self, student_id: int) -> str:
        adults = dict.fromkeys(row.adult_id for row in self.of_child[student_id])
        return ",".join(f"adult-{pk}" for pk in adults)

    def ties(self, student_id: int) -> str:
        rows = self.of_child[student_id]
        return ",".join(f"adult-{row.adult_id}:{row.kind}:{row.relation}" for row in rows)

    def users(self) -> Iterator[Row]:
        for pk, row in self.first.items():
            yield _person(f"adult-{pk}", row.adult.name) | {
                "sms": self.phones.get(pk, ""),
                shape.PLACE: self.places.get(pk, ""),
            }

    def demographics(self) -> Iterator[Row]:
        for pk, row in self.first.items():
            if row.relation in SEX_OF_PARENT:
                yield {"sourcedId": f"adult-{pk}", "sex": SEX_OF_PARENT[row.relation]}


def _person(key: str, name: str) -> Row:
    """Return a user. The surname is the first character, or the last word of a name in Latin letters."""
    given, _space, family = name.rpartition(" ") if name.isascii() else (name[1:], "", name[:1])
    return {
        "sourcedId": key,
        "enabledUser": "true",
        "username": key,
        "givenName": given or name,
        "familyName": family if given else "",
    }


def _students(school: School, enrolled: list[Enrolment], family: _Family) -> Iterator[Row]:
    for row in enrolled:
        child = row.student
        yield _person(f"student-{child.pk}", child.name) | {
            "userIds": f"{{id-card:{child.id_number}}}" if child.id_number else "",
            "identifier": child.student_number,
            "agentSourcedIds": family.ids(child.pk),
            shape.FAMILY: family.ties(child.pk),
            "grades": _grade(row.school_class),
            "primaryOrgSourcedId": _org(school),
            shape.VILLAGE: child.village,
            shape.ADDRESS: child.address,
        }


def _roles(
    school: School, enrolled: list[Enrolment], family: _Family, staff: Iterable[int]
) -> Iterator[Row]:
    users = [(f"student-{row.student_id}", "student") for row in enrolled]
    users += [(f"adult-{pk}", ROLE_OF[row.kind]) for pk, row in family.first.items()]  # type: ignore[index]
    users += [(f"staff-{pk}", "teacher") for pk in sorted(staff)]
    for key, role in users:
        yield {
            "sourcedId": f"role-{key}",
            "userSourcedId": key,
            "roleType": MEMBER,
            "role": role,
            "orgSourcedId": _org(school),
        }


def _enrollments(school: School, enrolled: list[Enrolment], teachers: list[Post]) -> Iterator[Row]:
    for row in enrolled:
        yield {
            "sourcedId": f"enrolment-{row.pk}",
            "classSourcedId": f"class-{row.school_class_id}",
            "schoolSourcedId": _org(school),
            "userSourcedId": f"student-{row.student_id}",
            "role": "student",
            "beginDate": row.starts_on.isoformat(),
        }
    for post in teachers:
        yield {
            "sourcedId": f"post-{post.pk}",
            "classSourcedId": f"class-{post.school_class_id}",
            "schoolSourcedId": _org(school),
            "userSourcedId": f"staff-{post.user_id}",
            "role": "teacher",
            "primary": "true",
        }


def _zipped(tables: dict[str, Iterable[Row]], at: datetime) -> bytes:
    buffer = io.BytesIO()
    manifest = [
        ["manifest.version", "1.0"],
        ["oneroster.version", shape.VERSION],
        *([f"file.{name}", "bulk" if name in tables else "absent"] for name in shape.FILES),
        ["source.systemName", "Jiaqiao"],
        ["source.systemCode", "jiaqiao"],
    ]
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", _csv(["propertyName", "value"], manifest))
        for name, rows in tables.items():
            extra = shape.EXTRA_OF_USERS if name == "users" else ()
            columns = [*shape.COLUMNS[name], *extra]
            # In a complete ("bulk") package, status and dateLastModified stay empty.
            lines = ([row.get(column, "") for column in columns] for row in rows)
            archive.writestr(f"{name}.csv", _csv(columns, lines))
        archive.comment = f"{at:%Y-%m-%dT%H:%M:%SZ}".encode()
    return buffer.getvalue()


def _csv(columns: list[str], rows: Iterable[list[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()

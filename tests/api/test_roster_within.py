"""Lists within one object, as OneRoster has them: the pupils of a class, the classes of a pupil."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessRecord
from api.description.document import document
from api.oneroster.resources import RESOURCES
from api.oneroster.within import WITHIN
from schools.models import Post
from schools.roles import Role
from students.models import Barrier, Enrolment
from tests.api import oneroster_1_2 as standard
from tests.api.conftest import ROSTER
from tests.api.test_matrix import of_the_roster, term_of
from tests.api.test_roster import holds
from tests.factories.api import make_token, system
from tests.factories.cast import make_class, make_post, make_student

BOTH = ("roster.read", "adults.read")
NAMES = [one.name for one in WITHIN]
PLURALS = {one.name: one.plural for one in WITHIN}


@pytest.fixture
def client(cast):
    term_of(cast.school_class)
    return system(make_token(cast, BOTH))


def address_of(cast, name: str) -> str:
    name, people = f"oneroster:{name}", (cast.students["mengyao"], cast.users["teacher"])
    return reverse(name, kwargs=of_the_roster(name, cast.school, cast.school_class, *people))


def rows_of(cast, client, name: str) -> list[dict]:
    return client.get(address_of(cast, name)).json()[RESOURCES[PLURALS[name]].plural_key]


def keys_of(cast, client, name: str) -> list[str]:
    return [row["sourcedId"] for row in rows_of(cast, client, name)]


def test_every_address_of_the_standard_is_served():
    """But what is of a scope that nobody gets here, and one object of a list that is always empty."""
    served = {
        re.sub(r"\{\w+\}", "{}", path.removeprefix(ROSTER))
        for path in document("en")["paths"]
        if path.startswith(ROSTER)
    }
    left_out = {"/demographics", "/demographics/{}", "/gradingPeriods/{}"}
    assert served == {*standard.LISTS, *standard.OBJECTS_AT} - left_out


def test_what_is_within_what(cast, client):
    own, other = cast.school_class, cast.next_class
    child, friend = cast.students["mengyao"], cast.students["xiaobao"]
    teacher, post = cast.users["teacher"], Post.objects.get(user=cast.users["teacher"])
    pupils = [str(child.pk), str(friend.pk)]
    assert keys_of(cast, client, "class_students") == pupils
    assert keys_of(cast, client, "school_class_students") == pupils
    assert keys_of(cast, client, "school_students") == [*pupils, str(cast.students["haitao"].pk)]
    assert keys_of(cast, client, "class_teachers") == [f"staff-{teacher.pk}"]
    assert keys_of(cast, client, "school_class_teachers") == [f"staff-{teacher.pk}"]
    enrolled = [str(one.enrolments.get().pk) for one in (child, friend)]
    assert keys_of(cast, client, "school_class_enrollments") == [*enrolled, f"post-{post.pk}"]
    for name in ("student_classes", "user_classes", "teacher_classes"):
        assert keys_of(cast, client, name) == [str(own.pk)]
    for name in ("school_classes", "term_classes"):
        assert {str(own.pk), str(other.pk)} <= {*keys_of(cast, client, name)}
    in_grade = {str(one.pk) for one in (own, other) if one.grade_id == own.grade_id}
    assert {*keys_of(cast, client, "course_classes")} == in_grade
    assert keys_of(cast, client, "school_terms") == [f"term-{term_of(own).pk}"]
    assert keys_of(cast, client, "term_grading_periods") == []


def test_whoever_raises_a_child_is_in_no_class_and_is_found_as_elsewhere(cast, client):
    mother = cast.adults["mother"]
    found = client.get(f"{ROSTER}/users/adult-{mother.pk}/classes")
    assert found.json() == {"classes": []}
    staff = client.get(f"{ROSTER}/users/staff-{cast.users['teacher'].pk}/classes").json()
    assert [row["sourcedId"] for row in staff["classes"]] == [str(cast.school_class.pk)]
    barred = cast.adults["father"]
    assert client.get(f"{ROSTER}/users/adult-{barred.pk}/classes").status_code == 404
    alone = system(make_token(cast, ("roster.read",)))
    for key in (f"adult-{mother.pk}", f"staff-{cast.users['teacher'].pk}"):
        assert alone.get(f"{ROSTER}/users/{key}/classes").status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_each_is_as_the_standard_describes_it(cast, client, name):
    resource = RESOURCES[PLURALS[name]]
    answer = client.get(address_of(cast, name))
    assert answer.status_code == 200
    told = answer.json()
    assert holds(standard.list_of(resource.singular, resource.plural_key), told) == []
    assert told[resource.plural_key] or PLURALS[name] == "gradingPeriods"
    assert answer["X-Total-Count"] == str(len(told[resource.plural_key]))


@pytest.mark.parametrize("name", [name for name in NAMES if PLURALS[name] != "gradingPeriods"])
def test_pages_and_fields_as_elsewhere(cast, client, name):
    address = address_of(cast, name)
    page = client.get(f"{address}?limit=1&fields=sourcedId").json()
    ((row,),) = page.values()
    assert [*row] == ["sourcedId"]
    behind = client.get(f"{address}?limit=1&offset=1000")
    assert [*behind.json().values()] == [[]]
    assert 'rel="prev"' in behind["Link"]
    assert address in behind["Link"]
    for query in ("filter=x", "limit=0", "fields=phone"):
        assert client.get(f"{address}?{query}").status_code == 400


@pytest.mark.parametrize("name", NAMES)
def test_ten_rows_cost_what_one_costs(cast, client, name):
    address = address_of(cast, name)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(9):
        make_student(cast.school_class, f"王小{number}")
    for number in range(3, 12):
        make_class(cast.school, cast.school_class.grade.number, number)
    make_post(
        cast.users["principal"],
        Role.CLASS_TEACHER,
        school=cast.school,
        school_class=cast.school_class,
    )
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few), [query["sql"][:90] for query in many]


LOGGED = {
    "class_students": {"mengyao", "xiaobao"},
    "school_class_enrollments": {"mengyao", "xiaobao"},
    "school_students": {"mengyao", "xiaobao", "haitao"},
    "student_classes": {"mengyao"},
    "user_classes": {"mengyao"},
    "class_teachers": set(),
    "school_classes": set(),
}


@pytest.mark.parametrize("name", LOGGED)
def test_whose_data_it_is_stands_in_the_log_of_readers(cast, client, name):
    client.get(address_of(cast, name))
    rows = AccessRecord.objects.filter(what="roster")
    assert {row.student_id for row in rows} == {cast.students[key].pk for key in LOGGED[name]}


def test_a_child_whose_file_is_closed_or_who_left_is_in_none(cast, client):
    child, friend = cast.students["mengyao"], cast.students["xiaobao"]
    Barrier.objects.create(
        school=cast.school,
        student=child,
        user=cast.users["admin"],
        reason="亲戚",
        set_by=cast.users["principal"],
        set_at="2026-01-01T00:00:00Z",
    )
    Enrolment.objects.filter(student=friend).update(ends_on="2026-01-10")
    post = Post.objects.get(user=cast.users["teacher"])
    assert keys_of(cast, client, "class_students") == []
    assert keys_of(cast, client, "school_class_enrollments") == [f"post-{post.pk}"]
    for one in (child, friend):
        for way in ("students", "users"):
            assert client.get(f"{ROSTER}/{way}/{one.pk}/classes").status_code == 404


def test_what_stands_in_the_address_is_of_its_kind(cast, client):
    """A year is no term, a pupil no teacher, and a class is looked for in this school alone."""
    year, child = cast.school_class.grade.year_id, cast.students["mengyao"].pk
    for address in (
        f"terms/year-{year}/classes",
        f"teachers/{child}/classes",
        f"students/staff-{cast.users['teacher'].pk}/classes",
        f"schools/{cast.other_school.pk}/classes/{cast.far_class.pk}/students",
        f"schools/{cast.other_school.pk}/classes/{cast.school_class.pk}/students",
        f"schools/{cast.school.pk}/classes/{cast.far_class.pk}/students",
        f"gradingPeriods/{year}",
        f"schools/{cast.school.pk}/users",
    ):
        answer = client.get(f"{ROSTER}/{address}")
        assert answer.status_code == 404, address
        assert holds(standard.shape_of("status_info"), answer.json()) == []

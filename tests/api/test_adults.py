"""Adults in OneRoster's words: names, and who raises whom; only under a scope of their own."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from guardians.models import Guardianship
from schools.models import Post
from students.models import Barrier
from tests.api.conftest import ROSTER
from tests.factories.api import make_token, system
from tests.factories.cast import make_adult, make_guardianship, make_student

BOTH = ("roster.read", "adults.read")


@pytest.fixture
def client(cast):
    return system(make_token(cast, BOTH))


def named(client, way="users") -> list[str]:
    return [one["metadata"]["fullName"] for one in client.get(f"{ROSTER}/{way}").json()["users"]]


def user(client, key):
    return client.get(f"{ROSTER}/users/{key}").json()["user"]


def test_without_the_scope_pupils_alone_are_told_of(cast):
    client = system(make_token(cast, ("roster.read",)))
    assert named(client) == named(client, "students") == ["徐梦瑶", "徐小宝", "丁海涛"]
    assert "agents" not in user(client, cast.students["mengyao"].pk)
    rows = client.get(f"{ROSTER}/enrollments").json()["enrollments"]
    assert {row["role"] for row in rows} == {"student"}
    assert client.get(f"{ROSTER}/teachers").status_code == 403
    for key in (
        f"adult-{cast.adults['mother'].pk}",
        f"staff-{cast.users['teacher'].pk}",
    ):
        assert client.get(f"{ROSTER}/users/{key}").status_code == 404
    post = Post.objects.get(user=cast.users["teacher"])
    assert client.get(f"{ROSTER}/enrollments/post-{post.pk}").status_code == 404


def test_an_adult_is_a_name_and_what_it_is_to_a_child(cast, client):
    mother = cast.adults["mother"]
    told = user(client, f"adult-{mother.pk}")
    assert told.pop("dateLastModified")
    (role,) = told.pop("roles")
    assert (role["roleType"], role["role"]) == ("primary", "parent")
    assert told == {
        "sourcedId": f"adult-{mother.pk}",
        "status": "active",
        "enabledUser": "false",
        "familyName": "王",
        "givenName": "芳",
        "metadata": {"fullName": "王芳"},
    }
    agents = user(client, cast.students["mengyao"].pk)["agents"]
    raising = [mother.pk, cast.adults["grandmother"].pk]
    assert [one["sourcedId"] for one in agents] == [f"adult-{pk}" for pk in raising]
    assert user(client, f"adult-{raising[1]}")["roles"][0]["role"] == "relative"


NAMES = {
    "王小雨": ("王", "小雨"),
    "王芳": ("王", "芳"),
    "马": ("马", "马"),
    "欧阳娜娜": ("欧阳", "娜娜"),
    "司马光": ("司马", "光"),
    "阿依古丽": ("-", "阿依古丽"),
    "阿卜杜拉·买买提": ("-", "阿卜杜拉·买买提"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_two_parts(cast, client, name):
    child = make_student(cast.school_class, name)
    told = user(client, child.pk)
    assert (told["familyName"], told["givenName"]) == NAMES[name]
    assert told["metadata"]["fullName"] == name


def test_who_raises_whom_is_news_of_both(cast, client):
    """Also where it changes elsewhere than in their own rows: nobody who asks for news misses it."""
    mother = cast.adults["mother"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jiaqiao.clock_offset = '1 hour'")
    make_guardianship(cast.students["haitao"], mother, "other", kind="carer")
    for key in (f"adult-{mother.pk}", cast.students["haitao"].pk):
        modified = datetime.fromisoformat(user(client, key)["dateLastModified"])
        assert modified > clock.now() - timedelta(minutes=1)


def test_several_roles_the_closest_first(cast, client):
    mother = cast.adults["mother"]
    make_guardianship(cast.students["haitao"], mother, "other", kind="carer")
    make_guardianship(cast.students["haitao"], mother, "relative", kind="guardian")
    roles = user(client, f"adult-{mother.pk}")["roles"]
    assert [(one["roleType"], one["role"]) for one in roles] == [
        ("primary", "parent"),
        ("secondary", "guardian"),
        ("secondary", "ext:carer"),
    ]


def barred(cast):
    """徐小宝's file is closed to the maker; 徐梦瑶's stays open."""
    Guardianship.objects.filter(
        adult=cast.adults["mother"], student=cast.students["mengyao"]
    ).delete()
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["xiaobao"],
        user=cast.users["admin"],
        reason="亲戚",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )


HIDDEN = {
    "blocked at another school": lambda cast: make_adult(
        cast.other_school,
        "王芳",
        user=cast.adults["mother"].user,
        blocked_at=timezone.now(),
        blocked_reason="判决",
        blocked_by=cast.users["principal"],
    ),
    "blocked": lambda cast: type(cast.adults["mother"]).objects.filter(name="王芳").update(
        blocked_at=timezone.now(), blocked_reason="判决", blocked_by=cast.users["principal"]
    ),
    "dead": lambda cast: type(cast.adults["mother"]).objects.filter(name="王芳").update(condition="dead"),
    "in prison": lambda cast: type(cast.adults["mother"]).objects.filter(name="王芳").update(
        condition="imprisoned"
    ),
    "ended": lambda cast: Guardianship.objects.filter(adult=cast.adults["mother"]).update(
        ends_on="2026-01-10"
    ),
    "for emergencies": lambda cast: Guardianship.objects.filter(adult=cast.adults["mother"]).update(
        kind="contact"
    ),
    "of a closed file": barred,
}  # fmt: skip


@pytest.mark.parametrize("why", HIDDEN)
def test_who_may_not_be_named_is_nowhere(cast, client, why):
    mother = cast.adults["mother"]
    key = f"adult-{mother.pk}"
    assert key in client.get(f"{ROSTER}/users").content.decode()
    HIDDEN[why](cast)
    for way in ("users", "students", "enrollments", f"users/{cast.students['mengyao'].pk}"):
        told = client.get(f"{ROSTER}/{way}").content.decode()
        assert key not in told, way
        assert mother.name not in told, way
    assert client.get(f"{ROSTER}/users/{key}").status_code == 404
    father = cast.adults["father"]  # barred in the cast
    assert client.get(f"{ROSTER}/users/adult-{father.pk}").status_code == 404


def test_of_two_children_only_the_one_whose_file_is_open_counts(cast, client):
    """What an adult is to a child of whom the caller is told nothing is not told either."""
    make_guardianship(cast.students["haitao"], cast.adults["mother"], "relative", kind="guardian")
    Barrier.objects.create(
        school=cast.school,
        student=cast.students["haitao"],
        user=cast.users["admin"],
        reason="亲戚",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    roles = user(client, f"adult-{cast.adults['mother'].pk}")["roles"]
    assert [one["role"] for one in roles] == ["parent"]


def test_class_teachers_and_their_classes(cast, client):
    assert named(client, "teachers") == ["张丽华", "李桂英"]
    told = client.get(f"{ROSTER}/teachers/staff-{cast.users['teacher'].pk}").json()["user"]
    assert told["roles"][0]["role"] == "teacher"
    rows = client.get(f"{ROSTER}/enrollments").json()["enrollments"]
    taught = {
        (row["user"]["sourcedId"], row["class"]["sourcedId"])
        for row in rows
        if row["role"] == "teacher"
    }
    assert taught == {
        (f"staff-{cast.users['teacher'].pk}", str(cast.school_class.pk)),
        (f"staff-{cast.users['next_teacher'].pk}", str(cast.next_class.pk)),
    }
    Post.objects.filter(user=cast.users["teacher"]).update(ends_on="2026-01-10")
    assert named(client, "teachers") == ["李桂英"]


def test_nobody_of_another_school(cast, client):
    told = "".join(
        client.get(f"{ROSTER}/{way}").content.decode()
        for way in ("users", "teachers", "enrollments")
    )
    far = cast.adults["far_mother"], cast.users["far_teacher"]
    assert not any(one.name in told for one in far)
    for key in (f"adult-{far[0].pk}", f"staff-{far[1].pk}"):
        assert client.get(f"{ROSTER}/users/{key}").status_code == 404


@pytest.mark.parametrize(
    "key", ["adult-", "adult-x", "adult--1", "staff-0", "-1", "adult-99999999999999999999"]
)
def test_keys_that_are_none(cast, client, key):
    assert client.get(f"{ROSTER}/users/{key}").status_code == 404


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_go_on_from_pupils_to_adults_to_teachers(cast, client, limit):
    seen, address = [], f"{ROSTER}/users?limit={limit}"
    while address:
        page = client.get(address)
        assert page["X-Total-Count"] == "8"
        seen += [one["sourcedId"] for one in page.json()["users"]]
        links = dict(reversed(one.split("; rel=")) for one in page["Link"].split(", "))
        address = links.get('"next"', "").strip("<>").removeprefix("http://127.0.0.1:8000")
    assert len(seen) == len(set(seen)) == 8
    kinds = [key.rpartition("-")[0] for key in seen]
    assert kinds == [""] * 3 + ["adult"] * 3 + ["staff"] * 2


def test_whose_adult_was_read_stands_in_the_log_of_readers(cast, client):
    client.get(f"{ROSTER}/users/adult-{cast.adults['mother'].pk}")
    rows = AccessRecord.objects.filter(what="roster")
    children = {cast.students[name].pk for name in ("mengyao", "xiaobao")}
    assert {row.student_id for row in rows} == children


@pytest.mark.parametrize("way", ["users", "students", "teachers", "enrollments"])
def test_ten_cost_what_one_costs(cast, client, way):
    client.get(f"{ROSTER}/{way}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{ROSTER}/{way}")
    for number in range(9):
        child = make_student(cast.school_class, f"王小{number}")
        make_guardianship(child, make_adult(cast.school, f"王大{number}"), "mother")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{ROSTER}/{way}")
    assert len(many) == len(few), json.dumps([query["sql"][:90] for query in many])

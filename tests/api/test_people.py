"""A browser's session reads what the pages of its person show, and nothing else."""

from datetime import timedelta

import pytest
from django.conf import settings as conf
from django.test import Client
from django.utils import timezone

from accounts.idle import SEEN_AT
from accounts.models import AccessRecord
from api.limits import PerCaller
from api.models import KeptAnswer
from classroom.models import ClassRegister
from schools.models import Post
from schools.roles import Role
from students.models import Barrier
from tests.access.test_matrix import visitor
from tests.api.conftest import ATTENDANCE, ROSTER, call_of, post, send
from tests.factories.api import make_token, system
from tests.factories.cast import make_post
from tests.factories.factors import give_factor, password_alone

STUDENTS = f"{ROSTER}/students"

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(cast):
    def signed_in(role: str) -> Client:
        give_factor(cast.users[role])
        return visitor(cast, role)

    return signed_in


def names(client: Client) -> set[str]:
    return {one["metadata"]["fullName"] for one in client.get(STUDENTS).json()["users"]}


def test_each_reads_the_children_whom_they_see(cast, as_):
    assert names(as_("teacher")) == {"徐梦瑶", "徐小宝"}
    assert not names(as_("next_teacher")) & {"徐梦瑶", "徐小宝"}
    assert names(as_("far_teacher")) == {cast.students["yuan"].name}
    assert names(as_("counsellor")) >= {"徐梦瑶", "徐小宝"}


def test_the_log_of_readers_names_the_person(cast, as_):
    as_("teacher").get(STUDENTS)
    rows = AccessRecord.objects.filter(what="roster")
    assert {row.user for row in rows} == {cast.users["teacher"]}
    assert len(rows) == 2


def test_a_child_whose_file_is_closed_to_them_is_not_there(cast, as_):
    child = cast.students["mengyao"]
    Barrier.objects.create(
        school=cast.school,
        student=child,
        user=cast.users["teacher"],
        reason="x",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    client = as_("teacher")
    assert names(client) == {"徐小宝"}
    assert client.get(f"{STUDENTS}/{child.pk}").status_code == 404


def test_without_the_second_step_nothing_is_read(cast):
    client = Client(headers={"accept-language": "en"})
    password_alone(client, cast.users["counsellor"])
    answer = client.get(STUDENTS)
    assert answer.status_code == 403
    assert "second step" in answer.json()["imsx_description"]
    told = client.get("/api/v1/figures/definitions/").json()
    assert "second step" in told["detail"]
    assert not AccessRecord.objects.exists()


def test_whoever_leaves_reads_nothing_from_then_on(cast, as_):
    client = as_("teacher")
    assert client.get(STUDENTS).status_code == 200
    yesterday = timezone.localdate() - timedelta(days=1)
    Post.objects.filter(user=cast.users["teacher"]).update(ends_on=yesterday)
    assert client.get(STUDENTS).status_code == 404


def test_it_writes_nothing_with_or_without_a_forms_token(cast, as_, whole_class):
    client = as_("teacher")
    client.get("/")
    cookie = client.cookies.get(conf.CSRF_COOKIE_NAME)
    headers = {"x-csrftoken": cookie.value} if cookie else {}
    for more in ({}, headers):
        answer = send(client, ATTENDANCE, {"rows": whole_class()}, headers=more)
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
    answer = send(client, "/api/v1/contacts/", {"calls": [call_of(cast)]})
    assert answer.status_code == 403
    assert not ClassRegister.objects.exists()
    assert not KeptAnswer.objects.exists()
    for method in ("put", "patch", "delete", "options"):
        assert getattr(client, method)(ATTENDANCE).status_code in (403, 405), method


def test_a_wrong_token_is_not_made_good_by_a_session(cast, as_):
    answer = as_("teacher").get(STUDENTS, headers={"authorization": "Bearer jq_" + "A" * 43})
    assert answer.status_code == 401


def test_a_token_beside_a_session_counts(cast, as_, whole_class, day):
    """A program that keeps cookies writes as itself."""
    client = as_("teacher")
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {make_token(cast)}"
    assert post(client, whole_class()).status_code == 200
    assert ClassRegister.objects.get().taken_by.name == "API · 校门"


def test_attendance_of_classes_whose_register_they_open(cast, as_, whole_class, day):
    """An administrator who teaches one class, too, opens the register of that one."""
    post(system(make_token(cast)), whole_class())
    asked = {"class": cast.school_class.pk, "day": day}
    assert len(as_("teacher").get(ATTENDANCE, asked).json()["rows"]) == 2
    assert as_("admin").get(ATTENDANCE, asked).status_code == 404
    other = cast.students["haitao"].enrolments.get().school_class
    make_post(cast.users["admin"], Role.CLASS_TEACHER, school=cast.school, school_class=other)
    assert as_("admin").get(ATTENDANCE, asked).status_code == 404
    theirs = as_("admin").get(ATTENDANCE, asked | {"class": other.pk})
    assert theirs.status_code == 200


def test_how_often_a_person_may_ask(cast, as_, monkeypatch):
    monkeypatch.setattr(PerCaller, "most", 2)
    client = as_("teacher")
    answers = [client.get(STUDENTS).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert as_("counsellor").get(STUDENTS).status_code == 200


def test_a_program_in_the_browser_keeps_no_session_alive(cast, as_):
    """A computer in the staff room belongs to nobody, whatever asks on it by itself."""
    client = as_("teacher")
    client.get("/")
    session = client.session
    session[SEEN_AT] -= 120
    session.save()
    seen_at = session[SEEN_AT]
    client.get(STUDENTS)
    assert client.session[SEEN_AT] == seen_at
    client.get("/")
    assert client.session[SEEN_AT] > seen_at


def test_no_cache_and_no_other_site_gets_it(cast, as_):
    answer = as_("teacher").get(STUDENTS)
    assert "no-store" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]
    assert "Access-Control-Allow-Origin" not in answer
    assert conf.SESSION_COOKIE_SAMESITE == "Lax"

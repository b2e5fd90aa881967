"""Slips for the pupils' door, and which place of the rail is lit."""

import pytest
from django.urls import reverse

from accounts.models import AccessRecord
from doors.staff.rail import current_place
from students.models import Student
from tests.factories.cast import make_student

pytestmark = pytest.mark.django_db
SLIPS = "/children/slips/"


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.users["teacher"])
    return client


def code_of(cast, child="mengyao"):
    return Student.objects.get(pk=cast.students[child].pk).picture_code


def test_a_slip_says_name_class_code_pictures_and_address(cast, teacher):
    page = teacher.get(SLIPS).content.decode()
    for words in ("徐梦瑶", "徐小宝", cast.school_class.door_code, "太阳", "testserver/p/"):
        assert words in page
    assert page.index("太阳") < page.index("小鱼") < page.index("小船") < page.index("大树")
    assert "丁海涛" not in page  # the next class


def test_making_slips_gives_codes_to_those_without(cast, teacher):
    new = make_student(cast.school_class, "新来的")
    assert "还有 1 个孩子没有登录条" in teacher.get(SLIPS).content.decode()
    kept = code_of(cast)
    assert Student.objects.get(pk=new.pk).picture_code == ""  # looking writes nothing
    done = teacher.post(SLIPS, follow=True)
    assert "做好了 1 张登录条" in done.content.decode()
    assert Student.objects.get(pk=new.pk).picture_code
    assert code_of(cast) == kept


def test_another_slip_opens_and_the_old_one_does_not(cast, teacher, client):
    old = code_of(cast)
    teacher.post(reverse("staff:new_slip", args=[cast.students["mengyao"].pk]))
    new = code_of(cast)
    assert new not in ("", old)
    for code, is_open in ((old, False), (new, True)):
        *first, last = code.split("-")
        picked = {"class_code": cast.school_class.door_code, "picked": "-".join(first)}
        assert (client.post("/p/sign-in/", picked | {"pick": last}).status_code == 302) is is_open


def test_a_strangers_class_does_not_exist(cast, client):
    wanted = {"class": cast.school_class.pk}
    client.force_login(cast.users["admin"])
    assert "徐梦瑶" in client.get(SLIPS, wanted).content.decode()
    for who in ("next_teacher", "counsellor", "principal", "far_teacher"):
        client.force_login(cast.users[who])
        assert client.get(SLIPS, wanted).status_code == 404
        assert client.post(f"{SLIPS}?class={cast.school_class.pk}").status_code == 404


def test_the_link_is_for_those_who_may(cast, client):
    for who, is_there in (("teacher", True), ("admin", True), ("counsellor", False)):
        client.force_login(cast.users[who])
        assert (SLIPS in client.get("/children/").content.decode()) is is_there


def test_showing_slips_is_noted_for_each_child(cast, teacher):
    make_student(cast.school_class, "新来的")  # has no slip: nothing of it is shown
    teacher.get(SLIPS)
    noted = AccessRecord.objects.filter(what="slip", user=cast.users["teacher"])
    shown = {cast.students[name].pk for name in ("mengyao", "xiaobao")}
    assert set(noted.values_list("student_id", flat=True)) == shown


def test_ten_slips_cost_as_many_queries_as_one(cast, teacher, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    teacher.get(SLIPS)
    with CaptureQueriesContext(connection) as few:
        teacher.get(SLIPS)
    for number in range(10):
        make_student(cast.school_class, f"孩子{number}", picture_code=f"sun-sun-sun-{number}")
    Student.objects.filter(name__startswith="孩子").update(picture_code="sun-moon-sun-moon")
    with django_assert_num_queries(len(few)):
        teacher.get(SLIPS)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", "staff:today"),
        (SLIPS, "staff:children"),
        ("/class/attendance/", "staff:children"),
        ("/class/observe/", "classroom:pick"),
        ("/check-ins/", "messaging:board"),
        ("/check-ins/demo-phone/", "delivery:demo_phone"),
        ("/check-ins/channels/", "schools:settings"),
        ("/check-ins/channels/email/", "schools:settings"),
        ("/settings/classes/", "schools:settings"),
        ("/nowhere/", ""),
    ],
)
def test_one_place_of_the_rail_is_lit(path, place):
    assert current_place(path) == place


@pytest.mark.parametrize(("who", "place"), [("teacher", 2), ("principal", 2), ("admin", None)])
def test_a_note_is_one_tap_from_every_page_for_whoever_may_write_one(cast, client, who, place):
    """The third of a phone's five places, and as near at a desk."""
    client.force_login(cast.users[who])
    page = client.get(reverse("staff:children")).content.decode()
    places = page.split('<nav aria-label="')[1].split('<li><a href="')[1:]
    rail = [one.split('"')[0] for one in places]
    note = reverse("classroom:pick")
    assert (rail.index(note) if note in rail else None) == place

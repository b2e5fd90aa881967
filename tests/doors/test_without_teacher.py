"""A class with children and without a class teacher is a row of the administrators' Today."""

import pytest
from django.test import Client
from django.utils import timezone

from doors.staff.today import work_of
from schools.models import Post
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db


def rows_of(cast, who):
    rows = work_of(cast.users[who], timezone.now())
    return [row for row in rows if row.key.startswith("without-teacher")]


def test_the_administrator_is_told_which_class_and_nobody_else():
    cast = make_cast()
    Post.objects.filter(school=cast.school, role="class_teacher").delete()
    [row] = rows_of(cast, "admin")
    assert cast.school_class.name in row.why
    for who in ("principal", "counsellor", "teacher"):
        assert rows_of(cast, who) == [], who


def test_a_class_with_a_teacher_or_without_children_is_none_of_it():
    cast = make_cast()
    with_teacher = rows_of(cast, "admin")
    assert not any(cast.school_class.name in row.why for row in with_teacher)


def test_what_it_opens_takes_the_place_of_today():
    cast = make_cast()
    Post.objects.filter(school=cast.school, role="class_teacher").delete()
    [row] = rows_of(cast, "admin")
    client = Client()
    client.force_login(cast.users["admin"])
    asked = {"HX-Request": "true", "HX-Target": f"inplace-{row.key}"}
    for address in (row.act_url, "/check-ins/channels/"):
        answer = client.get(address, headers=asked)
        assert (answer.headers["HX-Redirect"], answer.content) == (address, b"")
        assert b"<!doctype" in client.get(address).content[:20].lower()

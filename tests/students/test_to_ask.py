"""A1, completeness shown kindly: what a class's files would like to know, and nobody is counted."""

import pytest
from django.urls import reverse

from tests.factories.cast import make_student

pytestmark = pytest.mark.django_db


def page(client, cast, role="teacher"):
    client.force_login(cast.users[role])
    return client.get(reverse("staff:to_ask"), {"class": cast.school_class.pk})


def test_each_child_with_its_next_questions_and_where_to_write_the_answer(client, cast):
    answer = page(client, cast)
    asked = {child.name: asks for child, asks in answer.context["rows"]}
    assert set(asked) == {"徐梦瑶", "徐小宝"}
    assert 0 < len(asked["徐梦瑶"]) <= 3
    for ask in asked["徐梦瑶"]:
        assert ask.url in answer.content.decode()
        assert client.get(ask.url).status_code == 200
    assert "%" not in answer.content.decode().split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("role", ["principal", "counsellor", "next_teacher", "village"])
def test_only_for_who_writes_these_files(client, cast, role):
    assert page(client, cast, role).status_code == 404


def test_ten_children_cost_what_two_do(client, cast, django_assert_max_num_queries):
    page(client, cast)
    with django_assert_max_num_queries(40) as few:
        page(client, cast)
    for number in range(8):
        make_student(cast.school_class, f"王小{number}")
    with django_assert_max_num_queries(40) as many:
        page(client, cast)
    assert len(many) == len(few)

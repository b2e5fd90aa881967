"""Who sees the count of children in special care: only those who may read that section of their files."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccessRecord
from students.barriers import set_barrier
from students.models import Student
from tests.factories.cast import make_student
from visits import actions, queries
from visits.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_care(cast, term, at, today):
    """In her class one child lacks nothing, one lacks everything, one has a plan due for review.

    Another child is in a different class.
    """
    plan = {"care_plan": "每周聊一次", "care_plan_review_on": today + timedelta(days=30)}
    due = plan | {"care_plan_review_on": today}
    found = {
        "whole": make_student(cast.school_class, "安静", **plan),
        "bare": make_student(cast.school_class, "白云"),
        "due": make_student(cast.school_class, "曹雪", **due),
        "far": make_student(cast.students["haitao"].enrolments.get().school_class, "戴月", **plan),
    }
    keys = [child.pk for child in found.values()]
    Student.objects.filter(pk__in=keys).update(orphan_since=today, orphan_basis="民政")
    actions.ensure_duties(at=at)
    seen = Duty.objects.filter(student__in=[found["whole"], found["due"]])
    seen.update(done_on=today)
    return found


def page(cast, who: str, name: str = "visits:special_care"):
    client = Client()
    client.force_login(cast.users[who])
    return client.get(reverse(name))


def test_the_list_says_what_each_lacks_and_no_ground(cast, in_care):
    answer = page(cast, "teacher")
    lacks = {row["student"].name: row["lacks"] for row in answer.context["rows"]}
    assert list(lacks) == ["白云", "曹雪", "安静"]
    assert lacks["白云"] == ["还没有计划", "这学期还没家访"]
    assert len(lacks["曹雪"]) == 1
    assert lacks["安静"] == []
    html = answer.content.decode()
    assert "特别关爱 3 个孩子：1 个没有计划，1 个计划该再看一次，1 个这学期还没家访" in html
    assert "孤儿" not in html
    read = AccessRecord.objects.filter(what="special care").values_list("student_id", flat=True)
    assert set(read) == {in_care[key].pk for key in ("whole", "bare", "due")}


def test_a_child_whose_file_is_closed_to_the_reader_is_not_counted(cast, in_care, at):
    set_barrier(
        student=in_care["bare"], user=cast.users["teacher"], reason="x",
        by=cast.users["principal"], at=at,
    )  # fmt: skip
    assert "白云" not in page(cast, "teacher").content.decode()


@pytest.mark.parametrize("who", ["principal", "counsellor"])
def test_the_dashboard_leads_to_it(cast, in_care, who):
    html = page(cast, who, "dashboards:school").content.decode()
    assert "特别关爱 4 个孩子：1 个没有计划" in html
    assert reverse("visits:special_care") in html


def test_nobody_else_is_told(cast, in_care):
    assert "特别关爱" not in page(cast, "admin", "dashboards:school").content.decode()
    for who in ("mother", "village", "admin"):
        assert page(cast, who).status_code in (302, 403, 404)


def test_the_term_names_whom_nobody_has_visited(cast, in_care):
    answer = page(cast, "teacher", "visits:duties")
    assert "特别关爱 3 个孩子" in answer.content.decode()
    (own,) = answer.context["own"]
    assert in_care["bare"] in own.not_visited
    assert in_care["bare"] not in own.not_called


def test_it_costs_as_many_queries_for_any_number(cast, in_care, today):
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as spent:
            queries.care_overview(cast.users["principal"], cast.school, today)
        costs.append(len(spent))
        for number in range(9):
            child = make_student(cast.school_class, f"何{number}")
            Student.objects.filter(pk=child.pk).update(orphan_since=today, orphan_basis="民政")
    assert costs[0] == costs[1] <= 5  # the term, posts and barriers of the reader, and the children

import io
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image

from figures import school as queries
from guardians import actions
from guardians.models import ContactPoint
from schools.models import SchoolClass
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_student,
    send_away,
)

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 25)


def talk(cast, child: str, adult: str, days_ago: int) -> None:
    actions.record_contact(
        student=cast.students[child],
        adult=cast.adults[adult],
        happened_on=ON - timedelta(days=days_ago),
        reported_by="parent",
        at=timezone.now(),
    )


def board(cast) -> queries.Dashboard:
    return queries.dashboard(cast.school, timezone.now(), ON)


def test_seven_days_count_today_included_and_the_eighth_does_not(cast):
    talk(cast, "mengyao", "mother", 6)
    talk(cast, "haitao", "other_mother", 7)
    figures = board(cast)
    assert (figures.with_parent_away, figures.connected, figures.missing) == (3, 1, 2)
    assert [(row.name, row.connected) for row in figures.classes] == [
        ("三年级1班", 0),
        ("三年级2班", 1),
    ]
    assert (figures.longest_silence_days, figures.never_talked) == (7, 1)


def test_a_retracted_talk_and_another_school_do_not_count(cast):
    talk(cast, "yuan", "far_mother", 1)
    actions.record_contact(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        happened_on=ON,
        reported_by="parent",
        at=timezone.now(),
        source_key="once",
    )
    assert board(cast).connected == 1
    actions.retract_contact(source_key="once", at=timezone.now())
    assert board(cast).connected == 0


def test_nobody_knows_is_not_zero(cast):
    talk(cast, "mengyao", "mother", 0)
    weeks = board(cast).trend
    assert len(weeks) == queries.TREND_WEEKS
    assert [week.percent for week in weeks[:-2]] == [None] * 10
    assert weeks[-1].percent == 33


def test_reachability_counts_ways_and_what_is_not_recorded(cast):
    mother = cast.adults["other_mother"]
    assert board(cast).reach == queries.Reach(several=2, one=1, none=0, unknown=0)
    ContactPoint.objects.filter(adult=mother).update(failing_since=timezone.now())
    assert board(cast).reach.none == 1
    ContactPoint.objects.filter(adult=mother).delete()
    assert board(cast).reach == queries.Reach(several=2, one=0, none=0, unknown=1)


def test_parents_and_carers_are_counted_apart(cast):
    def works(adult: str, does: bool) -> None:
        points = ContactPoint.objects.filter(adult=cast.adults[adult])
        points.update(failing_since=None if does else timezone.now())

    assert board(cast).apart == queries.Apart(parents=3, carers=2, with_carer=2)
    works("grandmother", False)
    assert board(cast).apart == queries.Apart(parents=3, carers=0, with_carer=2)
    works("grandmother", True)
    works("mother", False)
    # Of their father no number is on record.
    assert board(cast).apart == queries.Apart(parents=1, carers=2, with_carer=2)


def test_who_is_two_things_to_a_child_is_one_way(cast):
    make_guardianship(
        cast.students["haitao"], cast.adults["other_mother"], "mother", kind="guardian"
    )
    figures = board(cast)
    assert figures.reach == queries.Reach(several=2, one=1, none=0, unknown=0)
    assert figures.apart == queries.Apart(parents=3, carers=3, with_carer=3)


def test_as_many_queries_for_ten_children_as_for_three(cast):
    with CaptureQueriesContext(
        connection,
    ) as few:
        board(cast)
    for number in range(10):
        student = make_student(cast.school_class, f"王小{'一二三四五六七八九十'[number]}")
        parent = make_adult(cast.school, f"王大{number}", f"+86138000000{number:02d}")
        make_guardianship(student, parent, "father")
        send_away(parent, "兰州")
    with CaptureQueriesContext(connection) as many:
        assert board(cast).with_parent_away == 13
    assert len(many) == len(few)


def test_the_page_and_the_workbook_say_the_same(client, cast):
    talk(cast, "mengyao", "mother", 0)
    client.force_login(cast.users["principal"])
    page = client.get(reverse("dashboards:school"))
    assert page.status_code == 200
    shown = page.context["board"]
    book = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))
    rows = list(book["按班级"].iter_rows(min_row=2, max_col=5, values_only=True))
    assert rows == [
        (row.name, row.with_parent_away, row.connected, row.missing, row.unreachable)
        for row in shown.classes
    ]


def test_a_class_named_like_a_formula_stays_a_name(client, cast):
    SchoolClass.objects.filter(pk=cast.school_class.pk).update(name="=1+1")
    client.force_login(cast.users["principal"])
    book = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))
    kinds = {cell.value: cell.data_type for cell in book["按班级"]["A"]}
    assert kinds["=1+1"] == "s"


def test_a_class_named_from_a_paste_stops_no_workbook(client, cast):
    SchoolClass.objects.filter(pk=cast.school_class.pk).update(name="三年级\x0b2班")
    client.force_login(cast.users["principal"])
    book = load_workbook(io.BytesIO(client.get(reverse("dashboards:figures")).content))
    assert "三年级 2班" in [cell.value for cell in book["按班级"]["A"]]


@pytest.mark.parametrize("who", ["teacher", "village", "county", "ended", "superuser"])
def test_the_dashboard_is_closed_to(client, cast, who):
    client.force_login(cast.users[who])
    assert client.get(reverse("dashboards:school")).status_code == 404
    assert client.get(reverse("dashboards:figures")).status_code == 404


def test_the_weeks_go_out_as_a_picture(client, cast):
    talk(cast, "mengyao", "mother", 0)
    client.force_login(cast.users["principal"])
    answer = client.get(reverse("dashboards:trend_picture"), {"class": cast.school_class.pk})
    assert answer["Content-Type"] == "image/png"
    assert ".png" in answer["Content-Disposition"]
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.format, picture.width) == ("PNG", 1600)
        drawn = {color for _count, color in picture.convert("RGB").getcolors(1 << 20)}
    assert (0x0F, 0x6B, 0x64) in drawn  # the line itself


def test_without_the_libraries_the_page_says_so(client, cast, monkeypatch):
    monkeypatch.setattr("dashboards.views.why_no_pdf", lambda: "Pango is not installed.")
    client.force_login(cast.users["principal"])
    answer = client.get(reverse("dashboards:trend_picture"), follow=True)
    assert "Pango is not installed." in answer.content.decode()

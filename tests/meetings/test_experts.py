"""Experts: nobody speaks at the school whose record was not looked up within the year before."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from core import clock
from meetings import actions as meeting_actions
from meetings.experts import actions
from meetings.models import Expert, Meeting
from schools.models import School
from schools.policies import today_in
from schools.record_checks import counts, is_check_due
from tests.factories.meetings import expert, make, of, token_of
from tests.meetings.test_pages import client_of, form

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def _sends(cast):
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)


@pytest.mark.parametrize(
    ("days_ago", "may", "is_due"),
    [(None, False, True), (0, True, False), (334, True, False), (336, True, True), (365, True, True),
     (366, False, True), (-1, False, False)],
)  # fmt: skip
def test_a_look_up_counts_for_a_year(days_ago, may, is_due):
    checked_on = None if days_ago is None else DAY - timedelta(days=days_ago)
    assert counts(checked_on, DAY) == may
    assert is_check_due(checked_on, DAY) == is_due


def said(cast, **more):
    on = today_in(cast.school, clock.now()).isoformat()
    given = {"name": "周慧", "field": "儿童心理", "place": "县医院", "reach": "0935-5550000"}
    return given | {"checked_on": on} | more


def add(cast, who: str = "admin", **more):
    return client_of(cast, who).post(reverse("meetings:expert_add"), said(cast, **more))


class TestList:
    def test_written_down_twice_it_is_one_and_the_words_are_corrected(self, cast):
        assert add(cast, checked_on="").status_code == 302
        assert "还没有查询" in client_of(cast, "teacher").get("/meetings/experts/").content.decode()
        assert add(cast, field="儿童心理和睡眠").status_code == 302
        row = Expert.objects.get()
        assert (row.field, row.checked_by) == ("儿童心理和睡眠", cast.users["admin"])

    @pytest.mark.parametrize(
        "wrong", [{"name": ""}, {"reach": ""}, {"field": "长" * 81}, {"checked_on": "2099-01-01"}]
    )
    def test_what_cannot_be_is_said_at_its_field(self, cast, wrong):
        answer = add(cast, **wrong)
        assert answer.status_code == 422
        assert "field-error" in answer.content.decode()
        assert not Expert.objects.exists()

    def test_the_latest_look_up_counts_however_it_is_written_down(self, cast):
        row = expert(cast, days_ago=400)
        url = reverse("meetings:expert_check", args=[row.pk])
        on = today_in(cast.school, clock.now())
        for day in (on, on - timedelta(days=500)):
            client_of(cast, "principal").post(url, {"checked_on": day.isoformat()})
        row.refresh_from_db()
        assert row.checked_on == on
        older = {"checked_on": (on - timedelta(days=1)).isoformat()}
        told = client_of(cast, "principal").post(url, older, follow=True).content.decode()
        assert "比您填的晚" in told
        answer = client_of(cast, "principal").post(url, {"checked_on": "2099-01-01"}, follow=True)
        assert "field-error" in answer.content.decode() or answer.status_code == 200
        row.refresh_from_db()
        assert row.checked_on == on

    def test_off_the_list_nobody_chooses_them_and_the_meeting_still_names_them(self, cast):
        row = expert(cast)
        meeting = make(cast, expert=row)
        actions.end(expert=row, at=clock.now())
        client = client_of(cast, "teacher")
        assert "周慧" not in client.get("/meetings/experts/").content.decode()
        assert "周慧" not in client.get("/meetings/new/").content.decode()
        assert "周慧" in client.get(reverse("meetings:meeting", args=[meeting.pk])).content.decode()

    def test_of_another_school_there_is_nobody(self, cast):
        row = expert(cast)
        Expert.objects.filter(pk=row.pk).update(school=cast.other_school)
        url = reverse("meetings:expert_end", args=[row.pk])
        assert client_of(cast, "principal").post(url).status_code == 404


class TestInviting:
    def test_a_talk_with_somebody_who_was_looked_up(self, cast, client):
        row = expert(cast)
        given = form(cast, kind="talk", expert=row.pk)
        assert client_of(cast, "teacher").post("/meetings/new/", given).status_code == 302
        meeting = Meeting.objects.get()
        assert meeting.expert == row
        family = reverse("family_meetings:link", args=[token_of(of(cast, meeting))])
        assert "县医院" in client.get(family).content.decode()

    @pytest.mark.parametrize("days_ago", [None, 360, 400])
    def test_not_with_somebody_whose_record_will_not_count(self, cast, days_ago):
        row = expert(cast, days_ago=days_ago)
        given = form(cast, days=7, kind="talk", expert=row.pk)
        answer = client_of(cast, "teacher").post("/meetings/new/", given)
        assert answer.status_code == 422
        assert "周慧的记录" in answer.content.decode()
        assert not Meeting.objects.exists()

    def test_nobody_of_another_list(self, cast):
        row = expert(cast)
        Expert.objects.filter(pk=row.pk).update(school=cast.other_school)
        given = form(cast, kind="talk", expert=row.pk)
        assert client_of(cast, "teacher").post("/meetings/new/", given).status_code == 422

    def test_not_moved_to_a_day_on_which_it_counts_no_more(self, cast):
        row = expert(cast, days_ago=350)
        meeting = make(cast, expert=row)
        on = today_in(cast.school, clock.now())
        url = reverse("meetings:move", args=[meeting.pk])
        moved = {"starts": "14:00", "ends": "15:00", "place": "操场"}
        far = (on + timedelta(days=30)).isoformat()
        assert client_of(cast, "teacher").post(url, moved | {"day": far}).status_code == 422
        near = (on + timedelta(days=10)).isoformat()
        assert client_of(cast, "teacher").post(url, moved | {"day": near}).status_code == 302

    def test_the_page_warns_where_it_counts_no_more(self, cast):
        row = expert(cast)
        meeting = make(cast, expert=row)
        url = reverse("meetings:meeting", args=[meeting.pk])
        words = "这一天之前的一年里"
        assert words not in client_of(cast, "teacher").get(url).content.decode()
        Expert.objects.update(checked_on=today_in(cast.school, clock.now()) - timedelta(days=400))
        assert words in client_of(cast, "teacher").get(url).content.decode()
        at, by = clock.now(), cast.users["teacher"]
        meeting_actions.call_off(meeting=meeting, reason="x", by=by, at=at)
        assert words not in client_of(cast, "teacher").get(url).content.decode()

"""The lessons of classes: planned, seen by the class teacher, held or not, and what comes up in them."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.weeks import monday_of
from learning import actions as lessons
from learning.curriculum import actions, work
from learning.models import NotHeld, PlannedLesson
from schools.policies import today_in
from tests.factories.learning import class_lesson, planned, term
from tests.learning.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(cast) -> PlannedLesson:
    term(cast)
    return planned(cast)


def monday(cast):
    return monday_of(today_in(cast.school, clock.now()))


def page(cast, who: str, name: str, *args, **query):
    return client_of(cast, who).get(reverse(f"learning:{name}", args=args), query)


def post(cast, who: str, name: str, *args, **said):
    return client_of(cast, who).post(reverse(f"learning:{name}", args=args), said)


def take_back(cast, lesson):
    lessons.take_back(
        lesson=lesson,
        school=cast.school,
        reason="电话不对",
        by=cast.users["counsellor"],
        at=clock.now(),
    )


class TestPlanning:
    def test_a_lesson_for_a_class_and_for_another_in_the_same_week(self, cast):
        term(cast)
        lesson, week = class_lesson(cast), monday(cast).isoformat()
        others = [cast.next_class.pk]
        said = {"lesson": lesson.pk, "others": others}
        answer = post(cast, "counsellor", "plan_week", cast.school_class.pk, week, **said)
        assert answer.status_code == 302
        rows = PlannedLesson.objects.values_list("school_class_id", "lesson_id", "week_on")
        assert set(rows) == {
            (cast.school_class.pk, lesson.pk, monday(cast)),
            (cast.next_class.pk, lesson.pk, monday(cast)),
        }

    def test_nothing_that_nobody_has_read(self, cast):
        term(cast)
        lesson, week = class_lesson(cast, is_out=False), monday(cast).isoformat()
        args = cast.school_class.pk, week
        assert post(cast, "counsellor", "plan_week", *args, lesson=lesson.pk).status_code == 422
        assert "要先有人审读过" in page(cast, "counsellor", "plan_week", *args).content.decode()
        actions.plan(
            school=cast.school,
            classes=[cast.school_class],
            week_on=monday(cast),
            lesson=lesson,
            by=cast.users["counsellor"],
            at=clock.now(),
        )
        assert not PlannedLesson.objects.exists()

    @pytest.mark.parametrize("week", ["2020-01-06", "2026-13-01", "x"])
    def test_no_week_outside_the_term(self, cast, week):
        term(cast)
        assert page(cast, "counsellor", "plan_week", cast.school_class.pk, week).status_code == 404

    def test_no_day_but_monday(self, cast, row):
        with pytest.raises(IntegrityError), transaction.atomic():
            PlannedLesson.objects.filter(pk=row.pk).update(week_on=row.week_on + timedelta(days=1))

    def test_another_lesson_takes_its_place_until_it_was_held(self, cast, row):
        actions.record_held(planned=row, on=row.week_on, by=cast.users["teacher"], at=clock.now())
        said = {
            "school": cast.school,
            "classes": [cast.school_class],
            "week_on": row.week_on,
            "lesson": row.lesson,
            "by": cast.users["principal"],
            "at": clock.now(),
        }
        assert actions.plan(**said) == 0
        assert not actions.take_off(planned=row)
        actions.reopen(planned=row)
        assert actions.plan(**said) == 1
        assert PlannedLesson.objects.get().planned_by == cast.users["principal"]

    def test_taken_off(self, cast, row):
        assert post(cast, "teacher", "take_off", row.pk).status_code == 404
        assert post(cast, "counsellor", "take_off", row.pk).status_code == 302
        assert not PlannedLesson.objects.exists()


class TestTheTerm:
    def test_a_teacher_sees_the_own_class_others_every_class(self, cast, row):
        for who, sees_next in (("teacher", False), ("counsellor", True), ("admin", True)):
            html = page(cast, who, "curriculum").content.decode()
            assert "心情" in html
            assert (cast.next_class.name in html) == sees_next, who
        assert "心情" not in page(cast, "next_teacher", "curriculum").content.decode()

    def test_only_who_plans_is_offered_a_free_week(self, cast, row):
        free = f"/learning/classes/{cast.school_class.pk}/"
        assert free in page(cast, "counsellor", "curriculum").content.decode()
        for who in ("teacher", "admin"):
            assert free not in page(cast, who, "curriculum").content.decode()

    def test_without_a_term_it_says_so(self, cast):
        assert "还没有学期" in page(cast, "counsellor", "curriculum").content.decode()

    def test_as_many_queries_for_ten_as_for_one(self, cast, row):
        client, url = client_of(cast, "counsellor"), reverse("learning:curriculum")
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)
        for week in range(1, 7):
            planned(cast, monday(cast) + timedelta(weeks=week))
        with CaptureQueriesContext(connection) as many:
            client.get(url)
        assert len(many) == len(one)


class TestHeldOrNot:
    def test_held_on_a_day(self, cast, row):
        on = today_in(cast.school, clock.now())
        assert post(cast, "teacher", "held", row.pk, held_on=on.isoformat()).status_code == 302
        row.refresh_from_db()
        assert (row.held_on, row.recorded_by) == (on, cast.users["teacher"])

    def test_not_on_a_day_to_come_or_before_its_week(self, cast, row):
        on = today_in(cast.school, clock.now())
        for day in (on + timedelta(days=1), row.week_on - timedelta(days=1)):
            answer = post(cast, "teacher", "held", row.pk, held_on=day.isoformat())
            assert answer.status_code == 422
        row.refresh_from_db()
        assert not row.is_recorded

    def test_not_held_has_a_reason_and_is_taken_back(self, cast, row):
        assert post(cast, "teacher", "not_held", row.pk, reason="mood").status_code == 422
        post(cast, "teacher", "not_held", row.pk, reason=NotHeld.TEACHER)
        assert "老师不在" in page(cast, "teacher", "planned", row.pk).content.decode()
        assert work_of(cast) == []
        post(cast, "teacher", "reopen", row.pk)
        assert len(work_of(cast)) == 1

    def test_the_first_word_stays(self, cast, row):
        by, at = cast.users["teacher"], clock.now()
        assert actions.record_not_held(planned=row, reason=NotHeld.HOUR, by=by, at=at)
        assert not actions.record_held(planned=row, on=row.week_on, by=by, at=at)

    def test_only_of_the_own_class(self, cast, row):
        day = row.week_on.isoformat()
        for who in ("next_teacher", "admin", "far_teacher"):
            assert post(cast, who, "held", row.pk, held_on=day).status_code == 404


def work_of(cast, who: str = "teacher", at: datetime | None = None):
    return work.work_for(cast.users[who], at or timezone.localtime(clock.now()))


class TestToday:
    def test_the_class_teacher_sees_this_weeks_lesson(self, cast, row):
        (item,) = work_of(cast)
        assert item.why == "本周心理健康课：《给心情起个名字》"
        assert item.student_name == cast.school_class.name
        for who in ("next_teacher", "counsellor", "principal", "admin"):
            assert work_of(cast, who) == []

    def test_a_week_later_it_asks_whether_it_was_held_and_then_no_more(self, cast, row):
        at = clock.now()
        (item,) = work_of(cast, at=at + timedelta(weeks=1))
        assert "上了没有？" in item.why
        assert work_of(cast, at=at + timedelta(weeks=3)) == []
        assert work_of(cast, at=at - timedelta(weeks=1)) == []

    def test_nothing_of_a_lesson_that_was_taken_back(self, cast, row):
        take_back(cast, row.lesson)
        assert work_of(cast) == []
        html = page(cast, "teacher", "planned", row.pk).content.decode()
        assert "请不要上" in html
        assert f"/learning/{row.lesson_id}/sheet/" not in html


class TestCameUp:
    @pytest.mark.parametrize("what", ["note", "concern", "report"])
    def test_the_form_of_the_child_opens_and_nothing_is_kept_here(self, cast, row, what):
        child = cast.students["mengyao"].pk
        answer = page(cast, "teacher", "came_up", row.pk, child=child, what=what)
        assert answer.status_code == 302
        assert str(child) in answer["Location"]
        opened = client_of(cast, "teacher").get(answer["Location"])
        assert opened.status_code == 200
        assert "梦瑶" in opened.content.decode()
        row.refresh_from_db()
        assert not row.is_recorded

    def test_only_for_a_child_of_the_class(self, cast, row):
        for child in (cast.students["haitao"].pk, "x", ""):
            answer = page(cast, "teacher", "came_up", row.pk, child=child, what="note")
            assert answer.status_code == 422
            assert (
                "请先选孩子" in answer.content.decode() or "field-error" in answer.content.decode()
            )

    def test_nothing_in_the_plan_names_a_child(self):
        related = {
            field.related_model._meta.label
            for field in PlannedLesson._meta.get_fields()
            if field.related_model
        }
        assert related == {
            "schools.School",
            "schools.SchoolClass",
            "learning.Lesson",
            "accounts.User",
            "learning.PlannedLessonEvent",
        }

"""A term's lessons planned, one delivered, and what came up in it becomes a concern."""

from datetime import timedelta

import pytest

from core import clock
from core.weeks import monday_of
from learning import actions
from learning.curriculum import actions as curriculum
from learning.models import Lesson, PlannedLesson
from safeguarding.models import Concern
from schools.policies import today_in
from tests.factories.cast import Cast
from tests.factories.learning import term, training
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, scroll_width, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(cast) -> Cast:
    actions.load_shipped(at=clock.now())
    term(cast)
    return cast


def test_planned_delivered_and_a_concern(cast, open_browser, live_server):
    lesson = Lesson.objects.get(pack="classroom", key="asking-for-help")
    title = lesson.text("zh-hans")["title"]
    desk = open_browser(DESK)
    sign_in(desk, "counsellor")
    desk.goto("/learning/?for=class")
    assert "还没有人审读" in desk.inner_text("main")
    look(desk, "class-lessons")
    desk.locator("main details details", has_text=title).locator("> summary").click()
    desk.click(f"text={title}")
    look(desk, "class-lesson-not-reviewed")
    desk.check("[name=has_read]")
    desk.click("text=我看过了，可以发")

    desk.goto("/learning/classes/")
    week = monday_of(today_in(cast.school, clock.now())).isoformat()
    desk.click(f"a[href='/learning/classes/{cast.school_class.pk}/{week}/']")
    look(desk, "class-week")
    desk.check(f"[name=lesson][value='{lesson.pk}']")
    desk.click("text=排上")
    assert "求助" in desk.locator(".l-term").last.inner_text()
    look(desk, "class-term")

    phone = open_browser(PHONE, script=False)
    sign_in(phone, "teacher")
    phone.goto("/")
    assert title in phone.inner_text("main")
    look(phone, "class-today")
    phone.click("text=看教案")
    look(phone, "class-planned")
    phone.click("button:has-text('上了')")
    assert PlannedLesson.objects.get().held_on == today_in(cast.school, clock.now())
    look(phone, "class-held")
    phone.select_option("#id_child", label="徐梦瑶")
    phone.click("button[value=concern]")
    assert f"/concerns/new/{cast.students['mengyao'].pk}" in phone.url
    look(phone, "class-concern")
    phone.locator("textarea").first.fill("课后说晚上家里就她一个人。")
    phone.locator("form[method=post] button.btn-primary").first.click()
    assert Concern.objects.filter(student=cast.students["mengyao"]).exists()

    desk.reload()
    assert "上了" in desk.locator(".l-term").last.inner_text()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out(cast, open_browser, viewport, language):
    at, week = clock.now(), monday_of(today_in(cast.school, clock.now()))
    lessons = list(Lesson.objects.filter(pack="classroom", place__isnull=False).order_by("place"))
    for number, lesson in enumerate(lessons[:6]):
        by = cast.users["counsellor"]
        actions.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        curriculum.plan(
            school=cast.school,
            classes=[cast.school_class, cast.next_class] if number % 2 else [cast.school_class],
            week_on=week + timedelta(weeks=number - 3),
            lesson=lesson,
            by=by,
            at=at,
        )
    rows = list(PlannedLesson.objects.filter(school_class=cast.school_class).order_by("week_on"))
    curriculum.record_held(planned=rows[0], on=rows[0].week_on, by=cast.users["teacher"], at=at)
    training(cast)
    page = open_browser(viewport, language=language)
    sign_in(page, "counsellor")
    free = week + timedelta(weeks=5)
    paths = {
        "list": "/learning/?for=class",
        "lesson": f"/learning/{lessons[-1].pk}/",
        "term": "/learning/classes/",
        "week": f"/learning/classes/{cast.school_class.pk}/{free}/",
        "planned": f"/learning/classes/planned/{rows[3].pk}/",
        "held": f"/learning/classes/planned/{rows[0].pk}/",
        "trainings": "/learning/trainings/",
    }
    for name, path in paths.items():
        page.goto(path)
        assert scroll_width(page) <= viewport["width"], path
        assert axe_violations(page) == [], path
        look(page, f"class-{name}-{viewport['width']}-{language}")

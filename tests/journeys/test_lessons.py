"""A lesson read by the counsellor, sent by the teacher, heard by a grandmother and by a mother on nights."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from core import clock
from delivery.models import DemoPhoneMessage, OutboxMessage
from guardians.models import Adult
from learning import actions
from learning.models import Lesson, LessonSent
from learning.voice.actions import keep_speech
from schools.models import School
from tests.factories.cast import Cast, make_adult, make_guardianship, make_student
from tests.factories.learning import sent, token_of
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    look,
    scroll_width,
    sign_in,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def cast(cast) -> Cast:
    """The mother is on night shifts; a third family makes figures that name nobody."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(shift="night")
    aunt = make_adult(cast.school, "何兰", "+8613893520001")
    make_guardianship(make_student(cast.school_class, "何静"), aunt, "mother")
    actions.load_shipped(at=clock.now())
    return cast


def next_tuesday(on: date) -> date:
    return on + timedelta(days=(1 - on.weekday()) % 7 or 7)


def text_to(name: str) -> str:
    row = wait_until(lambda: DemoPhoneMessage.objects.filter(adult__name=name).first(), 120)
    assert "夸" not in row.text
    return re.search(r"(/f/learn/l/\S+/)", row.text).group(1)


def test_read_sent_heard_and_of_use(cast, open_browser, clock_at, live_server, workers):
    tuesday = next_tuesday(datetime.now(CHINA).date())
    clock_at(datetime.combine(tuesday, time(12), CHINA))
    lesson = Lesson.objects.get(key="praise")

    desk = open_browser(DESK)
    sign_in(desk, "counsellor")
    desk.goto("/")
    desk.click("nav >> text=学一学")
    look(desk, "lessons")
    desk.click(f"text={lesson.text('zh-hans')['title']}")
    look(desk, "lesson-not-reviewed")
    desk.check("[name=has_read]")
    desk.click("text=我看过了，可以发")
    assert "陈敏审读过" in desk.inner_text("main")
    assert keep_speech(at=clock.now())

    teacher = open_browser(DESK)
    sign_in(teacher, "teacher")
    teacher.goto(f"/learning/{lesson.pk}/")
    teacher.click("main >> text=发给家里")
    look(teacher, "lesson-send")
    teacher.click("form button.btn-primary")
    due = dict(OutboxMessage.objects.values_list("adult__name", "due_at"))
    at_home = {name: moment.astimezone(CHINA) for name, moment in due.items()}
    assert at_home["王芳"] == datetime.combine(tuesday, time(17), CHINA)
    assert at_home["李秀兰"] == datetime.combine(tuesday, time(18, 30), CHINA)

    clock_at(datetime.combine(tuesday, time(17, 5), CHINA))
    path = text_to("王芳")
    assert not DemoPhoneMessage.objects.filter(adult__name="李秀兰").exists()
    mother = open_browser(PHONE, script=False)
    mother.goto(path)
    assert mother.locator("noscript a, a:has-text('听这一页')").count()
    mother.click("button[value=yes]")
    assert "您说有用" in mother.inner_text("main")
    mother.click("summary")
    assert "小明" in mother.inner_text("details")

    clock_at(datetime.combine(tuesday, time(18, 40), CHINA))
    grandmother = open_browser(PHONE)
    grandmother.goto(text_to("李秀兰"))
    assert grandmother.locator("body.elder").count()
    wait_until(lambda: grandmother.locator(".hear .say").count())
    # This browser has no voice: it hears what was said when the lesson was let out.
    with grandmother.expect_response("**/f/aloud/voice/**") as heard:
        grandmother.click(".hear .say")
    assert heard.value.status in (200, 206)
    wait_until(lambda: grandmother.locator(".hear .say.on").count())
    look(grandmother, "lesson-elder")
    grandmother.click("button[value=yes]")
    assert "您说有用" in grandmother.inner_text("main")
    assert not grandmother.problems

    teacher.goto(f"/learning/{lesson.pk}/")
    figures = teacher.inner_text(".l-counts").split()
    assert figures == ["收到", "3", "打开过", "2", "有用", "2", "没用", "0"]
    assert "李秀兰" not in teacher.inner_text("main")
    look(teacher, "lesson-teacher")

    desk.goto(f"/learning/{lesson.pk}/")
    desk.click("summary >> text=收回")
    desk.fill("[name=reason]", "电话号码变了")
    desk.click(".l-side .btn-now")
    mother.goto(path)
    assert "学校收回了这一课" in mother.inner_text("main")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out(cast, open_browser, viewport, language):
    row = sent(cast)
    lesson = Lesson.objects.get(pack="jiaqiao", key="praise")
    actions.let_out(lesson=lesson, school=cast.school, by=cast.users["counsellor"], at=clock.now())
    LessonSent.objects.filter(pk=row.pk).update(lesson=lesson)
    row.refresh_from_db()
    page = open_browser(viewport, language=language)
    sign_in(page, "counsellor")
    other = Lesson.objects.filter(place__isnull=False).exclude(pk=lesson.pk).last()
    paths = {
        "list": "/learning/",
        "one": f"/learning/{lesson.pk}/",
        "unread": f"/learning/{other.pk}/",
        "send": f"/learning/{lesson.pk}/send/",
        "plan": "/learning/plan/",
        "family": f"/f/learn/l/{token_of(row)}/",
    }
    for name, path in paths.items():
        page.goto(path)
        assert scroll_width(page) <= viewport["width"], path
        assert axe_violations(page) == [], path
        look(page, f"lessons-{name}-{viewport['width']}-{language}")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_found_at_home_chosen_and_gone(cast, open_browser, live_server, language):
    at = clock.now()
    lessons = list(Lesson.objects.filter(pack="jiaqiao").order_by("place")[:3])
    for lesson in lessons:
        actions.let_out(lesson=lesson, school=cast.school, by=cast.users["counsellor"], at=at)
    mother = cast.adults["mother"]
    Adult.objects.filter(pk=mother.pk).update(language=language)
    LessonSent.objects.create(school=cast.school, lesson=lessons[0], adult=mother, sent_at=at)
    page = open_browser(PHONE, language=language)
    client = Client()
    client.force_login(cast.users["mother"], "django.contrib.auth.backends.ModelBackend")
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([session | {"url": live_server.url}])
    page.goto("/f/")
    page.locator("a[href='/f/learn/']").click()
    look(page, f"learn-list-{language}")
    page.get_by_text(lessons[0].text(language)["title"]).click()
    look(page, f"learn-lesson-{language}")
    page.click("button[value=no]")
    look(page, f"learn-answered-{language}")
    actions.take_back(
        lesson=lessons[0], school=cast.school, reason="x", by=cast.users["counsellor"], at=at
    )
    page.reload()
    look(page, f"learn-gone-{language}")

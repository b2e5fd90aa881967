"""A round from the counsellor's desk to the tablet, and an answer that needs an adult on its way to one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import clock
from counselling.models import Concern
from messaging.models import OutboxMessage
from surveys.models import Seat
from tests.factories.cast import PASSWORD, make_cast
from tests.factories.surveys import keep_scale, say_yes
from tests.journeys.conftest import DESK, axe_violations, sign_in, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
PHONE = {"width": 390, "height": 844}
TABLET = {"width": 800, "height": 1180}


@pytest.fixture
def cast():
    cast = make_cast()
    say_yes(cast)
    keep_scale(cast)
    return cast


def test_an_urgent_answer_reaches_its_adult_while_the_form_is_half_done(
    cast, open_browser, workers
):
    counsellor = open_browser(DESK)
    sign_in(counsellor, "counsellor", PASSWORD)
    open_a_round(counsellor)

    teacher = open_browser(DESK)
    sign_in(teacher, "teacher", PASSWORD)
    teacher.goto("/surveys/")
    teacher.get_by_role("link", name="发给三年级2班").click()
    teacher.get_by_label("陈敏").check()
    teacher.get_by_role("button", name="开始这节课").click()
    code = teacher.locator("td.code").first.inner_text()
    assert axe_violations(teacher) == []

    # An old browser in an app: no script at all.
    tablet = open_browser(TABLET, script=False)
    tablet.goto("/p/seat/")
    tablet.fill("[name=code]", code.replace(" ", ""))
    tablet.get_by_role("button", name="开始").click()
    tablet.get_by_role("button", name="答1").click()  # the first question
    tablet.get_by_role("button", name="跳过这题").click()
    tablet.get_by_role("button", name="答2").click()  # the urgent one
    tablet.get_by_text("陈敏今天在学校，会来找你").wait_for()
    assert Seat.objects.get().finished_at is None

    wait_until(lambda: Concern.objects.filter(source="survey").exists(), 60)
    assert OutboxMessage.objects.filter(kind="concern", user=cast.users["counsellor"]).exists()
    counsellor.goto("/")
    row = counsellor.locator(".work", has_text="徐梦瑶")
    assert "现在就该有大人陪着" in row.inner_text()
    assert "答2" not in row.inner_text()

    tablet.get_by_role("button", name="接着答").click()
    tablet.get_by_text("谢谢你，答完了").wait_for()
    counsellor.goto("/surveys/")
    counsellor.get_by_role("link", name="三个问题").click()
    counsellor.get_by_role("link", name="徐梦瑶").click()
    counsellor.get_by_role("button", name="告诉班主任").click()
    assert axe_violations(counsellor) == []
    teacher.goto("/surveys/")
    teacher.get_by_text("找十分钟").wait_for()
    for page in (counsellor, teacher):
        assert page.problems == []


def test_own_questions_are_written_on_a_phone_and_looked_at_as_a_child_sees_them(
    cast, open_browser
):
    phone = open_browser(PHONE, script=False)
    sign_in(phone, "counsellor", PASSWORD)
    phone.goto("/surveys/own/")
    phone.fill("[name=title]", "午休")
    phone.get_by_role("button", name="开始编写").click()
    phone.get_by_role("link", name="加一道题").click()
    phone.fill("[name=text]", "中午休息得好吗？")
    phone.get_by_role("button", name="保存这道题").click()
    phone.get_by_role("link", name="看看孩子看到的样子").click()
    phone.get_by_role("heading", name="中午休息得好吗？").wait_for()
    phone.locator(".answers button").first.click()  # the last question leads back
    phone.get_by_role("button", name="发布这一版").click()
    phone.get_by_text("第 1 版已经按这里的内容发布").wait_for()
    phone.goto("/surveys/new/")
    assert phone.get_by_label("午休").is_visible()
    assert phone.problems == []


def open_a_round(page) -> None:
    page.goto("/surveys/new/")
    page.get_by_label("三个问题").check()
    page.get_by_label("三年级2班").check()
    page.fill("[name=due_on]", (timezone.localdate(clock.now()) + timedelta(days=7)).isoformat())
    page.fill("[name=talks_per_week]", "2")
    page.get_by_role("button", name="开始").click()
    page.get_by_role("heading", name="三个问题").wait_for()

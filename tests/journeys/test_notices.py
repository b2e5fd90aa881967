"""A notice signed and chased: written at a desk, signed on a phone without script, the rest asked again."""

import re
from datetime import timedelta

import pytest

from core import clock
from delivery.models import DemoPhoneMessage, OutboxMessage
from notices.models import Notice, NoticeAnswer, Notified
from schools.models import School
from schools.policies import today_in
from tests.factories.cast import (
    Cast,
    make_adult,
    make_guardianship,
    make_student,
)
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


@pytest.fixture
def cast(cast) -> Cast:
    """徐梦瑶 and her brother; a classmate whose mother answers nothing, and one without any number."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    for name, mother, phone in (("何静", "何兰", "+8613893520001"), ("高强强", "高梅", "")):
        adult = make_adult(cast.school, mother, phone, quiet_from="00:00", quiet_until="00:00")
        make_guardianship(make_student(cast.school_class, name), adult, "mother")
    for adult in cast.adults.values():
        adult.quiet_from = adult.quiet_until = "00:00"  # no quiet hours: the clock is the day's own
        adult.save()
    return cast


def text_to(adult) -> DemoPhoneMessage:
    return wait_until(lambda: DemoPhoneMessage.objects.filter(adult=adult).first(), 120)


def test_a_notice_signed_and_chased(cast, open_browser, live_server, workers):
    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    desk.goto("/notices/")
    desk.click("text=写通知")
    desk.check("[name=kind][value=sign]", force=True)
    desk.fill("[name=title]", "春游同意书")
    desk.fill("[name=words]", "周三去马牙雪山脚下。\n请您签字。")
    desk.fill("[name=due_on]", str(today_in(cast.school, clock.now()) + timedelta(days=1)))
    assert axe_violations(desk) == []
    desk.click("text=先看一看")
    assert "2 个家庭会收到" in desk.inner_text("main")
    assert "高强强" in desk.inner_text(".n-left")
    assert axe_violations(desk) == []
    desk.click(".n-go .btn-primary")
    assert "收回" in desk.inner_text(".n-soon")
    desk.click(".n-soon button")
    desk.click(".n-go .btn-primary")
    desk.wait_for_selector(".n-soon")
    Notice.objects.update(starts_at=clock.now())  # the minute is over

    told = text_to(cast.adults["mother"])
    assert "春游" not in told.text
    path = re.search(r"(/f/notices/l/\S+/)", told.text).group(1)
    phone = open_browser(PHONE, script=False)
    phone.goto(path)
    assert "周三去马牙雪山" in phone.inner_text("article")
    assert not Notified.objects.filter(seen_at__isnull=False).exists()
    phone.click("button.btn")
    assert "王芳" in phone.inner_text(".noted")
    phone.goto(path)
    assert "谢谢您" in phone.inner_text(".noted")
    assert NoticeAnswer.objects.count() == 2

    desk.reload()
    assert "3 家中 1 家已签字" in desk.inner_text(".n-sum")
    # The third family has no number: it is not reminded, and the button does not count it.
    assert desk.inner_text(".n-sum .btn-primary").startswith("提醒 1 家，")
    desk.click(".n-sum .btn-primary")
    first, second = OutboxMessage.objects.filter(adult__name="何兰").order_by("pk")
    assert first.state in {"accepted", "delivered"}  # the phone says so within a second or two
    assert second.due_at > clock.now()
    # The evening has come before she signs on paper: nothing more goes to her.
    assert axe_violations(desk) == []
    row = desk.locator(".name", has_text="何静")
    row.locator("summary").click()
    look(desk, "notice-board")
    row.get_by_role("link", name="家长说了").click()
    desk.check("[name=adult]", force=True)
    desk.click("form.notice-form .btn-primary")
    assert "2 家已签字" in desk.inner_text(".n-sum")
    second.refresh_from_db()
    assert (second.state, second.cause) == ("suppressed", "answered")

    desk.click(".n-sum a.btn")
    assert "高强强" in desk.inner_text("table")
    assert "何静" not in desk.inner_text("main")
    desk.goto("/")
    assert "春游同意书" in desk.inner_text("main")

    board = Notice.objects.get().pk
    desk.goto(f"/notices/{board}/")
    desk.click(".n-recall summary")
    desk.fill("[name=reason]", "下雨，改到下周。")
    desk.click(".n-recall .btn-now")
    phone.goto(path)
    assert "学校撤回了这条通知" in phone.inner_text("main")
    assert "下雨" in phone.inner_text("main")
    assert not desk.problems


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out(cast, open_browser, viewport):
    from tests.factories.notices import draft, sent

    waiting, gone = draft(cast), sent(cast, by="principal")
    page = open_browser(viewport)
    sign_in(page, "teacher")
    for path in (
        "/notices/",
        "/notices/new/",
        f"/notices/{waiting.pk}/preview/",
        f"/notices/{gone.pk}/",
        f"/notices/{gone.pk}/print/",
    ):
        page.goto(path)
        width = scroll_width(page)
        assert width <= viewport["width"], path
        assert axe_violations(page) == [], path

"""Rounds from the counsellor's desk to a class of 45, to a parent's phone, and to a grandmother's talk."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from safeguarding.models import Concern
from surveys import links
from surveys.models import Seat
from tests.factories.cast import make_guardianship, make_student
from tests.factories.surveys import (
    ask_at_home,
    begin,
    conditional_form,
    keep_scale,
    open_round,
    say_yes,
)
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, sign_in, wait_until
from uploads import speaking

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
TABLET = {"width": 800, "height": 1180}


WHOLE_FORM_IS_HERE = """async () => Boolean(sessionStorage.getItem('seat-far')
    && await caches.match('/p/seat/', { ignoreVary: true }) && navigator.serviceWorker.controller)"""
OTHERS = 44  # beside the child who needs an adult


@pytest.fixture
def open_browser(open_browser):
    """The whole browser: in its shell the worker of a tablet's page, which answers without a network, never
    takes the page over.
    """
    return partial(open_browser, whole=True)


@pytest.fixture
def cast(cast):
    say_yes(cast)
    keep_scale(cast)
    return cast


def test_a_class_of_45_and_an_urgent_answer_that_reaches_its_adult_while_the_form_is_half_done(
    cast, open_browser, workers
):
    for n in range(OTHERS):
        child = make_student(cast.school_class, f"宋小{n}")
        make_guardianship(child, cast.adults["mother"], "mother")
        say_yes(cast, child)
    counsellor = open_browser(DESK)
    sign_in(counsellor, "counsellor")
    open_a_round(counsellor)

    teacher = open_browser(DESK)
    code = begin_the_lesson(teacher)
    for size, name in ((PHONE, "lesson-phone"), (DESK, "lesson")):
        teacher.set_viewport_size(size)
        look(teacher, name)

    # An old browser in an app: no script at all.
    tablet = open_browser(TABLET, script=False)
    tablet.goto("/p/seat/")
    tablet.fill("[name=code]", code.replace(" ", ""))
    tablet.get_by_role("button", name="开始").click()
    tablet.get_by_role("button", name="答1").click()  # the first question
    tablet.get_by_role("button", name="跳过这题").click()
    tablet.get_by_role("button", name="答2").click()  # the urgent one
    tablet.get_by_text("陈敏今天在学校，会来找你").wait_for()
    assert not tablet.get_by_text("没有网络").is_visible()
    seat = Seat.objects.get(student=cast.students["mengyao"])
    assert seat.finished_at is None

    wait_until(lambda: Concern.objects.filter(source="survey").exists(), 60)
    assert OutboxMessage.objects.filter(kind="concern", user=cast.users["counsellor"]).exists()
    counsellor.goto("/")
    row = counsellor.locator(".work", has_text="徐梦瑶")
    assert "现在就该有大人陪着" in row.inner_text()
    assert "答2" not in row.inner_text()

    tablet.get_by_role("button", name="接着答").click()
    tablet.get_by_text("谢谢你，答完了").wait_for()
    the_others_answer(seat, [open_browser(TABLET) for _child in range(2)])
    teacher.reload()
    assert teacher.locator(".seats .done").count() == OTHERS + 1
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
    sign_in(phone, "counsellor")
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


# As a tablet that slept: the page's own clock stood still, the one on the wall did not.
SLEPT = """() => { const now = Date.now; Date.now = () => now() + 3 * 3600 * 1000;
    document.dispatchEvent(new Event('visibilitychange')); }"""


LESSON_OVER = """() => { const far = JSON.parse(sessionStorage.getItem('seat-far'));
    sessionStorage.setItem('seat-far', JSON.stringify({ ...far, lesson: [0, 0] })); }"""


def test_whoever_wakes_a_tablet_or_opens_a_second_tab_sees_nothing_of_the_child_before(
    cast, open_browser
):
    begin(cast, open_round(cast, str(keep_scale(cast).pk)))
    seat = Seat.objects.get(student=cast.students["mengyao"])
    tablet = open_browser(TABLET)
    for wake in (
        lambda: tablet.evaluate(SLEPT),
        lambda: tablet.context.new_page().goto("/p/seat/"),
        lambda: (tablet.evaluate(LESSON_OVER), tablet.reload()),
    ):
        type_number(tablet, seat)
        wake()
        tablet.get_by_role("heading", name="你的号码是多少").wait_for()
        assert tablet.evaluate("sessionStorage.length") == 0

    # What has been told stays told after a reload without a network.
    type_number(tablet, seat)
    tablet.get_by_role("button", name="跳过这题").click()
    tablet.get_by_role("button", name="跳过这题").click()
    tablet.get_by_role("button", name="答3").click()
    tablet.get_by_text("会来找你").wait_for()
    tablet.context.set_offline(True)
    tablet.reload()
    tablet.get_by_text("会来找你").wait_for()
    assert not tablet.get_by_text("请现在就去找陈敏").is_visible()


def test_a_tablet_that_can_keep_nothing_says_so_and_does_not_leave_with_what_it_holds(
    cast, open_browser
):
    begin(cast, open_round(cast, str(keep_scale(cast).pk)))
    seat = Seat.objects.get(student=cast.students["mengyao"])
    tablet = open_browser(TABLET)
    type_number(tablet, seat)
    tablet.evaluate("() => { indexedDB.open = () => { throw new Error('full'); }; }")
    tablet.context.set_offline(True)
    for question in ("two", "three"):
        tablet.get_by_role("button", name="答1").click()
        tablet.get_by_role("heading", name=f"问题{question}").wait_for()
    tablet.get_by_role("button", name="答0").click()
    tablet.get_by_text("这台平板存不住东西").wait_for()
    assert not tablet.locator("[data-safe]").is_visible()
    tablet.get_by_role("link", name="把平板传给下一位").click()
    assert tablet.locator("#view").inner_text() == ""
    tablet.context.set_offline(False)
    tablet.get_by_role("heading", name="你的号码是多少").wait_for()
    assert answers_of(seat) == ["1", "1", "0"]


def test_a_tablet_made_ready_takes_numbers_without_a_network(cast, open_browser, workers):
    say_yes(cast, cast.students["mengyao"], cast.students["xiaobao"])
    sitting = begin(cast, open_round(cast, str(keep_scale(cast).pk)))
    first, second = Seat.objects.order_by("student_id")
    tablet = open_browser(TABLET)
    tablet.goto("/p/seat/")
    tablet.fill("[name=code]", sitting.tablet_code)
    tablet.get_by_role("button", name="开始").click()
    tablet.get_by_role("heading", name="这台平板可以给三年级2班用了").wait_for()
    look(tablet, "tablet-ready")
    tablet.context.set_offline(True)
    tablet.get_by_role("link", name="去输入号码").click()
    tablet.get_by_text("这台平板已经准备好").wait_for()
    look(tablet, "tablet-enter")
    tablet.fill("[name=code]", f"{(int(first.code) + 1) % 10**6:06d}")
    tablet.get_by_role("button", name="开始").click()
    tablet.get_by_text("这个号码在这台平板上用不了").wait_for()

    give_number(tablet, first)
    tablet.get_by_text(first.student.given_name).wait_for()
    for answer in ("答1", "答0", "答0"):
        tablet.get_by_role("button", name=answer).click()
    tablet.get_by_text("谢谢你，答完了").wait_for()
    tablet.get_by_role("link", name="把平板传给下一位").click()
    give_number(tablet, first)
    tablet.get_by_text("已经在这台平板上答完了").wait_for()
    look(tablet, "tablet-enter-waits")
    give_number(tablet, second)
    tablet.get_by_text(second.student.given_name).wait_for()
    tablet.get_by_role("button", name="答2").click()
    tablet.get_by_role("button", name="答0").click()
    tablet.get_by_role("button", name="答3").click()
    tablet.get_by_text("请现在就去找陈敏").wait_for()
    assert {len(one["said"]) for one in kept_on(tablet)} == {len(kept_on(tablet)[0]["said"])}
    assert not first.answers.exists()

    tablet.context.set_offline(False)
    wait_until(lambda: not kept_on(tablet))
    assert [answers_of(one) for one in (first, second)] == [["1", "0", "0"], ["2", "0", "3"]]
    wait_until(lambda: Concern.objects.filter(student=second.student).exists(), 60)


def give_number(tablet, seat: Seat) -> None:
    tablet.fill("[name=code]", f"{seat.code[:3]} {seat.code[3:]}")
    tablet.get_by_role("button", name="开始").click()


def type_number(tablet, seat: Seat) -> None:
    tablet.goto("/p/seat/")
    tablet.fill("[name=code]", seat.code)
    tablet.get_by_role("button", name="开始").click()
    tablet.get_by_role("heading", name="问题one").wait_for()
    wait_until(lambda: tablet.evaluate(WHOLE_FORM_IS_HERE))


def open_a_round(page) -> None:
    page.goto("/surveys/new/")
    page.get_by_label("三个问题").check()
    page.get_by_label("三年级2班").check()
    page.fill("[name=due_on]", (timezone.localdate(clock.now()) + timedelta(days=7)).isoformat())
    page.fill("[name=talks_per_week]", "3")
    page.get_by_role("button", name="开始").click()
    page.get_by_role("heading", name="三个问题").wait_for()


def begin_the_lesson(teacher) -> str:
    """The class teacher gives out the round, with the counsellor beside; the number of 徐梦瑶."""
    sign_in(teacher, "teacher")
    teacher.goto("/surveys/")
    teacher.get_by_role("link", name="发给三年级2班").click()
    teacher.get_by_label("陈敏").check()
    teacher.get_by_role("button", name="开始这节课").click()
    assert teacher.locator("td.code").count() == OTHERS + 1
    return teacher.locator("tr", has_text="徐梦瑶").locator("td.code").inner_text()


def the_others_answer(seat: Seat, tablets) -> None:
    """Two at tablets whose network goes away half-way; the rest by plain requests."""
    others = list(Seat.objects.filter(round=seat.round).exclude(pk=seat.pk).order_by("pk"))
    for tablet, other in zip(tablets, others, strict=False):
        begin_and_lose_the_network(tablet, other)
    shut = go_on_and_shut_the_tablet(tablets[0])
    an_urgent_answer_sends_to_somebody_at_once(tablets[1])
    assert [one.answers.count() for one in others[:2]] == [1, 1]
    for page in (shut, tablets[1]):
        page.context.set_offline(False)
    shut.goto("/p/seat/")  # the child who has the tablet next
    tablets[1].get_by_text("答案已经发出去了").wait_for()
    wait_until(
        lambda: not Seat.objects.filter(pk__in=[others[0].pk, others[1].pk], finished_at=None)
    )
    assert [answers_of(one) for one in others[:2]] == [["1", "0", "0"], ["1", "0", "3"]]
    wait_until(lambda: Concern.objects.filter(student=others[1].student).exists(), 60)
    assert kept_on(shut) == kept_on(tablets[1]) == []
    for other in others[2:]:
        client = Client()
        client.post("/p/seat/", {"code": other.code})
        for question in ("one", "two", "three"):
            client.post(
                "/p/questions/", {"item": question, "option": "1" if question == "one" else "0"}
            )
    assert not Seat.objects.filter(round=seat.round, finished_at=None).exists()


def begin_and_lose_the_network(tablet, seat: Seat) -> None:
    type_number(tablet, seat)
    tablet.get_by_role("button", name="答1").click()
    tablet.get_by_role("heading", name="问题two").wait_for()
    wait_until(lambda: answers_of(seat) == ["1"])
    tablet.context.set_offline(True)


def go_on_and_shut_the_tablet(tablet):
    """A new page of the same tablet: the one before is shut with two answers that nobody can read."""
    tablet.get_by_role("button", name="答0").click()
    tablet.get_by_role("heading", name="问题three").wait_for()
    tablet.reload()
    tablet.get_by_role("heading", name="问题three").wait_for()
    tablet.get_by_role("link", name="返回").click()
    assert tablet.locator(".ans.chosen").inner_text() == "答0"
    tablet.get_by_role("button", name="答0").click()
    tablet.get_by_role("button", name="答0").click()
    tablet.get_by_text("谢谢你，答完了").wait_for()
    tablet.get_by_text("已存在这台平板上").wait_for()
    assert axe_violations(tablet) == []
    assert tablet.evaluate("sessionStorage.length") == 0
    waiting = kept_on(tablet)
    assert len(waiting) == 3
    assert {frozenset(one) for one in waiting} == {frozenset(["key", "at", "wall", "seat", "said"])}
    assert len({len(one["said"]) for one in waiting}) == 1  # their lengths tell nothing
    again = tablet.context.new_page()
    tablet.close()
    return again


def an_urgent_answer_sends_to_somebody_at_once(tablet) -> None:
    tablet.get_by_role("button", name="答0").click()
    tablet.get_by_role("heading", name="问题three").wait_for()
    tablet.get_by_role("button", name="答3").click()
    tablet.get_by_text("请现在就去找陈敏").wait_for()
    assert not tablet.get_by_text("会来找你").is_visible()  # for nobody knows yet
    assert tablet.get_by_role("link", name="12356").is_visible()
    tablet.get_by_role("button", name="接着答").click()
    tablet.get_by_text("谢谢你，答完了").wait_for()


def answers_of(seat: Seat) -> list[str]:
    return [one.option for one in seat.answers.order_by("pk")]


def kept_on(tablet) -> list[dict]:
    return tablet.evaluate(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open('jiaqiao-seats', 1);
            opening.onsuccess = () => {
                const all = opening.result.transaction('forms').objectStore('forms').getAll();
                all.onsuccess = () => { opening.result.close(); resolve(all.result); };
            };
        })"""
    )


def test_a_parent_answers_by_link_without_script_and_a_grandmother_by_ear_and_picture(
    cast, open_browser
):
    round_ = ask_at_home(cast)
    phone = open_browser(PHONE, script=False)
    phone.goto(links.path_for(round_.pk, cast.adults["mother"].pk))
    for _child in range(2):
        phone.get_by_role("button", name="开始").click()
        for answer in ("总是", "知道", "多数时候", "从来没有"):
            phone.locator(".ans button", has_text=answer).first.click()
    phone.get_by_role("heading", name="谢谢您").wait_for()
    assert Seat.objects.filter(adult=cast.adults["mother"], finished_at__isnull=False).count() == 2

    open_round(cast, "carer-wellbeing", how="interview")
    teacher = open_browser(PHONE)
    teacher.add_init_script("Object.defineProperty(window, 'speechSynthesis', {value: undefined})")
    sign_in(teacher, "teacher")
    teacher.goto("/surveys/")
    teacher.get_by_role("link", name="三年级2班：看谁还没答").first.click()
    row = teacher.locator("li", has_text="李秀兰").filter(has_text="徐梦瑶")
    row.get_by_role("button", name="开始询问").click()
    teacher.get_by_role("heading", name="这一周，您过得怎么样？").wait_for()
    assert axe_violations(teacher) == []
    assert teacher.locator(".ans .face").count() == 5
    if speaking.can_speak("zh-hans"):
        with teacher.expect_response("**/f/surveys/hear/**") as heard:
            teacher.locator(".ask .say").click()
        assert heard.value.headers["content-type"].startswith("audio/")
    teacher.locator(".ans button").nth(1).click()
    teacher.get_by_role("heading", name="您晚上睡得好吗？").wait_for()
    teacher.get_by_role("link", name="返回").click()
    assert teacher.locator(".ans.chosen").count() == 1
    teacher.get_by_role("link", name="先停下").click()
    assert "李秀兰" not in teacher.locator("body").inner_text()  # the carer holds the phone
    teacher.locator(".foot a").click()
    row.get_by_role("button", name="接着答").click()  # resumed at the second question
    while teacher.locator(".ans button").count():
        teacher.locator(".ans button").first.click()
        teacher.wait_for_load_state()
    talk = Seat.objects.get(adult=cast.adults["grandmother"], finished_at__isnull=False)
    assert talk.filled_by == cast.users["teacher"]
    assert talk.answers.count() == len(talk.round.edition.instrument.items)
    a_tick_by_keyboard_keeps_its_place(teacher, conditional_form(cast))


def a_tick_by_keyboard_keeps_its_place(teacher, form: Seat) -> None:
    """The page comes again with the question that the tick brings, and the next key goes on there."""
    teacher.goto(f"/surveys/form/{form.pk}/")
    teacher.focus("#item-0-3")
    teacher.keyboard.press("Space")
    wait_until(lambda: answers_of(form) == ["2"])
    wait_until(lambda: teacher.evaluate("document.activeElement.id") == "item-0-3")
    teacher.keyboard.press("ArrowRight")
    teacher.get_by_text("问题two").wait_for()
    wait_until(lambda: teacher.evaluate("document.activeElement.id") == "item-0-4")
    assert answers_of(form) == ["2", "3"]

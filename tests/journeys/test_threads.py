"""A family and the school talk: by voice there and back, without script, over the tray and the phone."""

import re
from datetime import time

import pytest

from core import clock
from delivery.models import DemoPhoneMessage
from guardians.models import Adult
from schools.models import School
from tests.factories.cast import Cast
from tests.factories.threads import mother_writes, said, text_in
from tests.journeys.conftest import DESK, PHONE, axe_violations, enter, look, sign_in, wait_until
from threads import actions
from threads.models import CallBack, Routing, Sighting, Thread, ThreadMessage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast(cast) -> Cast:
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    # No quiet hours, so that this holds at whatever hour it runs.
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(
        quiet_from=time(0), quiet_until=time(0)
    )
    return cast


def as_mother(page, cast):
    """With the session that a link to her phone opens."""
    enter(page, cast.users["mother"])
    return page


@pytest.fixture
def phone(open_browser, live_server, cast):
    def make(**options):
        page = open_browser(PHONE, **options)
        return as_mother(page, cast)

    return make


@pytest.fixture
def desk(open_browser, cast):
    def make(who="teacher"):
        page = open_browser(DESK)
        sign_in(page, who)
        return page

    return make


def record(page):
    """Two seconds of the microphone that beeps."""
    page.click("[data-mic]")
    page.wait_for_selector("[data-mic].live")
    page.wait_for_timeout(2000)
    page.click("[data-mic]")
    page.wait_for_selector("[data-tape] audio[src] + .player")


def test_a_voice_note_there_and_back(cast, phone, desk, workers):
    mother = phone()
    mother.goto(f"/f/messages/new/?child={cast.students['mengyao'].pk}")
    record(mother)
    mother.click("button.btn[type=submit]")
    mother.wait_for_url(re.compile(r"/f/messages/\d+/"))
    assert mother.locator(".mine audio").count() == 1
    assert axe_violations(mother) == []

    teacher = desk()
    teacher.goto("/messages/")
    teacher.click(".mail.unread")
    teacher.wait_for_selector(".say audio + .player")
    heard = teacher.evaluate(
        "fetch(document.querySelector('.say audio source').src).then(r => r.arrayBuffer())"
        ".then(b => b.byteLength)"
    )
    assert 0 < heard <= 20_000
    record(teacher)
    teacher.click(".write .btn-primary")
    teacher.wait_for_selector(".me-say audio + .player")
    assert axe_violations(teacher) == []
    assert ThreadMessage.objects.exclude(voice=None).count() == 2
    assert Sighting.objects.filter(user=cast.users["teacher"], heard_at__isnull=False).exists()

    mother.goto("/f/messages/")
    mother.click(".talks .new")
    mother.wait_for_selector(".msg:not(.mine) audio + .player")
    assert "听过" in mother.inner_text(".mine .state")
    teacher.reload()
    assert "看过" in teacher.inner_text(".me-say .rcpt")
    assert not mother.problems
    assert not teacher.problems


def test_without_a_script_and_the_ping_without_words(cast, phone, desk, workers):
    mother = phone(script=False)
    mother.goto("/f/")
    mother.click("text=写给老师 >> nth=0")
    mother.fill("[name=text]", "她还咳嗽吗？")
    mother.click("button.btn[type=submit]")
    assert "她还咳嗽吗？" in mother.inner_text(".mine .bub")

    teacher = desk()
    teacher.goto("/")
    teacher.click("text=回复")
    teacher.fill(".inplace textarea", "好多了，您放心")
    teacher.click(".inplace .btn-primary")
    teacher.wait_for_selector(".work.is-done")

    pings = DemoPhoneMessage.objects.filter(
        adult=cast.adults["mother"], text__contains="/f/messages/"
    )
    told = wait_until(pings.first, 120)
    assert "好多了" not in told.text
    path = re.search(r"/f/messages/\d+/", told.text)
    mother.goto(path.group())
    assert "好多了，您放心" in mother.inner_text(".talk-list")
    mother.click("text=好的，谢谢")
    assert mother.locator(".mine").count() == 2


LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"  # as after coming back
LONG = "她昨天在外婆家住了一晚，今天早上自己走到学校。" * 6


def mother_adds(cast, thread, text):
    return actions.say_from_family(
        thread=thread, adult=cast.adults["mother"], said=said(text), by=None, at=clock.now()
    )


def test_new_words_come_by_themselves_and_disturb_nobody(cast, phone, desk):
    thread = mother_writes(cast).thread
    for _ in range(8):
        mother_adds(cast, thread, LONG)
    teacher, mother = desk(), phone()
    for page, address in [
        (teacher, f"/messages/{thread.pk}/"),
        (mother, f"/f/messages/{thread.pk}/"),
    ]:
        page.goto(address, wait_until="networkidle")
    teacher.fill("[name=text]", "我问过她")
    mother_adds(cast, thread, "老师，她到了吗？")
    teacher.evaluate(LOOK_AGAIN)
    teacher.wait_for_selector(".talk >> text=她到了吗")
    assert teacher.input_value("[name=text]") == "我问过她"
    assert teacher.evaluate("document.activeElement.name") == "text"
    assert teacher.inner_text(".news") == "有新消息"
    look(teacher, "fresh-1280")

    # Who reads what was said before stays there, and is led to the news.
    teacher.evaluate("document.querySelector('.talk').scrollTop = 0")
    mother_adds(cast, thread, "我很着急")
    teacher.evaluate(LOOK_AGAIN)
    teacher.wait_for_selector(".news a")
    assert teacher.evaluate("document.querySelector('.talk').scrollTop") == 0
    look(teacher, "fresh-above-1280")
    assert axe_violations(teacher) == []

    teacher.click(".write .btn-primary")
    teacher.wait_for_selector(".me-say >> text=我问过她")
    mother.evaluate("window.scrollTo(0, 0)")
    mother.fill("[name=text]", "好的")
    before = mother.evaluate("window.scrollY")
    mother.evaluate(LOOK_AGAIN)
    mother.wait_for_selector(".news a")
    assert mother.evaluate("window.scrollY") == before
    assert mother.input_value("[name=text]") == "好的"
    look(mother, "fresh-390")
    assert axe_violations(mother) == []
    mother.click(".news a")
    assert mother.locator(".msg:not(.mine) >> text=我问过她").is_visible()
    assert not mother.problems
    assert not teacher.problems


def test_handed_over_with_a_word(cast, desk):
    thread = mother_writes(cast).thread
    teacher, counsellor = desk(), desk("counsellor")
    counsellor.goto(f"/messages/{thread.pk}/")
    assert "咳嗽" not in counsellor.content()
    teacher.goto(f"/messages/{thread.pk}/")
    teacher.click("text=转交")
    teacher.select_option("[name=to]", label="陈敏")
    teacher.fill("[name=words]", "请您接着聊")
    teacher.click("main .btn-primary")
    counsellor.goto("/messages/")
    counsellor.click(".mail")
    counsellor.wait_for_selector(".talk")
    assert "请您接着聊" in counsellor.inner_text(".talk")
    assert "咳嗽" in counsellor.inner_text(".talk")


def test_from_the_tray_to_the_family_and_back_again(cast, desk):
    from core import clock
    from threads import actions

    text_in(cast, "我是梦瑶妈妈，换号了", address="+8613900000009")
    actions.land_incoming(at=clock.now())
    principal = desk("principal")
    principal.goto("/messages/")
    principal.click(".tray-line")
    principal.click("text=找是谁家")
    principal.fill(".tray [name=q]", "徐梦瑶")
    principal.press(".tray [name=q]", "Enter")
    principal.click("text=王芳")
    principal.wait_for_selector(".say-bar")
    assert Routing.objects.get().state == "in_thread"
    principal.click(".say-bar button")
    principal.wait_for_selector(".tray blockquote")
    assert not Thread.objects.exists()


def test_please_call_me(cast, phone, desk):
    mother = phone()
    mother.goto("/f/messages/new/")
    mother.click("text=请给我打电话")
    mother.wait_for_url(re.compile(r"/f/messages/\d+/"))
    teacher = desk()
    teacher.goto("/")
    teacher.click("text=我打过了")
    teacher.click(".inplace .chip >> nth=0")
    teacher.click(".inplace .btn-primary")
    teacher.wait_for_selector(".work.is-done")
    assert CallBack.objects.get().outcome == "talked"
    teacher.click(".work.is-done button")
    wait_until(lambda: CallBack.objects.get().done_at is None)

"""A teacher records a sentence at the microphone and hears it; the next call and the next ear speak it."""

from datetime import datetime, time, timedelta

import pytest

from delivery import dispatch
from delivery.actions import queue_message
from delivery.models import SentenceVoice, VoiceCall
from guardians.models import ContactPoint
from schools.models import School
from tests.factories.sentences import keep_sentence
from tests.journeys.conftest import CHINA, DESK, PHONE, axe_violations, look, sign_in, wait_until
from tests.messaging.test_family_pages import ask
from uploads.rules import VOICE_BYTES_PER_10_SECONDS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HELLO, TALKED = "week-hello", "ear-talked"
EVENING = time(19, 30)
IS_HEARD = "document.querySelector('{}').currentTime > 0.2"


def unfold(page, name: str) -> None:
    page.locator(f"details:has(#{name}) > summary").click()


def record(page, name: str) -> None:
    """Chromium's own microphone beeps once a second."""
    page.goto("/settings/sentences/zh-hans/")
    unfold(page, name)
    page.locator(f"#{name} a.btn").click()
    page.locator(".mic").click()
    page.locator(".mic.live").wait_for()
    page.wait_for_timeout(3000)
    page.locator(".mic").click()
    page.locator(".tape.full").wait_for()
    page.fill("[name=speaker]", "李奶奶")
    page.check("[name=is_same]")
    look(page, f"sentence-recorded-{name}")
    page.get_by_role("button", name="存").click()
    page.get_by_text("录音存好了").wait_for()


def plays(page, selector: str) -> None:
    page.locator(selector).evaluate("audio => audio.play()")
    wait_until(lambda: page.evaluate(IS_HEARD.format(selector)))


def test_recorded_at_the_microphone_heard_in_a_call_and_by_an_ear(cast, clock_at, open_browser):
    now = datetime.combine(datetime.now(CHINA).date(), EVENING, CHINA)
    clock_at(now)
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    mother = cast.adults["mother"]
    ContactPoint.objects.filter(adult=mother).update(by_call=True)

    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    desk.goto("/privacy/spoken/")
    desk.get_by_role("link", name="本地话").click()
    look(desk, "sentences-desk")
    record(desk, HELLO)
    voice = SentenceVoice.objects.get()
    sizes = [len(one.data) for one in voice.recording.contents.all()]
    assert max(sizes) <= VOICE_BYTES_PER_10_SECONDS * max(1, voice.recording.seconds / 10) * 1.1
    unfold(desk, HELLO)
    assert "李奶奶说的" in desk.locator(f"#{HELLO}").inner_text()
    plays(desk, f"#{HELLO} audio")
    record(desk, TALKED)
    assert axe_violations(desk) == []

    check_in, link = ask(cast, now, "mengyao")
    queue_message(
        kind="check_in",
        school=cast.school,
        dedupe_key="asked",
        due_at=now,
        expires_at=now + timedelta(hours=2),
        adult=mother,
        about_id=check_in.pk,
    )
    dispatch.drain()
    call = VoiceCall.objects.get()
    phone = open_browser(PHONE)
    sign_in(phone, "teacher")
    phone.goto(f"/check-ins/demo-phone/?of=a{mother.pk}")
    phone.get_by_role("button", name="接听").click()
    assert voice.words == phone.locator("#call .text").inner_text()
    plays(phone, "#call audio")
    heard = phone.context.request.get(
        phone.locator("#call audio source").first.evaluate("one => one.src")
    )
    assert heard.body() == bytes(voice.recording.contents.get(content_type="audio/ogg").data)
    assert call.script["steps"]["question"].get("sound") is None  # the standard voice goes on
    look(phone, "sentences-call")
    assert phone.problems == []

    family = open_browser(PHONE)
    family.goto(link)
    ear = family.locator("a.say[data-own]")
    assert ear.count() == 1
    with family.expect_response(lambda answer: "/hooks/sentences/" in answer.url) as heard:
        ear.click()
    assert heard.value.ok
    wait_until(lambda: family.locator("a.say.on").count() == 1)
    assert family.problems == []
    assert desk.problems == []


@pytest.mark.parametrize("has_voice", [True, False])
@pytest.mark.parametrize("lost", ["offline", "gone"])
def test_an_ear_whose_recording_does_not_come_speaks_with_the_phone_s_voice(
    cast, clock_at, open_browser, has_voice, lost
):
    now = datetime.combine(datetime.now(CHINA).date(), EVENING, CHINA)
    clock_at(now)
    keep_sentence(cast, TALKED)
    page = open_browser(PHONE)
    page.add_init_script(
        f"""window.said = [];
        speechSynthesis.getVoices = () => {"[{lang: 'zh-CN'}]" if has_voice else "[]"};
        speechSynthesis.speak = (speech) => window.said.push(speech);"""
    )
    page.goto(ask(cast, now, "mengyao")[1])
    page.route(
        "**/hooks/sentences/**",
        lambda route: route.abort() if lost == "offline" else route.fulfill(status=404),
    )
    ear = page.locator("a.say[data-own]")
    ear.click()
    if has_voice:
        wait_until(lambda: page.evaluate("said.length") == 1)
        page.wait_for_timeout(300)  # the sound and its promise both tell of it
        assert page.evaluate("said.length") == 1
        assert "已通话" in page.evaluate("said[0].text")
        assert page.locator("a.say.on").count() == 1
        page.evaluate("said[0].onend()")
    wait_until(lambda: page.locator("a.say.on").count() == 0)
    assert page.evaluate("said.length") == int(has_voice)

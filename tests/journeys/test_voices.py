"""A family and a teacher with two languages, by voice and in writing; another language on this phone."""

import re
from datetime import time

import pytest

from core import clock
from guardians.models import Adult
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, sign_in, tap_in, wait_until
from tests.journeys.test_threads import as_mother, record
from tests.messaging.test_family_pages import ask
from tests.providers.words import Transcriber, Translator
from threads import actions
from threads.models import MachineText, ThreadMessage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WRITTEN = {
    "Do": "她夜里还咳嗽吗？",
    "不咳": "No more coughing, she slept well.",
    "My": "我妈妈明天来学校接她。",
}
SAID = "My mother will fetch her from school tomorrow."


class Interpreter(Translator):
    """Translates what the two say here."""

    def answer(self, asked):
        status, _body, say = super().answer(asked)
        said = self.texts()[-1]["q"]
        return status, {"translatedText": WRITTEN[said[:2]]}, say


@pytest.fixture
def services(settings, monkeypatch):
    """Both services, for the web server and for the worker."""
    with Interpreter() as translator, Transcriber() as transcriber:
        transcriber.words = SAID
        for name, url in (
            ("TRANSLATION_URL", translator.url),
            ("TRANSCRIBE_URL", transcriber.address),
        ):
            setattr(settings, name, url)
            monkeypatch.setenv(name, url)
        yield translator, transcriber


@pytest.fixture
def mother(cast):
    rows = Adult.objects.filter(pk=cast.adults["mother"].pk)
    rows.update(language="en", quiet_from=time(0), quiet_until=time(0))
    return rows.get()


def test_two_languages_there_and_back(cast, mother, services, open_browser, live_server, workers):
    phone = open_browser(PHONE, language="en")
    phone.base = live_server.url
    as_mother(phone, cast).goto(f"/f/messages/new/?child={cast.students['mengyao'].pk}")
    phone.fill("textarea[name=text]", "Does she still cough at night?")
    record(phone)
    phone.click("button.btn[type=submit]")
    phone.wait_for_url(re.compile(r"/f/messages/\d+/"))
    wait_until(lambda: MachineText.objects.exclude(made_at=None).count() == 3, 90)

    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    message = ThreadMessage.objects.get(adult=mother)
    desk.goto(f"/messages/{message.thread_id}/")
    bubble = desk.locator(".talk .bub").first
    words = bubble.inner_text()
    assert "Does she still cough at night?" in words
    assert WRITTEN["Do"] in words
    assert "机器翻译" in words
    assert bubble.locator("audio").count() == 1
    assert "机器写下来的，可能有错，请听原声" in words
    assert SAID in words
    assert WRITTEN["My"] in words
    assert axe_violations(desk) == []
    look(desk, "talk-teacher")

    desk.fill("#write textarea", "不咳了，睡得很好。")
    desk.click("#write button[type=submit], #write .btn-primary")
    wait_until(lambda: MachineText.objects.exclude(made_at=None).count() == 4, 90)
    phone.goto(f"/f/messages/{message.thread_id}/")
    answer = phone.locator(".msg:not(.mine) .bub")
    assert answer.get_by_text(WRITTEN["不咳"]).is_visible()
    assert answer.get_by_text("Translated by machine").is_visible()
    assert not answer.get_by_text("不咳了，睡得很好。").is_visible()
    look(phone, "talk-family")
    answer.locator("summary").click()
    assert answer.get_by_text("不咳了，睡得很好。").is_visible()
    assert axe_violations(phone) == []
    look(phone, "talk-family-original")


def test_a_voice_beside_i_need_help_is_heard_first(cast, services, open_browser):
    from tests.factories.threads import mother_writes, voice_file

    message = mother_writes(cast, "", voice=voice_file(), calls_for_help=True)
    desk = open_browser(DESK)
    sign_in(desk, "teacher")
    desk.goto(f"/messages/{message.thread_id}/")
    actions.make_machine_texts(at=clock.now())
    assert "请先听" in desk.locator(".talk .bub").first.inner_text()
    look(desk, "listen-first")
    desk.locator(".talk audio").first.evaluate("one => one.play()")
    wait_until(lambda: message.sightings.exclude(heard_at=None).exists(), 20)
    assert actions.make_machine_texts(at=clock.now()) == 2  # and into Chinese
    desk.reload()
    assert SAID in desk.locator(".talk .bub").first.inner_text()


@pytest.mark.parametrize("script", [True, False])
def test_another_language_on_this_phone(cast, open_browser, script):
    page = open_browser(PHONE, script=script)
    page.goto("/f/sign-in/")
    page.get_by_role("link", name="English").click()
    page.get_by_role("heading", name="Your phone number").wait_for()
    assert page.url.endswith("/f/sign-in/")
    look(page, f"sign-in-english-{script}")
    page.get_by_role("link", name="中文").click()
    page.get_by_role("heading", name="您的手机号").wait_for()
    look(page, f"sign-in-chinese-{script}")


def test_at_the_doors_of_children_and_of_the_village(cast, open_browser):
    child = open_browser(PHONE)
    tap_in(child, cast)
    child.get_by_role("link", name="English").click()
    child.get_by_text("I want to talk to someone").wait_for()
    look(child, "pupil-english")
    child.get_by_role("link", name="中文").click()
    look(child, "pupil-chinese")
    worker = open_browser(PHONE)
    worker.goto("/v/sign-in/")
    worker.get_by_role("link", name="English").click()
    sign_in(worker, "village")
    worker.goto("/v/")
    worker.get_by_role("link", name="中文").wait_for()
    look(worker, "village-english")


def test_a_kept_question_follows_the_language(cast, open_browser):
    _check_in, path = ask(cast, clock.now(), "mengyao")
    page = open_browser(PHONE)
    page.goto(path)
    wait_until(lambda: 'lang="zh-hans"' in kept(page, "family-pages", path), 20)
    look(page, "check-in-chinese")
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name="We talked").wait_for()
    look(page, "check-in-english")
    wait_until(lambda: 'lang="en"' in kept(page, "family-pages", path), 20)
    wait_until(lambda: 'lang="en"' in kept(page, "family-parts", "/f/offline/"), 20)
    page.context.set_offline(True)
    page.goto(path)
    assert page.get_by_role("button", name="We talked").is_visible()
    page.goto("/f/me/")
    assert page.locator("html").get_attribute("lang") == "en"


def kept(page, cache: str, path: str) -> str:
    return page.evaluate(
        """async ([cache, path]) => {
            const found = await caches.match(path, { cacheName: cache, ignoreVary: true });
            return found ? await found.text() : '';
        }""",
        [cache, path],
    )

"""A child's voice on its way: recorded at the school's computer, heard by the mother far away."""

import pytest
from django.test import Client

from accounts.session_store import SessionStore
from core import clock
from postcards.models import Postcard, PostcardFor
from tests.factories.files import wav
from tests.factories.postcards import agree
from tests.journeys.conftest import PHONE, axe_violations, sign_in, tap_in, wait_until
from uploads.models import UploadContent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
SCHOOL_COMPUTER = {"width": 1024, "height": 768}


@pytest.fixture
def cast(cast):
    agree(cast)
    return cast


def mothers_phone(open_browser, cast, live_server):
    client = Client()
    client.force_login(cast.users["mother"], "django.contrib.auth.backends.ModelBackend")
    page = open_browser(PHONE)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([cookie | {"url": live_server.url}])
    return page


def test_recorded_heard_before_it_goes_sent_and_heard(cast, open_browser, live_server):
    pupil = open_browser(SCHOOL_COMPUTER)
    tap_in(pupil, cast)
    assert axe_violations(pupil) == []
    pupil.locator("a.send").click()
    record_something(pupil)
    assert axe_violations(pupil) == []
    pupil.locator("main form button.btn").click()
    pupil.get_by_text("已经寄给妈妈").wait_for()
    assert axe_violations(pupil) == []
    leave(pupil)

    phone = mothers_phone(open_browser, cast, live_server)
    phone.goto("/f/")
    phone.get_by_role("link", name="听一听").click()
    assert axe_violations(phone) == []
    assert PostcardFor.objects.get().heard_at is None
    phone.locator("audio").evaluate("player => player.play()")
    wait_until(lambda: PostcardFor.objects.get().heard_at, 15)

    teacher = open_browser(SCHOOL_COMPUTER)
    sign_in(teacher, "teacher")
    teacher.goto(f"/children/{cast.students['mengyao'].pk}/")
    told = teacher.locator("main").inner_text()
    assert "梦瑶给妈妈寄了有声明信片" in told
    assert "妈妈听过了" in told
    assert teacher.locator("audio").count() == 0
    for page in (pupil, phone, teacher):
        assert page.problems == []


def record_something(page) -> None:
    page.locator(".mic").click()
    page.locator(".mic.live").wait_for()
    page.wait_for_timeout(2500)
    page.locator(".mic").click()
    page.locator(".tape.full").wait_for()
    # Playwright's own wait_for_function asks by eval(), which the pages' policy forbids.
    wait_until(lambda: page.locator(".tape audio").evaluate("audio => audio.readyState > 0"))


def leave(page) -> None:
    """The child who sits down next finds nothing by going back."""
    page.get_by_text("好了，退出").click()
    page.wait_for_url("**/p/sign-in/")
    page.go_back()
    page.wait_for_url("**/p/sign-in/")
    assert "已经寄给" not in page.content()


def test_without_script_a_file_is_sent(cast, open_browser, tmp_path):
    voice = tmp_path / "voice.wav"
    voice.write_bytes(wav(2))
    page = open_browser(SCHOOL_COMPUTER, script=False)
    tap_in(page, cast)
    page.goto("/p/postcards/new/")
    page.set_input_files("[name=voice]", str(voice))
    page.locator("main form button.btn").click()
    page.get_by_text("已经寄给妈妈").wait_for()
    assert Postcard.objects.get().voice.seconds == 2
    assert UploadContent.objects.count() == 2


def test_the_visit_ends_by_itself_unless_more_time_is_wanted(cast, open_browser):
    page = open_browser(SCHOOL_COMPUTER)
    tap_in(page, cast)
    assert page.locator(".left").is_hidden()
    leave_seconds(page, 90)
    page.goto("/p/")
    page.locator(".left").wait_for()
    assert axe_violations(page) == []
    page.locator(".left button").click()
    page.locator(".left").wait_for(state="hidden")
    leave_seconds(page, 4)
    page.goto("/p/")
    page.wait_for_url("**/p/sign-in/")
    assert page.problems == []


def leave_seconds(page, seconds: int) -> None:
    [cookie] = [one for one in page.context.cookies() if one["name"] == "sessionid"]
    session = SessionStore(cookie["value"])
    session["pupil_until"] = clock.now().timestamp() + seconds
    session.save()

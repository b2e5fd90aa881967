"""A teacher with a phone: something seen in ten seconds, a class's attendance, good news home."""

import time

import pytest
from django.utils import timezone

from classroom.models import AttendanceMark, ClassRegister, Observation
from schools.models import CalendarDay
from tests.factories.accounts import say
from tests.factories.classroom import fill_class, make_note
from tests.journeys.conftest import PHONE, axe_violations, look, sign_in, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SEEN = "把自己的跳绳借给新来的同学"
TEN_SECONDS = 10


@pytest.fixture
def phone(cast, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    return page


def test_something_seen_is_written_down_in_ten_seconds_and_reaches_the_family(
    cast, phone, open_browser
):
    phone.goto("/children/?see=notes")
    assert axe_violations(phone) == []
    began = time.monotonic()
    phone.locator("nav a[href='/class/observe/']:visible").click()
    phone.fill("#who", "xmy")
    phone.locator(".obs-pick li:visible").nth(1).wait_for(state="detached")
    phone.press("#who", "Enter")
    phone.wait_for_url(f"**/class/observe/{cast.students['mengyao'].pk}/")
    phone.fill("#id_words", SEEN)
    phone.locator("label.chip", has=phone.locator("input[value=helps]")).click()
    phone.locator("label.chip", has=phone.locator("input[value=praised]")).click()
    phone.locator("label.tell").click()
    assert axe_violations(phone) == []
    phone.locator(".obs-save .btn-primary").click()
    phone.wait_for_url("**/children/**")
    assert time.monotonic() - began < TEN_SECONDS
    note = Observation.objects.get()
    assert (note.words, note.strengths, note.deeds) == (SEEN, ["helps"], ["praised"])
    assert note.tell_family
    assert SEEN in phone.locator("main").inner_text()  # on the child's timeline
    assert phone.problems == []
    mother = open_browser(PHONE)
    sign_in(mother, "family-mother")
    mother.goto("/f/")
    assert SEEN in mother.locator("main").inner_text()


def test_attendance_of_forty_five_with_two_absent(cast, phone):
    fill_class(cast, 43)
    CalendarDay.objects.create(school=cast.school, on=timezone.localdate(), kind="school_day")
    phone.goto("/class/attendance/")
    assert phone.locator(".roll ol > li").count() == 45
    rows = {key: phone.locator(".roll ol > li", has_text=cast.students[key].name) for key in TWO}
    for row in rows.values():
        row.locator("fieldset").click()
    assert phone.locator(".roll output").inner_text() == "43 到 · 2 缺勤"
    late = phone.locator("ol fieldset").first
    for kind in ("absent", "late", "left_early", "present"):  # a tap goes to the next, and round
        late.click()
        assert late.locator("input:checked").get_attribute("value") == kind
    out = phone.locator(".roll-out li")
    assert out.count() == 2
    out.filter(has_text=cast.students["xiaobao"].name).locator("select").select_option("ill")
    look(phone, "attendance")
    assert axe_violations(phone) == []
    phone.locator(".roll footer button").click()
    phone.wait_for_selector(".say-bar [class=i]")
    assert "43" in phone.locator(".say-bar").first.inner_text()
    marks = AttendanceMark.objects.order_by("reason").values_list("student__name", "reason")
    assert list(marks) == [("徐梦瑶", ""), ("徐小宝", "ill")]
    assert ClassRegister.objects.count() == 1
    phone.goto("/")
    assert "徐梦瑶" in phone.locator("#work-absent-" + str(_mark().pk)).inner_text()


TWO = ("mengyao", "xiaobao")


def _mark() -> AttendanceMark:
    return AttendanceMark.objects.get(reason="")


def test_without_a_network_it_waits_on_the_phone_and_arrives_once(cast, phone):
    phone.goto("/class/observe/")
    phone.context.set_offline(True)
    phone.locator("[data-pick]", has_text="徐小宝").click()
    phone.fill("#id_words", SEEN)
    phone.locator(".obs-save .btn-primary").click()
    phone.wait_for_selector("[data-kept]")
    assert Observation.objects.count() == 0
    phone.context.set_offline(False)
    wait_until(Observation.objects.exists)
    note = Observation.objects.get()
    assert (note.student, note.words) == (cast.students["xiaobao"], SEEN)
    phone.goto("/class/observe/")
    phone.wait_for_timeout(500)
    assert Observation.objects.count() == 1


def test_a_voice_is_recorded_where_the_note_is_written_and_heard_from_the_timeline(cast, phone):
    say(cast, "voice", "given")
    child = cast.students["mengyao"]
    phone.goto(f"/class/observe/{child.pk}/")
    phone.fill("#id_words", SEEN)
    phone.locator("summary", has_text="照片或录音").click()
    phone.locator("[data-record]").click()
    phone.wait_for_timeout(2500)
    phone.locator("[data-record]").click()
    phone.locator(".pick audio + .player").wait_for()
    assert axe_violations(phone) == []
    phone.locator(".obs-save .btn-primary").click()
    phone.wait_for_url("**/children/**")
    assert Observation.objects.filter(voice__isnull=False).count() == 1
    phone.locator(".event", has_text=SEEN).locator("b a").click()
    phone.locator("audio[src*='/voice/'] + .player").wait_for()
    assert phone.problems == []


def test_the_praise_log_and_the_papers_are_found_from_their_lists(cast, phone):
    make_note(cast)
    phone.goto("/children/")
    phone.locator(".head-more summary").click()
    phone.get_by_role("link", name="表扬簿").click()
    phone.locator(".timeline .event").wait_for()
    assert axe_violations(phone) == []
    phone.goto("/children/")
    phone.locator(".head-more summary").click()
    phone.get_by_role("link", name="打印和上报").click()
    phone.wait_for_url("**/children/papers/**")
    phone.goto("/children/")
    phone.locator(".head-more summary").click()
    phone.get_by_role("link", name="照纸质表录入").click()
    phone.wait_for_url("**/children/write-in/**")
    phone.goto("/children/")
    phone.locator(".head-more summary").click()
    phone.get_by_role("link", name="登录条").click()
    phone.wait_for_url("**/children/slips/**")
    assert phone.problems == []

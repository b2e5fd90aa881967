"""Visits and calls in a real browser: planned, walked, written down without a network, sent once."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import AccessRecord
from classroom.models import Observation
from core import clock
from guardians.models import Contact
from tests.factories.visits import make_term, make_visit, settle_in_village
from tests.journeys.conftest import (
    PHONE,
    axe_violations,
    look,
    scroll_width,
    sign_in,
    sound,
    two_sizes,
    wait_until,
)
from visits import actions
from visits.models import Agreement, CallLog, Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHINA = ZoneInfo("Asia/Shanghai")
WAITING = "#waiting [data-line]"


@pytest.fixture
def cast(cast):
    make_term(cast, timezone.localdate(clock.now(), CHINA))
    settle_in_village(cast.students["mengyao"], cast.students["xiaobao"])
    return cast


@pytest.fixture
def phone(cast, open_browser):
    page = open_browser(PHONE)
    sign_in(page, "teacher")
    return page


def is_kept(page, pattern: str) -> bool:
    """Whether the service worker holds a page whose address ends so."""
    return page.evaluate(
        """async (ending) => {
            const cache = await caches.open('pages');
            return (await cache.keys()).some((one) => one.url.endsWith(ending));
        }""",
        pattern,
    )


@two_sizes
def test_the_pages_are_sound(cast, open_browser, viewport, language):
    page = open_browser(viewport, language=language)
    sign_in(page, "teacher")
    child, visit = cast.students["mengyao"], make_visit(cast.students["mengyao"])
    paths = ["", f"{visit.pk}/", f"{visit.pk}/record/", f"new/{child.pk}/", "calls/"]
    paths += [f"call/{child.pk}/", "duties/", f"duties/{cast.school_class.pk}/meeting/"]
    for path in paths:
        page.goto(f"/visits/{path}")
        sound(page)
    assert page.problems == []


def test_two_visits_are_planned_as_one_walk_and_put_in_order(cast, phone):
    phone.goto("/visits/")
    for box in phone.locator("input[name=visits]").all():
        box.check()
    today = timezone.localdate(clock.now(), CHINA)
    phone.fill("[name=planned_on]", (today + timedelta(days=1)).isoformat())
    phone.click(".plan-bar button")
    names = phone.locator(".stop .who a")
    assert names.count() == 2
    first, second = names.all_inner_texts()
    phone.locator(".stop button[value=later]").first.click()
    assert phone.locator(".stop .who a").all_inner_texts() == [second, first]
    phone.click(".walk h2 .btn")
    sheet = phone.locator("main").inner_text()
    assert all(words in sheet for words in (first, second, "三组 12 号", "138 9351 0003"))
    assert axe_violations(phone) == []


def test_written_down_without_a_network_and_sent_once(cast, phone):
    visit = make_visit(cast.students["mengyao"])
    path = f"/visits/{visit.pk}/record/"
    phone.goto(path)
    wait_until(lambda: is_kept(phone, path), 10)
    phone.context.set_extra_http_headers({"Accept-Language": "en-GB"})  # a phone set again
    phone.context.set_offline(True)
    phone.goto(path)  # out of the service worker's cache
    fill_outcome(phone, "奶奶在喂鸡，孩子在写作业")
    phone.click("form.after button.btn-primary")
    phone.wait_for_selector(WAITING + ":visible")
    assert "1" in phone.locator(WAITING).inner_text()
    assert not Visit.objects.exclude(outcome="").exists()

    phone.context.set_offline(False)
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    phone.wait_for_selector(WAITING, state="hidden")
    visit.refresh_from_db()
    assert (visit.outcome, visit.words) == ("met_carer", "奶奶在喂鸡，孩子在写作业")
    assert Agreement.objects.get().what == "每晚九点睡觉"
    phone.goto("/visits/")
    assert Visit.objects.exclude(outcome="").count() == 1
    assert Agreement.objects.count() == 1


def fill_outcome(page, words: str) -> None:
    page.locator(".chip", has=page.locator("[name=outcome][value=met_carer]")).click()
    page.locator(".form-check", has=page.locator("[value=desk]")).click()
    page.fill("[name=words]", words)
    page.locator("details.fold", has=page.locator(".agreed")).evaluate("fold => fold.open = true")
    page.fill("[name=what_1]", "每晚九点睡觉")


def test_written_again_before_it_was_sent_it_replaces_itself(cast, phone):
    visit = make_visit(cast.students["mengyao"])
    path = f"/visits/{visit.pk}/record/"
    phone.goto(path)
    wait_until(lambda: is_kept(phone, path), 10)
    phone.context.set_offline(True)
    for words in ("第一遍", "第二遍"):
        phone.goto(path)
        fill_outcome(phone, words)
        phone.click("form.after button.btn-primary")
        phone.wait_for_selector("form [data-kept]")
    assert "1" in phone.locator(WAITING).inner_text()
    phone.context.set_offline(False)
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    visit.refresh_from_db()
    assert visit.words == "第二遍"


def test_what_cannot_be_taken_is_shown_with_its_words(cast, phone):
    """A colleague was quicker: the note stays on the phone until its writer has looked."""
    visit = make_visit(cast.students["mengyao"])
    path = f"/visits/{visit.pk}/record/"
    phone.goto(path)
    phone.context.set_offline(True)
    fill_outcome(phone, "我也去过")
    phone.click("form.after button.btn-primary")
    phone.wait_for_selector("form [data-kept]")
    record_by_colleague(cast, visit)
    phone.context.set_offline(False)
    phone.wait_for_selector("#waiting .is-bad")
    told = phone.locator("#waiting .is-bad").inner_text()
    assert "马建国" in told
    assert "我也去过" in told
    visit.refresh_from_db()
    assert visit.words == "校长去过"
    phone.locator("#waiting .is-bad button").click()
    phone.locator("#waiting .is-bad button").click()
    phone.wait_for_selector(WAITING, state="hidden")


def record_by_colleague(cast, visit) -> None:
    actions.record_visit(
        visit=visit,
        by=cast.users["principal"],
        at=clock.now(),
        visited_on=timezone.localdate(clock.now(), CHINA),
        outcome="met_carer",
        words="校长去过",
        key=uuid4(),
    )


def test_a_visit_that_is_no_longer_ones_own_does_not_swallow_the_words(cast, phone):
    visit = make_visit(cast.students["mengyao"])
    phone.goto(f"/visits/{visit.pk}/record/")
    fill_outcome(phone, "写了很久的一段话")
    visit.delete()
    phone.click("form.after button.btn-primary")
    phone.wait_for_selector("#waiting .is-bad")
    assert "写了很久的一段话" in phone.locator("#waiting .is-bad").inner_text()
    assert phone.input_value("[name=words]") == "写了很久的一段话"


def test_after_signing_out_nobody_else_sends_or_sees_it(cast, phone):
    visit = make_visit(cast.students["mengyao"])
    path = f"/visits/{visit.pk}/record/"
    phone.goto(path)
    wait_until(lambda: is_kept(phone, path), 10)
    phone.context.set_offline(True)
    fill_outcome(phone, "只有我能看到")
    phone.click("form.after button.btn-primary")
    phone.wait_for_selector("form [data-kept]")
    phone.context.clear_cookies()  # the session is over
    phone.context.set_offline(False)
    # The queue asks at once whether it may send; its answer must not change the sign-in's own cookie.
    phone.goto("/accounts/login/", wait_until="networkidle")

    sign_in(phone, "principal")
    phone.goto("/visits/")
    phone.wait_for_timeout(1500)
    assert not phone.locator("#waiting").is_visible()
    assert not Visit.objects.exclude(outcome="").exists()
    assert not is_kept(phone, path)

    phone.context.clear_cookies()
    sign_in(phone, "teacher")
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    visit.refresh_from_db()
    assert visit.recorded_by == cast.users["teacher"]


def test_no_file_of_a_child_is_ever_kept(cast, phone):
    visit = make_visit(cast.students["mengyao"])
    phone.goto(f"/visits/{visit.pk}/record/")
    wait_until(lambda: is_kept(phone, f"/visits/{visit.pk}/record/"), 10)
    for path in ("/visits/", f"/children/{visit.student_id}/", f"/visits/{visit.pk}/"):
        phone.goto(path)
    kept = phone.evaluate(
        "caches.open('pages').then((cache) => cache.keys()).then((all) => all.map((one) => one.url))"
    )
    assert [address.split("/", 3)[3] for address in kept] == [f"visits/{visit.pk}/record/"]


def test_a_walk_comes_along_without_a_network(cast, phone):
    """The sheet is opened at school; on the road it leads to forms that were never opened."""
    today = timezone.localdate(clock.now(), CHINA)
    visit = make_visit(cast.students["mengyao"], planned_on=today, goes=cast.users["teacher"])
    phone.goto("/visits/")
    phone.click(".walk h2 .btn")
    phone.wait_for_selector("[data-taken]:visible")
    assert axe_violations(phone) == []
    phone.context.set_offline(True)
    phone.goto("/visits/")  # not kept: the page that says what is
    phone.locator("#kept a", has_text="家访单").click()
    phone.wait_for_selector(".card-sheet")
    phone.click(".card-sheet .acts a")
    phone.wait_for_url(f"**/visits/{visit.pk}/record/")
    fill_outcome(phone, "路上写的")
    phone.click("form.after button.btn-primary")
    phone.wait_for_selector("form [data-kept]")
    phone.context.set_offline(False)
    wait_until(lambda: Visit.objects.exclude(outcome="").count() == 1, 20)
    visit.refresh_from_db()
    assert visit.words == "路上写的"
    # Another person's phone call home: what was kept goes with who signed out.
    phone.goto("/accounts/logout/")
    phone.locator("main form button").click()
    phone.wait_for_url("**/accounts/login/**")
    phone.context.set_offline(True)
    phone.goto("/visits/")
    phone.wait_for_selector("#none:visible")
    assert phone.locator("#kept li").count() == 0


def test_whoever_opens_today_on_a_phone_can_write_on_the_road(cast, open_browser):
    """Neither form was opened before; what is sent later says so."""
    today = timezone.localdate(clock.now(), CHINA)
    visit = make_visit(cast.students["mengyao"], planned_on=today, goes=cast.users["teacher"])
    phone = open_browser(PHONE, has_touch=True)
    sign_in(phone, "teacher")
    phone.goto("/")
    wait_until(lambda: is_kept(phone, f"/visits/{visit.pk}/record/"), 20)
    wait_until(lambda: is_kept(phone, "/class/observe/"), 20)
    read = AccessRecord.objects.filter(user=cast.users["teacher"])
    assert {"record visit, kept"} == set(read.values_list("what", flat=True))
    phone.context.set_offline(True)
    phone.locator(".rail a[href='/class/observe/']").click()
    phone.locator("[data-pick]", has_text="徐小宝").click()
    phone.locator("[data-also] summary").click()
    assert phone.locator("[data-also] label", has_text="徐小宝").is_hidden()
    phone.locator("[data-also] label", has_text="徐梦瑶").click()
    phone.fill("#id_words", "在村口碰见，两个人一起回家")
    assert scroll_width(phone) <= PHONE["width"]
    phone.locator(".obs-save .btn-primary").click()
    phone.wait_for_selector("[data-kept]")
    phone.goto(f"/visits/{visit.pk}/record/")
    fill_outcome(phone, "路上写的")
    phone.click("form.after button.btn-primary")
    phone.wait_for_selector("form [data-kept]")
    phone.context.set_offline(False)
    phone.wait_for_selector("#waiting [data-arrived]:visible")
    assert "2 条已经送到学校" in phone.locator("#waiting [data-arrived]").inner_text()
    look(phone, "arrived-390-zh")
    assert {note.student.name for note in Observation.objects.all()} == {"徐梦瑶", "徐小宝"}
    assert Visit.objects.get(pk=visit.pk).words == "路上写的"


def test_a_whole_village_is_ticked_at_once(cast, phone):
    for child in ("mengyao", "xiaobao"):
        make_visit(cast.students[child])
    phone.goto("/visits/")
    assert phone.locator(".plan-bar").is_hidden()
    phone.locator("[data-tick-all]").first.click()
    assert all(box.is_checked() for box in phone.locator("input[name=visits]").all())
    count = phone.locator("input[name=visits]").count()
    assert str(count) in phone.locator("[data-ticked]").inner_text()
    look(phone, "ticked-390-zh")
    phone.locator("[data-tick-all]").first.click()
    assert phone.locator(".plan-bar").is_hidden()


def test_calling_now_and_one_tap_after(cast, phone):
    student = cast.students["mengyao"]
    phone.goto(f"/visits/call/{student.pk}/")
    phone.locator(f"button[value='{cast.adults['mother'].pk}']").click()
    phone.wait_for_selector("a[href='tel:+8613893510001']")
    phone.check("[name=child_spoke]")
    phone.fill("[name=minutes]", "7")
    phone.click("button[value=talked]")
    phone.wait_for_url("**/visits/calls/")
    call = CallLog.objects.get()
    assert (call.outcome, call.minutes, call.child_spoke) == ("talked", 7, True)
    assert Contact.objects.get().reported_by == "staff"
    assert phone.problems == []


def test_a_call_is_written_down_without_script(cast, open_browser):
    page = open_browser(PHONE, script=False)
    sign_in(page, "teacher")
    page.goto(f"/visits/call/{cast.students['mengyao'].pk}/")
    page.locator(f"button[value='{cast.adults['mother'].pk}']").click()
    page.click("button[value=no_answer]")
    assert CallLog.objects.get().outcome == "no_answer"

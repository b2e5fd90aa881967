"""A child goes to another school: the office asks, the mother agrees, the new school takes it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from safeguarding import actions as concerns
from students.models import Student
from tests.factories import transfers
from tests.journeys.conftest import (
    DESK,
    PHONE,
    axe_violations,
    look,
    scroll_width,
    tap_in,
    two_sizes,
)
from transfers.models import Arrival, Transfer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page_of(cast, open_browser, live_server):
    """Somebody signed in with the second step, or an adult on a phone."""
    transfers.far_staff(cast)

    def make(who: str, viewport=DESK, **options):
        page = open_browser(viewport, **options)
        client = Client()
        client.force_login(cast.users[who])
        page.context.add_cookies(
            [
                {
                    "name": "sessionid",
                    "value": client.cookies["sessionid"].value,
                    "url": live_server.url,
                }
            ]
        )
        return page

    return make


def filled(cast) -> None:
    concerns.raise_worry(
        student=cast.students["mengyao"], by=cast.users["teacher"], words="夜里不睡",
        is_urgent=False, at=timezone.now(), key=str(uuid4()),
    )  # fmt: skip
    Student.objects.filter(name="徐梦瑶").update(
        allergies="花生", village="黄羊川村", strengths="画画"
    )


@pytest.mark.parametrize("script", [True, False])
def test_from_one_school_to_the_other(cast, page_of, script):
    filled(cast)
    desk = page_of("principal", script=script)
    desk.goto(f"/children/{cast.students['mengyao'].pk}/to-school/")
    look(desk, f"transfer-prepare-{script}")
    desk.select_option("[name=to_school]", label="十八里堡小学")
    desk.uncheck("[name=parts][value=visits]")
    desk.get_by_role("button", name="问问家长").click()
    desk.wait_for_url("**/transfers/*/")
    assert "正在征求家长同意" in desk.locator("main").inner_text()
    look(desk, f"transfer-asked-{script}")
    row = Transfer.objects.get()

    first = page_of("far_counsellor", script=script)
    first.goto("/")
    look(first, f"transfer-today-{script}")
    first.goto(f"/transfers/{row.pk}/protection/")
    assert "徐建军" in first.locator("main").inner_text()
    look(first, f"transfer-protection-{script}")
    first.get_by_role("button", name="我已知道，由我负责").click()
    assert "白雪已知道" in first.locator("main").inner_text()

    phone = page_of("mother", PHONE, script=script)
    phone.goto("/f/")
    look(phone, f"transfer-home-{script}")
    phone.goto(f"/f/transfers/{row.pk}/")
    look(phone, f"transfer-family-{script}")
    assert axe_violations(phone) == [] if script else True
    phone.get_by_role("button", name="同意，可以转").click()
    assert "我的凭据" in phone.locator("main").inner_text()
    look(phone, f"transfer-receipt-{script}")

    there = page_of("far_admin", script=script)
    there.goto(f"/transfers/{row.pk}/")
    look(there, f"transfer-take-{script}")
    there.select_option("[name=school_class]", index=1)
    there.get_by_role("button", name="接收档案").click()
    there.locator("text=SHA-256").first.wait_for()
    look(there, f"transfer-taken-{script}")
    if script:
        assert axe_violations(there) == []
    new = Student.objects.get(school=cast.other_school, name="徐梦瑶")
    assert Arrival.objects.get().student == new
    there.goto(f"/children/{new.pk}/")
    assert "从黄羊川中心小学转来" in there.locator("main").inner_text()
    look(there, f"transfer-new-file-{script}")
    phone.goto(f"/f/transfers/{row.pk}/")
    assert "档案已经转到新学校" in phone.locator("main").inner_text()
    look(phone, f"transfer-gone-{script}")
    assert desk.problems == first.problems == phone.problems == there.problems == []


@two_sizes
def test_each_page_fits(cast, page_of, viewport, language):
    filled(cast)
    mother = cast.adults["mother"]
    mother.language = language
    mother.save(update_fields=["language"])
    for key in ("principal", "far_principal"):
        cast.users[key].language = language
        cast.users[key].save(update_fields=["language"])
    row = transfers.prepare(cast, child="mengyao")
    width = viewport["width"]
    for who, path in (
        ("principal", f"/children/{cast.students['haitao'].pk}/to-school/"),
        ("principal", f"/transfers/{row.pk}/"),
        ("far_principal", f"/transfers/{row.pk}/protection/"),
        ("mother", f"/f/transfers/{row.pk}/"),
    ):
        page = page_of(who, viewport, language=language)
        page.goto(path)
        name = path.strip("/").replace("/", "-")
        look(page, f"transfer-{language}-{width}-{who}-{name}")
        assert scroll_width(page) <= width, path
    transfers.say(cast, row)
    for who in ("far_principal", "far_principal"):
        page = page_of(who, viewport, language=language)
        page.goto(f"/transfers/{row.pk}/")
        state = Transfer.objects.get().state
        look(page, f"transfer-{language}-{width}-{who}-{state}")
        assert scroll_width(page) <= width
        if state == "agreed":
            transfers.accept(cast, row)


@two_sizes
def test_a_pupil_of_fourteen_is_asked_at_its_own_door(
    cast, page_of, open_browser, viewport, language
):
    born_on = timezone.localdate() - timedelta(days=14 * 365 + 200)
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=born_on)
    row = transfers.agreed(cast)
    size = f"{viewport['width']}-{language}"
    office = page_of("principal", viewport, language=language)
    office.goto(f"/transfers/{row.pk}/")
    look(office, f"transfer-waits-for-pupil-{size}")
    page = open_browser(viewport, language=language)
    tap_in(page, cast)
    look(page, f"transfer-pupil-home-{size}")
    page.locator("a[href='/p/file/']").click()
    page.locator("[name=decision][value=given]").wait_for()
    look(page, f"transfer-pupil-{size}")
    assert scroll_width(page) <= viewport["width"]
    assert axe_violations(page) == []
    page.locator("[name=decision][value=given]").click()
    page.locator(".noted").wait_for()
    look(page, f"transfer-pupil-said-{size}")
    row.refresh_from_db()
    assert row.state == "agreed"
    office.goto(f"/transfers/{row.pk}/")
    look(office, f"transfer-pupil-agreed-{size}")
    assert scroll_width(office) <= viewport["width"]


@two_sizes
def test_to_a_school_without_jiaqiao_on_paper(cast, page_of, viewport, language):
    """By phone what protects the child, then the envelope, then the receipt."""
    filled(cast)
    size = f"{viewport['width']}-{language}"
    office = page_of("principal", viewport, language=language)
    office.goto(f"/children/{cast.students['mengyao'].pk}/to-school/")
    office.fill("[name=outside]", "温州市瓯海区实验小学")
    office.locator("main form .btn-primary").click()
    office.locator(".field-bad").first.wait_for()
    look(office, f"paper-refused-{size}")
    office.fill("[name=outside_to]", "王校长")
    office.locator("main form .btn-primary").click()
    office.wait_for_url("**/transfers/*/")
    row = Transfer.objects.get()
    transfers.say(cast, row)
    phone = page_of("mother", PHONE, language=language)
    phone.goto(f"/f/transfers/{row.pk}/")
    look(phone, f"paper-family-{size}")

    office.goto(f"/transfers/{row.pk}/")
    look(office, f"paper-must-call-{size}")
    calls = page_of("counsellor", viewport, language=language)
    calls.goto(f"/transfers/{row.pk}/protection/")
    calls.fill("[name=told_to]", "王校长")
    look(calls, f"paper-protection-{size}")
    calls.locator("#told ~ form .btn-primary").click()
    calls.locator("#told").wait_for(state="detached")
    look(calls, f"paper-called-{size}")

    office.goto(f"/transfers/{row.pk}/")
    look(office, f"paper-print-{size}")
    office.locator("form[action$='/print/'] button").click()
    office.locator("a[href$='/paper/']").wait_for()
    office.locator("summary.btn-primary").click()
    office.fill("[name=received_by]", "王校长")
    look(office, f"paper-printed-{size}")
    assert scroll_width(office) <= viewport["width"]
    assert axe_violations(office) == []
    office.locator("form[action$='/received/'] .btn-primary").click()
    office.locator("#signed").wait_for()
    look(office, f"paper-received-{size}")
    phone.goto(f"/f/transfers/{row.pk}/")
    look(phone, f"paper-gone-{size}")
    assert Transfer.objects.get().state == "accepted"


@two_sizes
def test_a_colleague_asks_a_pupil_who_cannot_sign_in(cast, page_of, viewport, language):
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=None)
    row = transfers.agreed(cast)
    size = f"{viewport['width']}-{language}"
    office = page_of("principal", viewport, language=language)
    office.goto(f"/transfers/{row.pk}/")
    look(office, f"child-word-opener-{size}")
    page = page_of("teacher", viewport, language=language)
    page.goto("/")
    look(page, f"child-word-today-{size}")
    page.locator(f"a[href='/transfers/{row.pk}/child/']").first.click()
    page.locator("[name=words]").wait_for()
    look(page, f"child-word-{size}")
    assert scroll_width(page) <= viewport["width"]
    assert axe_violations(page) == []
    page.check("[name=decision][value=given]")
    page.check("[name=via][value=spoken]")
    page.fill("[name=words]", "想去，妈妈在那边")
    page.check("[name=is_alone]")
    page.locator("main form .btn-primary").click()
    page.wait_for_url("**/")
    row.refresh_from_db()
    assert row.state == "agreed"

"""B5, B6, B9 in a browser: a parent reads how the child is, answers the school and has her rights."""

import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from classroom.models import FamilyRequest
from core import clock
from privacy.models import DataRequest
from students.models import Student
from tests.factories import familyview
from tests.journeys.conftest import DESK, PHONE, axe_violations, scroll_width, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def cast(cast):
    cast.view = familyview.fill(cast, clock.now())
    return cast


@pytest.fixture
def mother_s(cast, open_browser, live_server):
    """mother_s(script=…, elder=…) → a phone on which the mother is signed in."""

    def make(*, script: bool = True, elder: bool = False):
        page = open_browser(PHONE, script=script)
        client = Client()
        client.force_login(cast.users["mother"], BACKEND)
        cookies = {"sessionid": client.cookies["sessionid"].value}
        cookies |= {"large_text": "1"} if elder else {}
        page.context.add_cookies(
            [{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()]
        )
        return page

    return make


def pages_of(cast) -> list[str]:
    child = f"/f/children/{cast.students['mengyao'].pk}/"
    parts = ("", "readers/", "copy/", "correct/", "delete/")
    return ["/f/", "/f/me/", "/f/requests/", *(child + part for part in parts)]


@pytest.mark.parametrize("elder", [False, True])
def test_every_page_fits_the_phone_and_is_accessible(cast, mother_s, elder):
    page = mother_s(elder=elder)
    wanted = 60 if elder else 48
    for address in pages_of(cast):
        page.goto(address)
        assert scroll_width(page) <= PHONE["width"], address
        assert axe_violations(page) == [], address
        small = page.evaluate(
            """least => [...document.querySelectorAll('main a, main button, main summary')]
            .filter(e => e.getBoundingClientRect().height > 0)
            .filter(e => e.getBoundingClientRect().height < least - 0.5).map(e => e.outerHTML)""",
            wanted,
        )
        assert small == [], address
    assert page.problems == []


def test_b5_how_the_child_is_without_script(cast, mother_s):
    page = mother_s(script=False)
    page.goto("/f/")
    page.get_by_role("link", name="看看梦瑶最近").click()
    letter = page.locator(".letter").inner_text()
    assert letter.index(familyview.LETTER["good_news"]) < letter.index(familyview.LETTER["body"])
    assert "张老师" in letter
    assert familyview.LETTER["you_can_do"] in page.locator("main").inner_text()


def test_b6_the_school_asks_and_the_family_answers_without_script(cast, mother_s):
    page = mother_s(script=False)
    page.goto("/f/requests/")
    page.fill("textarea", "昨天寄了，走的邮局")
    page.get_by_role("button", name="办好了").click()
    assert "昨天寄了，走的邮局" in page.locator("main").inner_text()
    row = FamilyRequest.objects.get()
    assert (row.answer, row.answer_words) == ("done", "昨天寄了，走的邮局")


def test_b9_a_copy_lands_on_the_phone(cast, mother_s, tmp_path):
    page = mother_s()
    page.goto(pages_of(cast)[5])
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载", exact=True).click()
    waiting.value.save_as(tmp_path / "copy.zip")
    with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
        assert archive.testzip() is None
        assert archive.read("data.pdf").startswith(b"%PDF-")
    assert DataRequest.objects.get(kind="copy").state == "done"


def test_b9_a_deletion_from_the_wish_to_the_end(cast, mother_s, open_browser):
    cast.students["mengyao"].concerns.update(
        closed_at=clock.now() - timedelta(hours=1), opened_at=clock.now() - timedelta(hours=2)
    )
    page = mother_s(script=False)
    page.goto(pages_of(cast)[7])
    page.get_by_role("button", name="请学校删除").click()
    assert "请先勾上" in page.locator("main").inner_text()
    page.check("[name=is_sure]", force=True)
    page.get_by_role("button", name="请学校删除").click()
    assert "学校收到了" in page.locator("main").inner_text()
    row = DataRequest.objects.get(kind="deletion")

    counsellor = open_browser(DESK)
    sign_in(counsellor, "counsellor")
    counsellor.locator(f"[href='/privacy/requests/{row.pk}/']").click()
    counsellor.wait_for_url(f"**/privacy/requests/{row.pk}/")
    assert axe_violations(counsellor) == []
    counsellor.check("[name=verdict][value=cleared]")
    counsellor.fill("[name=note]", "没有未了结的事")
    counsellor.get_by_role("button", name="保存核对").click()
    counsellor.wait_for_url("**/privacy/requests/")

    principal = open_browser(DESK)
    sign_in(principal, "principal")
    principal.goto(f"/privacy/requests/{row.pk}/")
    assert axe_violations(principal) == []
    principal.check("[name=is_sure]")
    principal.get_by_role("button", name="永久删除").click()
    principal.wait_for_url("**/privacy/requests/")
    assert "档案已经永久删除" in principal.locator("main").inner_text()
    assert not Student.objects.filter(name="徐梦瑶").exists()
    page.goto(pages_of(cast)[3])
    assert "徐梦瑶" not in page.content()
    assert counsellor.problems == principal.problems == []

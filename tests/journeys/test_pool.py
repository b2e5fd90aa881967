"""The shared queue: a school without a counsellor, two counsellors of other schools, one child."""

import re

import pytest

from accounts.models import AccessRecord
from counselling.models import Brief, Case, Engagement
from tests.factories import pool
from tests.factories.cast import Cast
from tests.journeys.conftest import DESK, PHONE, axe_violations, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = ("马思源", "思源", "十八里堡", "虎秀兰", "柴校长")


@pytest.fixture
def cast(cast) -> Cast:
    pool.make_pool(cast)
    return cast


@pytest.fixture
def desk(open_browser):
    def make(who, size=DESK):
        page = open_browser(size)
        sign_in(page, who)
        return page

    return make


def test_a_concern_goes_to_one_of_two_counsellors_and_comes_back(desk, cast):
    concern = pool.make_concern(cast)
    school = desk("far-principal", PHONE)
    school.goto(f"/concerns/{concern.pk}/")
    school.click("text=请外校心理老师帮忙")
    school.wait_for_selector("#id_words")
    assert axe_violations(school) == []
    for name, value in (("troubles", "sleep"), ("asks", "phone"), ("reach", "far")):
        school.check(f"input[name={name}][value={value}]")
    school.fill("#id_words", "思源夜里常醒")
    school.check("input[name=permission][value=consent]")
    school.select_option("#id_consent_by", label="虎秀兰")
    school.select_option("#id_consent_how", "phone")
    school.fill("#id_consent_on", f"{concern.opened_at:%Y-%m-%d}")
    # A name is refused at its field; what was written stays.
    school.click("button[value=look]")
    school.wait_for_selector("text=“思源”会让人知道是哪个孩子")
    school.fill("#id_words", "夜里常醒，下课一个人坐着")
    school.click("button[value=look]")
    seen = school.wait_for_selector(".seen")
    assert "夜里常醒" in seen.inner_text()
    assert not [word for word in WORDS if word in seen.inner_text()]
    assert axe_violations(school) == []
    school.click("button[value=send]")
    school.wait_for_selector("#pool:has-text('还没有人接')")

    # Two counsellors read the same brief, without a name, and both press.
    pages = [desk("counsellor"), desk("guest", PHONE)]
    for page in pages:
        page.goto("/concerns/pool/")
        assert axe_violations(page) == []
        page.click(".briefs a")
        page.wait_for_selector(".brief:has-text('夜里常醒')")
        assert not [word for word in WORDS if word in page.content()]
        assert axe_violations(page) == []
    for page in pages:
        page.locator(".pool form .btn-primary").evaluate("button => button.click()")
    for page in pages:
        page.wait_for_selector(".case, .nothing-page")
    (winner,) = [page for page in pages if page.locator(".case").count()]
    (loser,) = [page for page in pages if page is not winner]
    assert "刚才有同事接下了" in loser.inner_text("main")
    assert not [word for word in WORDS if word in loser.content()]
    case = Case.objects.get()
    assert loser.goto(f"/concerns/cases/{case.pk}/").status == 404
    assert Engagement.objects.get().user == case.owner

    # The child has a name now, and people to phone; nothing else of its school opens.
    if winner.viewport_size == PHONE:  # what stands beside the case is folded beneath it
        winner.click(".case-side > details > summary")
    aside = winner.inner_text(".case-side")
    assert "马思源" in winner.inner_text("h1")
    assert "虎秀兰" in aside
    assert axe_violations(winner) == []
    winner.goto(f"/concerns/cases/{case.pk}/write/note/")
    winner.fill("#id_words", "他说想妈妈")
    winner.click("text=保存记录")
    winner.wait_for_selector(".note:has-text('他说想妈妈')")
    school.reload()
    school.wait_for_selector(f"#pool:has-text('{case.owner.name}')")

    # Given back with a reason that the school reads; then the door is shut.
    if winner.viewport_size == PHONE:
        winner.click(".case-side > details > summary")
    winner.click("text=交还给学校")
    winner.fill("#id_words", "下周我住院")
    winner.click("button:has-text('交还给学校')")
    winner.wait_for_url(re.compile("/concerns/pool/"))
    assert winner.goto(f"/concerns/cases/{case.pk}/").status == 404
    school.goto(f"/concerns/{concern.pk}/")
    school.wait_for_selector(".kv:has-text('下周我住院')")
    assert "他说想妈妈" not in school.content()
    assert (Brief.objects.get().state, Engagement.objects.get().ending) == (
        "accepted",
        "given_back",
    )
    assert AccessRecord.objects.filter(student_id=concern.student_id, user=case.owner).exists()
    # The words that told were refused: nothing else went wrong.
    assert [one for one in school.problems if "422" not in one] == []

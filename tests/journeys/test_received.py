"""A letter goes online: one counsellor there takes it on and answers. Another letter is taken back."""

import re

import pytest

from counselling.models import Referral
from tests.factories import cases, received, referrals
from tests.factories.cast import PASSWORD, make_cast
from tests.journeys.conftest import DESK, PHONE, axe_violations, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_letter_goes_online_and_its_answer_comes_back(open_browser):
    cast = make_cast()
    case = cases.make_case(cast)
    received.make_receivers(cast)
    pages = {}
    for who, size in (("counsellor", DESK), ("receiver", PHONE), ("colleague", DESK)):
        pages[who] = open_browser(size)
        sign_in(pages[who], who, PASSWORD)
    home, there, colleague = pages.values()

    def write() -> str:
        """Address of a letter that was sent, with the same words as before."""
        home.goto(f"/concerns/cases/{case.pk}/refer/")
        home.select_option("#id_place", label=received.THERE)
        home.fill("#id_asks", referrals.ASKS)
        home.check("[name=parts][value=carers]")
        home.check("[name=permission][value=consent]")
        home.select_option("#id_consent_by", label="王芳")
        home.select_option("#id_consent_how", "phone")
        home.fill("#id_consent_on", "2026-01-05")
        assert axe_violations(home) == []
        home.click(".write .btn-primary")
        home.wait_for_url(re.compile("/concerns/referrals/"))
        assert "2位心理老师" in home.locator(".next").inner_text()
        held = home.locator(".package").inner_text()
        assert axe_violations(home) == []
        home.click("button:has-text('看过了，发送')")
        home.wait_for_selector("h2:has-text('等泗水小学的心理老师答复')")
        assert axe_violations(home) == []
        return held

    held = write()
    there.goto("/")
    row = there.locator("[data-row], .row, li").filter(has_text="这所学校请您帮一个孩子").first
    assert "徐梦瑶" not in there.locator("main").inner_text()
    row.get_by_text("打开").first.click()
    there.wait_for_selector("h1:has-text('黄羊川中心小学的来信')")
    assert there.locator(".package").inner_text() == held
    assert axe_violations(there) == []
    colleague.goto(there.url)
    there.click("button:has-text('我来接')")
    there.wait_for_selector("summary:has-text('写答复')")
    # A colleague who had the page open comes too late, and reads no more.
    colleague.click("button:has-text('我来接')")
    colleague.wait_for_selector("text=同事比您快了一步")
    assert referrals.ASKS not in colleague.locator("main").inner_text()
    assert axe_violations(colleague) == []
    there.click("summary:has-text('写答复')")
    there.fill("#done_words", received.ANSWER)
    there.click("button:has-text('发送答复')")
    there.wait_for_selector(f".words:has-text('{received.ANSWER}')")
    assert axe_violations(there) == []
    home.goto("/")
    assert "您的信有回音了" in home.locator("main").inner_text()
    home.goto(f"/concerns/referrals/{Referral.objects.get().pk}/")
    home.wait_for_selector(f".words:has-text('{received.ANSWER}')")
    assert "孙静" in home.locator(".next").inner_text()
    assert axe_violations(home) == []

    write()
    colleague.goto("/")
    colleague.locator("a, button").filter(has_text="打开").first.click()
    colleague.wait_for_selector(".package")
    home.click("summary:has-text('收回这封信')")
    home.fill("#revoke_words", "妈妈改主意了")
    home.click(".next form button")
    home.wait_for_selector("h2:has-text('您收回了这封信')")
    assert "韩雪" in home.locator(".next").inner_text()  # who had opened it
    colleague.reload()
    colleague.wait_for_selector("text=对方学校把这封信收回了")
    text = colleague.locator("main").inner_text()
    assert not [word for word in (referrals.ASKS, "徐梦瑶", "妈妈改主意了") if word in text]
    assert axe_violations(colleague) == []
    problems = [line for page in pages.values() for line in page.problems]
    assert [line for line in problems if "409" not in line] == []

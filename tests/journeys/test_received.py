"""A letter goes online: one counsellor there takes it on and answers. Another letter is taken back."""

import re

import pytest

from counselling.models import Referral
from tests.factories import cases, received, referrals
from tests.factories.cast import make_cast
from tests.journeys.conftest import DESK, PHONE, look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(open_browser):
    """(the sender's page, a receiver's on a phone, another receiver's), and the sender's case."""
    cast = make_cast()
    case = cases.make_case(cast)
    received.make_receivers(cast)
    pages = []
    for who, size in (("counsellor", DESK), ("receiver", PHONE), ("colleague", DESK)):
        pages.append(open_browser(size))
        sign_in(pages[-1], who)
    yield (*pages, case)
    problems = [line for page in pages for line in page.problems]
    assert [line for line in problems if "409" not in line] == []


def send_letter(home, case) -> str:
    """What the letter holds, as its sender was shown it before."""
    home.goto(f"/concerns/cases/{case.pk}/refer/")
    home.select_option("#id_place", label=received.THERE)
    home.fill("#id_asks", referrals.ASKS)
    home.check("[name=parts][value=carers]")
    home.check("[name=permission][value=consent]")
    home.select_option("#id_consent_by", label="王芳")
    home.select_option("#id_consent_how", "phone")
    home.fill("#id_consent_on", "2026-01-05")
    look(home, "letter-new")
    home.click(".write .btn-primary")
    home.wait_for_url(re.compile("/concerns/referrals/"))
    assert "2位心理老师" in home.locator(".next").inner_text()
    held = home.locator(".package").inner_text()
    look(home, "letter-preview")
    home.click("button:has-text('看过了，发送')")
    home.wait_for_selector("h2:has-text('等泗水小学的心理老师答复')")
    look(home, "letter-sent")
    return held


def test_one_counsellor_takes_a_letter_on_and_the_answer_comes_back(people):
    home, there, colleague, case = people
    held = send_letter(home, case)
    there.goto("/")
    row = there.locator("[data-row], .row, li").filter(has_text="这所学校请您帮一个孩子").first
    assert "徐梦瑶" not in there.locator("main").inner_text()
    row.get_by_text("打开").first.click()
    there.wait_for_selector("h1:has-text('黄羊川中心小学的来信')")
    assert there.locator(".package").inner_text() == held
    look(there, "letter-received")
    colleague.goto(there.url)
    there.click("button:has-text('我来接')")
    there.wait_for_selector("summary:has-text('写答复')")
    # A colleague who had the page open comes too late, and reads no more.
    colleague.click("button:has-text('我来接')")
    colleague.wait_for_selector("text=同事比您快了一步")
    assert referrals.ASKS not in colleague.locator("main").inner_text()
    look(colleague, "letter-too-late")
    there.click("summary:has-text('写答复')")
    there.fill("#done_words", received.ANSWER)
    there.click("button:has-text('发送答复')")
    there.wait_for_selector(f".words:has-text('{received.ANSWER}')")
    look(there, "letter-done")
    home.goto("/")
    assert "您的信有回音了" in home.locator("main").inner_text()
    home.goto(f"/concerns/referrals/{Referral.objects.get().pk}/")
    home.wait_for_selector(f".words:has-text('{received.ANSWER}')")
    assert "孙静" in home.locator(".next").inner_text()
    look(home, "letter-answered")


def test_a_letter_that_was_taken_back_is_read_no_more(people):
    home, _there, colleague, case = people
    send_letter(home, case)
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
    look(colleague, "letter-revoked")

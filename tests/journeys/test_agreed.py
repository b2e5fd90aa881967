"""What was agreed, at three doors; and a letter that goes out and comes back."""

import re

import pytest

from counselling.models import MeasureTick, Referral
from tests.factories import cases, plans, referrals
from tests.factories.cast import make_cast
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, sign_in, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_each_party_sees_its_own_part_and_ticks_it_off(open_browser):
    cast = make_cast()
    plan, _measures = plans.make_plan(cast)

    def visit(who: str, path: str, size=PHONE):
        page = open_browser(size)
        sign_in(page, who)
        page.problems.clear()  # a family that signs in with a password lands at the staff door first
        page.goto(path)
        look(page, f"agreed-{who}")
        text = page.locator("main").inner_text()
        seen = {party for party, words in plans.WORDS.items() if words in text}
        return page, seen

    mother, seen = visit("family-mother", "/f/agreed/")
    assert seen == {"family"}
    mother.click("main form .btn")
    mother.wait_for_selector(".noted")

    village, seen = visit("village", "/v/")
    assert seen == {"village"}
    village.click("#agreed form .btn")
    village.wait_for_selector("#agreed .noted")

    teacher, seen = visit("teacher", "/", DESK)
    assert seen == {"school"}
    teacher.click("button:has-text('做到了')")
    wait_until(lambda: MeasureTick.objects.count() == 3)

    owner, seen = visit("counsellor", f"/concerns/cases/{plan.case_id}/plan/", DESK)
    assert seen == set(plans.WORDS)
    assert owner.locator(".measures .is-done").count() == 3
    assert owner.problems == mother.problems == village.problems == teacher.problems == []


def test_a_letter_goes_out_and_an_answer_comes_back(open_browser):
    cast = make_cast()
    case = cases.make_case(cast)
    referrals.place(cast)
    page = open_browser(DESK)
    sign_in(page, "counsellor")
    page.goto(f"/concerns/cases/{case.pk}/refer/")
    page.select_option("#id_place", label=referrals.CENTRE)
    page.fill("#id_asks", referrals.ASKS)
    page.check("[name=parts][value=carers]")
    page.check("[name=permission][value=consent]")
    page.select_option("#id_consent_by", label="王芳")
    page.select_option("#id_consent_how", "phone")
    page.fill("#id_consent_on", "2026-01-05")
    page.click(".write .btn-primary")
    page.wait_for_url(re.compile("/concerns/referrals/"))
    held = page.locator(".package").inner_text()
    assert referrals.ASKS in held
    assert "李秀兰" in held
    assert axe_violations(page) == []
    page.click("button:has-text('看过了，送出')")
    wait_until(lambda: Referral.objects.get().state == "sent")
    page.wait_for_selector("a:has-text('打印这封信')")
    assert page.locator(".package").inner_text() == held
    page.click(".next summary")
    page.check("[name=to][value=done]")
    page.fill("#answer_words", "谈过三次，好多了")
    page.click(".next form .btn-primary")
    page.wait_for_selector(".words:has-text('谈过三次')")
    assert Referral.objects.get().state == "done"
    assert page.problems == []

"""A child says that it is bullied: from the school's computer to an adult at its side."""

import pytest

from safeguarding.models import Concern
from tests.journeys.conftest import axe_violations, sign_in, tap_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
SCHOOL_COMPUTER = {"width": 1024, "height": 768}


def test_bullying_reaches_an_adult_and_leaves_nothing_on_the_computer(cast, open_browser):
    pupil = open_browser(SCHOOL_COMPUTER)
    tap_in(pupil, cast)
    pupil.get_by_role("button", name="有人欺负我").click()
    assert axe_violations(pupil) == []
    pupil.locator("[name=hurt_by][value=child]").check(force=True)
    pupil.locator("[name=person][value=not_teacher]").check(force=True)
    pupil.fill("[name=words]", "放学路上有人堵我")
    pupil.get_by_role("button", name="告诉大人").click()
    pupil.get_by_text("陈敏会来找你").wait_for()
    assert axe_violations(pupil) == []
    pupil.get_by_role("button", name="好了，退出").click()
    pupil.wait_for_url("**/p/sign-in/")
    pupil.go_back()
    assert "堵我" not in pupil.content()
    assert "欺负" not in pupil.content()

    teacher = open_browser(SCHOOL_COMPUTER)
    sign_in(teacher, "teacher")
    assert "堵我" not in teacher.content()

    counsellor = open_browser(SCHOOL_COMPUTER)
    sign_in(counsellor, "counsellor")
    counsellor.goto("/")
    row = counsellor.locator("main").inner_text()
    assert "说有别的孩子欺负、伤害自己" in row
    assert "放学路上有人堵我" in row
    counsellor.goto(f"/concerns/{Concern.objects.get().pk}/")
    counsellor.get_by_role("button", name="我来接").last.click()
    counsellor.wait_for_load_state()
    assert Concern.objects.get().acknowledged_by == cast.users["counsellor"]
    for page in (pupil, teacher, counsellor):
        assert page.problems == []

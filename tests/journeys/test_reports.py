"""A teacher reports suspected harm; the colleague who is suspected finds nothing any more, and no reason."""

import pytest

from safeguarding.models import Report
from tests.factories.reports import SAID
from tests.journeys.conftest import DESK, PHONE, axe_violations, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_one_click_on_the_childs_page_to_a_file_that_is_closed(open_browser, cast):
    student = cast.students["mengyao"]
    suspect = open_browser(DESK)
    sign_in(suspect, "admin")
    assert suspect.goto(f"/children/{student.pk}/").status == 200

    teacher = open_browser(PHONE)
    sign_in(teacher, "teacher")
    teacher.goto(f"/children/{student.pk}/")
    teacher.click("a.btn-report[href*='report']")
    teacher.wait_for_url("**/concerns/reports/new/**")
    assert axe_violations(teacher) == []
    teacher.check("input[name=situation][value=violence]")
    teacher.fill("textarea[name=words]", SAID)
    teacher.click(".of-school summary")
    teacher.check(f"input[name=users][value='{cast.users['admin'].pk}']")
    teacher.click("form.write button.btn-now")
    teacher.wait_for_selector(f".words:has-text('{SAID}')")
    assert axe_violations(teacher) == []
    teacher.click("summary:has-text('记下报告给了谁')")
    teacher.fill("#told_spoke_with", "王警官")
    teacher.click(".tell form button.btn-primary")
    teacher.wait_for_selector(".is-told:has-text('王警官')")

    report = Report.objects.get()
    assert suspect.goto(f"/children/{student.pk}/").status == 404
    assert suspect.goto(f"/concerns/reports/{report.pk}/").status == 404
    suspect.goto("/children/?q=徐")
    assert "徐梦瑶" not in suspect.content()

    principal = open_browser(DESK)
    sign_in(principal, "principal")
    principal.goto(f"/concerns/reports/{report.pk}/")
    principal.click("summary:has-text('重新开放')")
    principal.fill("textarea[name=reason]", "派出所查清：是摔的")
    principal.click("button:has-text('对此人重新开放档案')")
    principal.wait_for_selector(".lines:has-text('派出所查清')")
    assert suspect.goto(f"/children/{student.pk}/").status == 200

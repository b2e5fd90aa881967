"""By night a child is not home: the principal reads its case for a day, and its counsellor knows at once."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import AccessRecord
from accounts.verifying import first_broken
from delivery.tasks import drain_outbox
from students import barriers
from tests.delivery.conftest import gateway, sms  # noqa: F401 - fixtures
from tests.factories import cases
from tests.factories.cast import Cast
from tests.factories.files import photo
from tests.journeys.conftest import DESK, PHONE, axe_violations, kept_in, sign_in, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]
CHINA = ZoneInfo("Asia/Shanghai")
REASON = "孩子没有回家，要知道她会去哪里"


@pytest.fixture
def cast(cast) -> Cast:
    cases.second_counsellor(cast)
    return cast


def test_read_for_a_day_with_a_reason_and_the_owner_is_told_in_the_night(
    open_browser,
    cast,
    clock_at,
    sms,  # noqa: F811
    gateway,  # noqa: F811
    workers,
):
    case = cases.make_case(cast)
    cases.note(case)
    cases.attachment(case, data=photo(), name="她画的路")
    owner, principal = case.owner, cast.users["principal"]
    barriers.set_barrier(
        student=case.student,
        user=cast.users["second"],
        reason="被举报",
        by=principal,
        at=timezone.now(),
    )
    tomorrow = datetime.now(CHINA).date() + timedelta(days=1)
    night = datetime.combine(tomorrow, time(2, 40), CHINA)
    clock_at(night)

    page = open_browser(PHONE)
    sign_in(page, "principal")
    assert page.goto(f"/concerns/cases/{case.pk}/").status == 404
    page.goto(f"/concerns/cases/emergency/{case.student_id}/")
    assert axe_violations(page) == []
    page.fill("#id_reason", REASON)
    page.click(".btn-now")
    page.wait_for_selector(f".note:has-text('{cases.SAID}')")
    with page.expect_popup() as opened:
        page.click("#files a")
    opened.value.wait_for_selector("img")
    kept = kept_in(page)
    for secret in (cases.SAID, "她画的路", REASON):
        assert secret not in kept

    # A real worker, a real gateway, in the middle of the counsellor's quiet hours.
    def told() -> list[str]:
        drain_outbox.delay()
        return [
            one.text for one in gateway.taken if one.phone == owner.phone and "紧急" in one.text
        ]

    text = wait_until(told)[0]
    assert case.student.name not in text
    assert REASON not in text

    desk = open_browser(DESK)
    sign_in(desk, "counsellor")
    desk.goto(f"/concerns/cases/{case.pk}/")
    desk.wait_for_selector(f".note:has-text('{REASON}')")
    side = desk.inner_text(".case-side")
    assert f"{principal.name}" in side
    assert "紧急查看，到" in side
    assert "看了文件" in side
    assert axe_violations(desk) == []

    # To whom the child is closed there is no case, by night either.
    barred = open_browser(PHONE)
    sign_in(barred, "second")
    assert barred.goto(f"/concerns/cases/emergency/{case.student_id}/").status == 404

    clock_at(night + timedelta(hours=25))
    assert page.goto(f"/concerns/cases/{case.pk}/").status == 404
    noted = AccessRecord.objects.filter(user=principal, student_id=case.student_id)
    marks = list(noted.order_by("pk").values_list("what", flat=True))
    assert "case emergency" in marks
    assert f"case {case.pk} notes" in marks
    assert any(mark.startswith(f"case {case.pk} file ") for mark in marks)
    assert first_broken(f"access:{case.school_id}") is None

"""After a restore: the administrator reads what is missing, settles a message, and lets messages go again."""

from datetime import timedelta

import pytest

from core import clock
from delivery.models import OutboxMessage, Restore
from schools.models import School
from tests.journeys.conftest import DESK, PHONE, axe_violations, look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def restored(cast):
    at = clock.now()
    loaded_at = at - timedelta(hours=1)
    Restore.objects.create(
        taken_at=at - timedelta(hours=31), loaded_at=loaded_at, finished_at=loaded_at
    )
    School.objects.update(sending_stopped_at=loaded_at)
    for number, key in enumerate(["mother", "father"]):
        OutboxMessage.objects.create(
            school=cast.school, dedupe_key=f"lost:{number}", kind="check_in", state="unknown",
            adult=cast.adults[key], cause="restored", finished_at=loaded_at,
            due_at=at - timedelta(hours=20 + number), expires_at=at + timedelta(hours=20),
        )  # fmt: skip


@pytest.mark.parametrize("script", [True, False])
def test_from_what_is_missing_to_sending_again(cast, restored, open_browser, script):
    for size, language in ((PHONE, "en"), (DESK, "en"), (PHONE, "zh-hans"), (DESK, "zh-hans")):
        page = open_browser(size, script=script, language=language)
        sign_in(page, "admin")
        page.goto("/check-ins/operation/")
        look(page, f"restored-{size['width']}-{language}-{script}")
        if script:
            assert axe_violations(page) == []
    page.get_by_role("button", name="没收到，不再发").first.click()
    page.get_by_role("button", name="都补录好了，重新开始发送").click()
    page.wait_for_url("**/check-ins/**")
    assert School.objects.get(pk=cast.school.pk).sending_stopped_at is None
    page.goto("/check-ins/operation/")
    assert page.get_by_role("button", name="都补录好了").count() == 0
    assert OutboxMessage.objects.filter(state="unknown").count() == 1
    look(page, f"restored-after-{script}")

"""An administrator gives a school gate access, the gate reports a day, and access is ended."""

import pytest

from classroom.models import AttendanceMark
from tests.api.conftest import post
from tests.factories.api import school_today, system
from tests.journeys.conftest import DESK, PHONE, look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("viewport", "language"), [(DESK, "zh-hans"), (PHONE, "zh-hans"), (DESK, "en"), (PHONE, "en")]
)
def test_from_the_settings_to_attendance(cast, open_browser, live_server, viewport, language):
    words = WORDS[language]
    cast.users["admin"].language = language
    cast.users["admin"].save()
    name = f"{viewport['width']}-{language}"
    page = open_browser(viewport, language=language)
    sign_in(page, "admin")
    page.goto("/settings/systems/")
    look(page, f"systems-none-{name}")
    page.get_by_role("link", name=words["give"]).click()
    page.get_by_role("button", name=words["make"]).click()
    look(page, f"systems-wrong-{name}")
    page.get_by_label(words["which"]).fill("校门")
    page.get_by_label(words["write"]).check()
    look(page, f"systems-new-{name}")
    page.get_by_role("button", name=words["make"]).click()
    secret = page.locator("code").inner_text()
    look(page, f"systems-made-{name}")

    day = school_today(cast)
    rows = [
        {"student": str(cast.students[key].pk), "day": day, "mark": "absent"}
        for key in ("mengyao", "xiaobao")
    ]
    assert post(system(secret), rows).json()["changed"] == 2
    assert {mark.written_by.name for mark in AttendanceMark.objects.all()} == {"API · 校门"}

    page.get_by_role("link", name=words["entered"]).click()
    assert secret not in page.content()
    look(page, f"systems-{name}")
    page.get_by_role("button", name=words["end"]).click()
    page.locator("summary", has_text=words["over"]).click()
    look(page, f"systems-ended-{name}")
    assert post(system(secret), rows).status_code == 401

    page.goto("/api/docs/")
    for folded in page.locator("summary").all():
        folded.click()
    look(page, f"systems-docs-{name}")


WORDS = {
    "zh-hans": {
        "give": "让一个系统接入",
        "make": "生成密钥",
        "which": "哪个系统",
        "write": "写入考勤",
        "entered": "已经填好了",
        "end": "停用",
        "over": "现在不能访问的",
    },
    "en": {
        "give": "Give a system access",
        "make": "Make the token",
        "which": "Which system?",
        "write": "Write attendance",
        "entered": "I have entered it",
        "end": "End access",
        "over": "Without access now",
    },
}

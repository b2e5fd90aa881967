"""Three things there and back: a child chooses, the mother answers, the child says how the call felt."""

import pytest

from calls.models import ThreeThings
from delivery.models import OutboxMessage
from tests.factories.classroom import make_photo
from tests.journeys.conftest import axe_violations, look, tap_in, wait_until
from tests.journeys.test_pupil import mothers_phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
SCHOOL_COMPUTER = {"width": 1024, "height": 768}


def test_there_and_back(cast, open_browser, live_server):
    pupil = open_browser(SCHOOL_COMPUTER)
    tap_in(pupil, cast)
    pupil.get_by_text("我想让妈妈问我的三件事").click()
    for picture in ("pet", "when"):
        pupil.locator(f"[name=pictures][value={picture}]").check(force=True)
    pupil.fill("[name=sentence_1]", "小羊站起来了没有")
    assert axe_violations(pupil) == []
    pupil.get_by_role("button", name="选好了，给他们看").dblclick()
    pupil.get_by_text("我想让妈妈问我").wait_for()
    assert axe_violations(pupil) == []
    things = ThreeThings.objects.get()
    message = OutboxMessage.objects.get(payload__about="things")
    assert message.adult == cast.adults["mother"]

    phone = mothers_phone(open_browser, cast, live_server)
    phone.goto(message.payload["path"])
    assert "小羊站起来了没有" in phone.locator("main").inner_text()
    assert axe_violations(phone) == []
    phone.locator("[name=photo]").set_input_files(
        {"name": "day.jpg", "mimeType": "image/jpeg", "buffer": make_photo().read()}
    )
    look(phone, "things-answer-390")
    phone.fill("[name=words]", "妈妈晚上打给你")
    phone.get_by_role("button", name="回给梦瑶").click()
    phone.get_by_text("在学校会看到").wait_for()
    wait_until(lambda: phone.locator("img.shot").evaluate("img => img.naturalWidth > 0"))
    look(phone, "things-answered-390")
    assert axe_violations(phone) == []

    pupil.goto("/p/")
    pupil.get_by_text("有回音了").click()
    assert "妈妈晚上打给你" in pupil.locator("main").inner_text()
    wait_until(lambda: pupil.locator("img.shot").evaluate("img => img.naturalWidth > 0"))
    look(pupil, "things-came-1024")
    pupil.locator("[name=felt][value='1']").click()
    pupil.get_by_text("谢谢你告诉我们").wait_for()
    assert axe_violations(pupil) == []
    things.refresh_from_db()
    assert (things.felt, things.answer_words) == (1, "妈妈晚上打给你")
    phone.reload()
    assert "挺好的" not in phone.locator("main").inner_text()
    for page in (pupil, phone):
        assert page.problems == []

"""Who is there tonight, on the demo phone: a neighbour says yes; and silence to the end."""

from datetime import datetime, time, timedelta

import pytest

from delivery.models import DemoPhoneMessage, OutboxMessage, VoiceCall
from delivery.tasks import drain_alerts, drain_outbox, gather_receipts
from guardians.models import Adult, ContactPoint
from nights import rules
from nights.models import Night
from nights.tasks import follow
from safeguarding.models import Concern
from safeguarding.tasks import run_intake
from schools.roles import Role
from tests.factories.cast import (
    make_adult,
    make_guardianship,
    make_post,
    make_student,
    make_user,
    send_away,
)
from tests.journeys.conftest import CHINA, DESK, PHONE, axe_violations, enter, look, sign_in
from tests.journeys.test_telephone import let_work, school, staff  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]
TODAY = datetime.now(CHINA).date()
FIVE = datetime.combine(TODAY, time(17, 5), CHINA)


@pytest.fixture
def child(school, staff):  # noqa: F811
    child = make_student(staff["class"], "徐梦瑶", village="黄羊川村", address="黄羊川村5组47号")
    mother = make_adult(school, "王芳", phone="+8613893510001")
    grandmother = make_adult(school, "李秀兰", phone="+8613893510002")
    make_guardianship(child, mother, "mother")
    make_guardianship(child, grandmother, "paternal_grandmother")
    send_away(mother, "昆山")
    ContactPoint.objects.filter(adult=grandmother).update(by_call=True)
    mother.user = make_user("mother", "王芳")
    mother.save(update_fields=["user"])
    return child


def agree_on_somebody(teacher, child) -> None:
    """By the pages alone: added, agreed by the mother in a call, wanted by the child, told to the village."""
    teacher.goto(f"/children/{child.pk}/family/nearby/")
    teacher.locator("[name=name]").fill("李婶")
    teacher.locator("[name=relation]").select_option("other")
    teacher.locator("[name=phone]").fill("13993510051")
    teacher.locator("[name=minutes]").fill("3")
    teacher.locator("form[action$='/nearby/add/'] button").click()
    teacher.get_by_text("爸妈还没同意").wait_for()
    look(teacher, "nearby-missing-desk")
    teacher.get_by_role("button", name="已同意").click()
    teacher.get_by_role("button", name="愿意 李婶", exact=True).click()
    teacher.get_by_role("button", name="已告诉").click()
    teacher.get_by_text("可以请", exact=True).wait_for()
    assert axe_violations(teacher) == []


def leave(*pages) -> None:
    """A page that asks by itself would meet the moment in which the clock moves and connections are cut."""
    for page in pages:
        page.goto("about:blank")


def pick_up(phone, of: str) -> str:
    phone.goto(f"/check-ins/demo-phone/?of={of}")
    phone.get_by_role("button", name="接听").click()
    return phone.locator("#call .text").inner_text()


def test_a_grandmother_does_not_press_and_the_neighbour_says_yes(
    child, clock_at, workers, open_browser, live_server
):
    clock_at(FIVE)
    teacher = open_browser(DESK)
    sign_in(teacher, "teacher")
    agree_on_somebody(teacher, child)
    neighbour = Adult.objects.get(name="李婶")

    teacher.goto("/tonight/switch/")
    teacher.get_by_role("button", name="先看看问哪些孩子").click()
    assert "1 个爸妈外出的孩子" in teacher.locator("#reach + p").inner_text()
    look(teacher, "tonight-switch-desk")
    assert axe_violations(teacher) == []
    teacher.get_by_role("button", name="去问", exact=True).click()
    grandmother = Adult.objects.get(name="李秀兰")
    let_work(lambda: VoiceCall.objects.filter(adult=grandmother).exists(), follow, drain_outbox)
    phone = open_browser(PHONE)
    sign_in(phone, "teacher")
    spoken = pick_up(phone, f"a{grandmother.pk}")  # she listens, and presses nothing
    assert "今晚家里有大人陪孩子吗" in spoken
    assert "梦瑶" not in spoken

    leave(teacher, phone)
    clock_at(datetime.combine(TODAY, time(20, 1), CHINA))
    let_work(
        lambda: VoiceCall.objects.filter(adult=neighbour).exists(),
        follow,
        gather_receipts,
        drain_outbox,
    )
    [written] = DemoPhoneMessage.objects.filter(adult=neighbour)
    assert "梦瑶" not in written.text
    # She opens the link: the child is named there, behind her own message.
    link = written.text.split("http", 1)[1].split()[0].rstrip("。")
    page = open_browser(PHONE)
    page.goto(f"{live_server.url}/{link.split('/', 3)[3]}")
    assert "梦瑶" in page.locator("h1").inner_text()
    look(page, "tonight-neighbour-390")
    assert axe_violations(page) == []
    # She answers by the phone that rings.
    spoken = pick_up(phone, f"a{neighbour.pk}")
    assert "今晚家里没有大人" in spoken
    assert "梦瑶" not in spoken
    phone.locator("#call button[name=key][value='1']").click()
    phone.get_by_text("按了 1").wait_for()
    page.reload()
    assert "谢谢" in page.locator("h1").inner_text()
    assert "5组47号" in page.locator("main").inner_text()
    look(page, "tonight-neighbour-yes-390")

    night = Night.objects.get()
    assert night.settled_adult == neighbour
    teacher.goto("/")
    assert "李婶陪着孩子" in teacher.locator("main").inner_text()
    teacher.goto(f"/tonight/{night.pk}/")
    assert "李秀兰没有回应" in teacher.locator("main").inner_text()
    look(teacher, "tonight-night-desk")
    assert axe_violations(teacher) == []

    mother = Adult.objects.get(name="王芳")
    let_work(lambda: DemoPhoneMessage.objects.filter(adult=mother).exists(), drain_outbox)
    far = open_browser(PHONE)
    enter(far, mother.user)
    far.goto(f"/f/tonight/{child.pk}/")
    assert "李婶陪着孩子" in far.locator("main").inner_text()
    look(far, "tonight-mother-390")
    assert axe_violations(far) == []
    for one in (teacher, phone, page, far):
        assert one.problems == []


def test_silence_to_the_end_rings_duty(child, school, staff, clock_at, workers, open_browser):  # noqa: F811
    worker = make_user("village", "李红梅", phone="+8613909350009")
    make_post(worker, Role.VILLAGE_WORKER, school=school, village="黄羊川村")
    clock_at(FIVE)
    teacher = open_browser(PHONE)
    sign_in(teacher, "teacher")
    agree_on_somebody(teacher, child)
    neighbour = Adult.objects.get(name="李婶")
    teacher.goto(f"/children/{child.pk}/")
    teacher.get_by_role("link", name="找人今晚陪孩子").click()
    look(teacher, "tonight-start-390")
    assert axe_violations(teacher) == []
    teacher.get_by_role("button", name="现在就请").dblclick()
    teacher.get_by_text("正在请附近的大人过来").wait_for()
    let_work(lambda: VoiceCall.objects.filter(adult=neighbour).exists(), drain_outbox)

    later = FIVE + timedelta(minutes=rules.NEARBY_MINUTES + 1)
    leave(teacher)
    clock_at(later)
    let_work(lambda: VoiceCall.objects.filter(user__isnull=False).exists(), follow, drain_alerts)
    concern = Concern.objects.get(source="night")
    assert VoiceCall.objects.filter(user=concern.named_adult).exists()

    clock_at(later + timedelta(minutes=rules.DUTY_MINUTES + 1))
    told = OutboxMessage.objects.filter(kind="nearby", user=worker)
    let_work(told.exists, run_intake, follow)
    village = open_browser(PHONE)
    sign_in(village, "village")
    assert "徐梦瑶" in village.locator("#tonight").inner_text()
    look(village, "tonight-village-390")
    assert axe_violations(village) == []
    teacher.goto("/")
    assert "没有人回应" in teacher.locator("main").inner_text()
    night = Night.objects.get()
    teacher.goto(f"/tonight/{night.pk}/")
    teacher.get_by_text("没有人回应").wait_for()
    teacher.locator("[name=words]").fill("我去接她了，今晚住学校。")
    look(teacher, "tonight-open-390")
    teacher.get_by_role("button", name="写下来").click()
    teacher.get_by_text("张丽华已经安排好了").wait_for()
    village.reload()
    assert village.locator("#tonight").count() == 0
    assert teacher.problems == []

"""家桥来拨 on the demo phone: a parent asks to be rung, both phones ring at the minute, they are joined and
counted; and a child that cannot come finds another time by a key.
"""

import re
from datetime import datetime, time, timedelta

import pytest

from calls.models import CallPlace, CallSlot, CallWish
from calls.tasks import remind
from delivery.models import DemoPhoneMessage, VoiceCall
from delivery.tasks import drain_outbox
from guardians.models import Contact, ContactPoint
from schools.models import County
from schools.roles import Role
from tests.factories.calls import make_phone, make_slot
from tests.factories.cast import (
    make_adult,
    make_class,
    make_guardianship,
    make_post,
    make_school,
    make_student,
    make_user,
    send_away,
)
from tests.journeys.conftest import CHINA, DESK, PHONE, enter, look, sign_in, wait_until
from tests.journeys.test_telephone import let_work

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]
AFTERNOON = time(17, 0)


@pytest.fixture
def family():
    """A call at 17:20, agreed on the day before; the mother has an account, the school a phone of its own."""
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "1", is_demo=True)
    own = make_class(school, 3, 2)
    teacher = make_user("teacher", "张丽华", phone="+8613909350001")
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=own)
    administrator = make_user("admin", "周玲", phone="+8613909350002")
    make_post(administrator, Role.SCHOOL_ADMIN, school=school)
    child = make_student(own, "徐梦瑶")
    mother = make_adult(school, "王芳", phone="+8613893510001")
    make_guardianship(child, mother, "mother")
    send_away(mother, "昆山")
    mother.user = make_user("wangfang", "王芳")
    mother.save()
    return child, mother


def at_once(local: datetime, clock_at, condition) -> None:
    clock_at(local)
    let_work(condition, remind, drain_outbox)


def test_a_call_joined_and_counted(family, clock_at, workers, open_browser):
    child, mother = family
    today = datetime.combine(datetime.now(CHINA).date(), AFTERNOON, CHINA)
    minute = today + timedelta(minutes=20)
    clock_at(today)

    admin = open_browser(DESK)
    sign_in(admin, "admin")
    place = make_phone(child.school)
    admin.goto(f"/call-slots/settings/places/{place.pk}/")
    admin.fill("[name=rings_at]", "0935-5112233")
    look(admin, "joined-place-desk")
    admin.locator("form:has([name=rings_at]) button.btn-primary").click()
    admin.locator("small", has_text="家桥打").wait_for()
    look(admin, "joined-settings-desk")
    slot = make_slot(place, child, mother, minute)

    parent = open_browser(PHONE)
    enter(parent, mother.user)
    parent.goto(f"/f/calls/{child.pk}/done/")
    look(parent, "joined-offer-390")
    parent.get_by_role("button", name="打给我们两边").click()
    look(parent, "joined-agreed-390")

    at_once(minute, clock_at, lambda: VoiceCall.objects.filter(kind="join").exists())
    teacher, phone = open_browser(DESK), open_browser(PHONE)
    sign_in(teacher, "teacher")
    teacher.goto("/call-slots/")
    assert "由家桥打给两边" in teacher.locator("main").inner_text()
    look(teacher, "joined-day-desk")
    teacher.goto("/check-ins/demo-phone/?of=school")
    teacher.get_by_role("button", name="接听").click()
    assert "梦瑶" not in teacher.locator("#call").inner_text()
    look(teacher, "joined-school-desk")
    teacher.locator("#call button[name=key][value='1']").click()
    teacher.get_by_text("正在给家人打电话").wait_for()

    sign_in(phone, "teacher")
    phone.goto(f"/check-ins/demo-phone/?of=a{mother.pk}")
    look(phone, "joined-rings-390")
    phone.get_by_role("button", name="接听").click()
    assert "梦瑶" not in phone.locator("#call").inner_text()
    parent.reload()  # the phone rings: the page goes on showing the key
    shown = parent.locator("main").inner_text()
    look(parent, "joined-key-390")
    key = re.search(r"先按 (\d)，再按 1", shown).group(1)
    phone.locator(f"#call button[name=key][value='{key}']").click()
    assert "梦瑶在电话那头" in phone.locator("#call").inner_text()
    look(phone, "joined-asks-390")
    phone.locator("#call button[name=key][value='1']").click()
    phone.get_by_text("两边已接通").wait_for()
    look(phone, "joined-talks-390")

    clock_at(minute + timedelta(minutes=12))
    phone.reload()
    phone.get_by_role("button", name="挂断").click()
    phone.get_by_text("通话：已接通 1").wait_for()  # less what it took to pick up and press
    contact = Contact.objects.get(student=child)
    slot.refresh_from_db()
    assert 9 * 60 < slot.talked_seconds <= 12 * 60
    assert (contact.minutes, contact.reported_by) == (round(slot.talked_seconds / 60), "line")
    teacher.goto("/call-slots/")
    assert "家桥接通，1" in teacher.locator("main").inner_text()
    look(teacher, "joined-done-desk")
    for page in (admin, parent, teacher, phone):
        assert page.problems == []


def test_a_call_at_home_in_the_evening(family, clock_at, workers, open_browser):
    """The grandmother agrees to evenings, the mother chooses one; her phone rings first."""
    child, mother = family
    today = datetime.combine(datetime.now(CHINA).date(), AFTERNOON, CHINA)
    clock_at(today)
    grandmother = make_adult(child.school, "李秀兰", phone="+8613893510002")
    make_guardianship(child, grandmother, "paternal_grandmother")
    grandmother.user = make_user("lixiulan", "李秀兰")
    grandmother.save()
    ContactPoint.objects.filter(adult=grandmother).update(by_call=True, agreed_key="7")

    home = open_browser(PHONE)
    enter(home, grandmother.user)
    home.goto(f"/f/calls/{child.pk}/home/")
    for window in ("evenings", "weekend_evenings"):
        home.locator(f"[name=windows][value={window}]").check(force=True)
    look(home, "home-windows-390")
    home.get_by_role("button", name="保存").click()
    wait_until(lambda: CallPlace.objects.filter(carer=grandmother, is_active=True).exists())

    parent = open_browser(PHONE)
    enter(parent, mother.user)
    parent.goto(f"/f/calls/{child.pk}/")
    parent.locator("[name=time]").first.check(force=True)
    look(parent, "home-choose-390")
    parent.get_by_role("button", name="就约这个时间").click()
    parent.get_by_role("button", name="打给我们两边").click()
    look(parent, "home-booked-390")
    slot = CallSlot.objects.get()
    assert slot.place.carer == grandmother
    home.goto(f"/f/calls/{child.pk}/home/")
    assert "先按7，再按1" in home.locator("main").inner_text()
    look(home, "home-told-390")

    at_once(slot.starts_at, clock_at, lambda: VoiceCall.objects.filter(kind="join").exists())
    phone, away = open_browser(PHONE), open_browser(PHONE)
    sign_in(phone, "teacher")
    phone.goto(f"/check-ins/demo-phone/?of=a{grandmother.pk}")
    phone.get_by_role("button", name="接听").click()
    look(phone, "home-rings-390")
    assert "李秀兰" in phone.locator("#phone").inner_text()
    phone.locator("#call button[name=key][value='7']").click()
    assert "想先跟学校里的大人说" in phone.locator("#call").inner_text()
    phone.locator("#call button[name=key][value='1']").click()
    phone.get_by_text("正在给家人打电话").wait_for()

    sign_in(away, "teacher")
    away.goto(f"/check-ins/demo-phone/?of=a{mother.pk}")
    away.get_by_role("button", name="接听").click()
    slot.refresh_from_db()
    away.locator(f"#call button[name=key][value='{slot.join_key}']").click()
    away.locator("#call button[name=key][value='1']").click()
    away.get_by_text("两边已接通").wait_for()
    clock_at(slot.starts_at + timedelta(minutes=12))
    away.reload()
    away.get_by_role("button", name="挂断").click()
    wait_until(lambda: Contact.objects.filter(student=child, reported_by="line").exists())
    for page in (home, parent, phone, away):
        assert page.problems == []


def test_the_child_asks_for_another_time(family, clock_at, workers, open_browser):
    child, mother = family
    minute = datetime.combine(datetime.now(CHINA).date(), AFTERNOON, CHINA)
    place = make_phone(child.school, rings_at="+869355112233")
    slot = make_slot(place, child, mother, minute, join_key="6")
    at_once(minute, clock_at, lambda: VoiceCall.objects.filter(kind="join").exists())
    teacher = open_browser(DESK)
    sign_in(teacher, "teacher")
    teacher.goto("/check-ins/demo-phone/?of=school")
    teacher.get_by_role("button", name="接听").click()
    teacher.locator("#call button[name=key][value='2']").click()
    teacher.get_by_text("按了 2").wait_for()
    slot.refresh_from_db()
    assert slot.state == CallSlot.State.CANCELLED
    assert CallWish.objects.get().by_key
    let_work(lambda: DemoPhoneMessage.objects.filter(adult=mother).exists(), drain_outbox)
    assert "孩子现在不方便接电话" in DemoPhoneMessage.objects.get(adult=mother).text
    teacher.goto("/")
    wait_until(lambda: "换个时间" in teacher.locator("main").inner_text())
    look(teacher, "joined-today-desk")
    assert teacher.problems == []

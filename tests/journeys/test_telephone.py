"""The demo phone rings: a grandmother answers by keys alone; at night the second person takes an alert."""

from datetime import datetime, time, timedelta

import pytest

from delivery.actions import queue_message
from delivery.models import DemoPhoneMessage, VoiceCall
from delivery.tasks import drain_alerts, drain_outbox, gather_receipts
from guardians.models import Contact, ContactPoint
from messaging.models import CheckIn, CheckInLine
from messaging.tasks import ask_due_check_ins
from safeguarding.actions import raise_worry
from safeguarding.models import Concern
from safeguarding.tasks import run_intake
from schools.models import County
from schools.roles import Role
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
from tests.journeys.conftest import CHINA, DESK, PHONE, look, sign_in, wait_until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]
EVENING, NIGHT = time(19, 30), time(2, 0)


@pytest.fixture
def school():
    return make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "1", is_demo=True)


@pytest.fixture
def staff(school):
    """The class teacher, the counsellor and the principal, each with a phone."""
    own = make_class(school, 3, 2)
    teacher = make_user("teacher", "张丽华", phone="+8613909350001")
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=own)
    counsellor = make_user("counsellor", "陈敏", phone="+8613909350002")
    make_post(counsellor, Role.COUNSELLOR, school=school)
    principal = make_user("principal", "马建国", phone="+8613909350003")
    make_post(principal, Role.PRINCIPAL, school=school)
    return {"class": own, "teacher": teacher, "counsellor": counsellor, "principal": principal}


def let_work(condition, *tasks):
    """Wakes the worker as beat would, until what must come of it is there."""

    def look_again():
        for task in tasks:
            task.delay()
        return condition()

    return wait_until(look_again, 90, every=1.5)


def test_a_grandmother_answers_by_keys_alone(school, staff, clock_at, workers, open_browser):
    first = datetime.combine(datetime.now(CHINA).date(), EVENING, CHINA)
    child = make_student(staff["class"], "徐梦瑶")
    mother = make_adult(school, "王芳", phone="+8613893510001")
    grandmother = make_adult(school, "李秀兰", phone="+8613893510002")
    make_guardianship(child, mother, "mother")
    make_guardianship(child, grandmother, "paternal_grandmother")
    send_away(mother, "昆山")
    point = ContactPoint.objects.get(adult=grandmother)

    clock_at(first)
    teacher = open_browser(DESK)
    sign_in(teacher, "teacher")
    teacher.goto(f"/children/{child.pk}/family/{grandmother.pk}/ways/{point.pk}/")
    teacher.locator("[name=by_call]").check()
    teacher.locator("[name=agreed_key]").select_option("7")
    look(teacher, "telephone-way-desk")
    teacher.locator("form:has([name=by_call]) button.btn-primary").click()
    wait_until(lambda: ContactPoint.objects.filter(by_call=True, agreed_key="7").exists())

    work = (ask_due_check_ins, drain_outbox)
    let_work(lambda: DemoPhoneMessage.objects.filter(adult=mother).count() == 1, *work)
    clock_at(first + timedelta(days=2))
    let_work(lambda: DemoPhoneMessage.objects.filter(adult=mother).count() == 2, *work)
    clock_at(first + timedelta(days=4))
    let_work(lambda: VoiceCall.objects.filter(adult=grandmother).exists(), *work)

    phone = open_browser(PHONE)
    sign_in(phone, "teacher")
    phone.goto(f"/check-ins/demo-phone/?of=a{grandmother.pk}")
    look(phone, "telephone-rings-390")
    phone.get_by_role("button", name="接听").click()
    assert "约定的那个键" in phone.locator("#call .text").inner_text()
    assert "梦瑶" not in phone.locator("#phone").inner_text()
    assert phone.locator("#call audio source").count() == 2
    phone.locator("#call button[name=key][value='1']").click()  # not the agreed one: nothing
    assert "梦瑶" not in phone.locator("#phone").inner_text()
    phone.locator("#call button[name=key][value='7']").click()
    assert "梦瑶" in phone.locator("#call .text").inner_text()
    look(phone, "telephone-asks-390")
    phone.locator("#call button[name=key][value='1']").click()
    phone.get_by_text("按了 1 7 1").wait_for()
    assert Contact.objects.get(student=child).reported_by == "carer"
    assert CheckIn.objects.get(adult=grandmother).state == CheckIn.State.ANSWERED
    assert phone.problems == []
    assert teacher.problems == []


def test_a_child_tells_by_keys_at_its_grandmothers_phone(
    school, staff, clock_at, workers, open_browser
):
    """She passes the phone on; the counsellor finds the same concern as from the pupils' door."""
    now = datetime.combine(datetime.now(CHINA).date(), EVENING, CHINA)
    clock_at(now)
    child = make_student(staff["class"], "徐梦瑶")
    grandmother = make_adult(school, "李秀兰", phone="+8613893510002")
    make_guardianship(child, grandmother, "paternal_grandmother")
    ContactPoint.objects.filter(adult=grandmother).update(by_call=True, agreed_key="7")
    facts = {"asked_at": now, "expires_at": now + timedelta(days=7), "due_on": now.date()}
    asked = CheckIn.objects.create(school=school, adult=grandmother, as_carer=True, **facts)
    CheckInLine.objects.create(school=school, check_in=asked, student=child)
    queue_message(
        kind="check_in",
        school=school,
        dedupe_key="asked",
        due_at=now,
        expires_at=now + timedelta(hours=2),
        adult=grandmother,
        about_id=asked.pk,
    )
    let_work(lambda: VoiceCall.objects.filter(adult=grandmother).exists(), drain_outbox)

    phone = open_browser(PHONE)
    sign_in(phone, "teacher")
    phone.goto(f"/check-ins/demo-phone/?of=a{grandmother.pk}")
    phone.get_by_role("button", name="接听").click()
    for key, heard in (("7", "把电话交给孩子"), ("4", "说给孩子听的")):
        phone.locator(f"#call button[name=key][value='{key}']").click()
        assert heard in phone.locator("#call .text").inner_text()
        # While the page reads itself again, nobody waits for a button.
        phone.locator("#demo").evaluate("part => part.classList.add('htmx-request')")
        look(phone, f"telephone-tells-{key}-390")
    phone.locator("#call button[name=key][value='2']").click()
    phone.get_by_text("按了 7 4 2").wait_for()
    let_work(lambda: Concern.objects.exists(), run_intake)
    concern = Concern.objects.get()
    assert concern.named_adult == staff["counsellor"]

    counsellor = open_browser(DESK)
    sign_in(counsellor, "counsellor")
    counsellor.goto(f"/concerns/{concern.pk}/")
    assert "有人欺负" in counsellor.locator("main").inner_text()
    assert "在电话上按键说的" in counsellor.locator("main").inner_text()
    look(counsellor, "telephone-told-desk")
    for page in (phone, counsellor):
        assert page.problems == []


def test_at_night_the_second_person_takes_it_by_a_key(
    school, staff, clock_at, workers, open_browser
):
    night = datetime.combine(datetime.now(CHINA).date() + timedelta(days=1), NIGHT, CHINA)
    child = make_student(staff["class"], "徐梦瑶")
    clock_at(night)
    concern = raise_worry(
        student=child,
        by=staff["principal"],
        words="夜里一个人在校门口哭",
        is_urgent=True,
        at=night,
        key="night",
    )
    rung = VoiceCall.objects.filter
    let_work(lambda: rung(user=staff["teacher"]).exists(), drain_alerts)

    clock_at(night + timedelta(minutes=16))  # the class teacher sleeps
    let_work(
        lambda: (
            rung(user=staff["counsellor"]).exists()
            and rung(user=staff["teacher"]).exclude(ended_at=None).exists()
        ),
        run_intake,
        drain_alerts,
        gather_receipts,
    )
    counsellor = open_browser(PHONE)
    sign_in(counsellor, "counsellor")
    counsellor.goto(f"/check-ins/demo-phone/?of=u{staff['counsellor'].pk}")
    counsellor.get_by_role("button", name="接听").click()
    spoken = counsellor.locator("#call .text").inner_text()
    assert "有一个孩子现在需要一位大人" in spoken
    for secret in ("梦瑶", "徐", "哭"):
        assert secret not in spoken
    counsellor.locator("#call button[name=key][value='1']").click()
    counsellor.get_by_text("接了电话，按了 1").wait_for()
    concern.refresh_from_db()
    assert concern.acknowledged_by == staff["counsellor"]

    counsellor.goto(f"/concerns/{concern.pk}/")
    known = counsellor.locator("section[aria-labelledby=known]").inner_text()
    assert "给张丽华打了电话，没有人接" in known
    assert "给陈敏打了电话，按了 1" in known
    look(counsellor, "telephone-concern-390")
    assert counsellor.problems == []

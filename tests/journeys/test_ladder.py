"""The whole ladder over simulated days, with a real worker: each step where and when it was announced."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest

from delivery.models import DemoPhoneMessage
from delivery.tasks import drain_outbox
from guardians.models import ContactPoint
from messaging.models import CheckIn, FollowUp, LadderStep
from messaging.tasks import ask_due_check_ins
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
from tests.journeys.conftest import CHINA, PHONE, sign_in, wait_until
from visits.models import Visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.integration,
    pytest.mark.django_db(transaction=True),
]
EVENING = time(19, 30)


@pytest.fixture
def evening_of(clock_at) -> Callable[[int], None]:
    """evening_of(3): half past seven on the third day from now."""
    first = datetime.combine(datetime.now(CHINA).date(), EVENING, CHINA)

    def move(days: int) -> None:
        clock_at(first + timedelta(days=days))

    move(0)
    return move


@pytest.fixture
def families():
    """Mengyao, whose mother has two numbers and whose grandmother cares; Haitao, whose father answers."""
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "1", is_demo=True)
    own = make_class(school, 3, 2)
    teacher = make_user("teacher", "张丽华")
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=own)
    make_post(make_user("village", "李红梅"), Role.VILLAGE_WORKER, school=school, village="石门村")
    child = make_student(own, "徐梦瑶", village="石门村")
    mother = make_adult(school, "王芳", phone="+8613893510001")
    ContactPoint.objects.create(
        school=school, adult=mother, kind="phone", address="+8613893510003", priority=2
    )
    grandmother = make_adult(school, "李秀兰", phone="+8613893510002")
    make_guardianship(child, mother, "mother")
    make_guardianship(child, grandmother, "paternal_grandmother")
    other = make_student(own, "丁海涛")
    father = make_adult(school, "丁志强", phone="+8613893510004")
    make_guardianship(other, father, "father")
    for parent in (mother, father):
        send_away(parent, "昆山")
    return {"child": child, "mother": mother, "grandmother": grandmother, "father": father}


def received(adult) -> list[str]:
    rows = DemoPhoneMessage.objects.filter(adult=adult).order_by("received_at")
    return list(rows.values_list("address", flat=True))


def let_work(condition):
    """Wakes the worker as beat would each minute, until what must come of it is there."""

    def look():
        ask_due_check_ins.delay()
        drain_outbox.delay()
        return condition()

    return wait_until(look, 90, every=1.5)


def test_from_the_question_to_the_village_workers_visit(
    families, evening_of, workers, open_browser
):
    mother, grandmother, father = (families[one] for one in ("mother", "grandmother", "father"))
    let_work(lambda: received(mother) and received(father))

    evening_of(2)
    let_work(lambda: len(received(mother)) == 2 and len(received(father)) == 2)
    parent = open_browser(PHONE)
    text = DemoPhoneMessage.objects.filter(adult=father).latest("received_at").text
    parent.goto("/f/" + text.split("/f/")[1].split()[0])
    parent.locator("button[name=answer][value=talked]").click()
    parent.get_by_text("记下了").wait_for()
    assert CheckIn.objects.get(adult=father).next_step_at is None

    evening_of(3)
    let_work(lambda: len(received(mother)) == 3)
    assert received(mother)[-1] == "+8613893510003"
    evening_of(4)
    let_work(lambda: received(grandmother))
    evening_of(6)
    let_work(lambda: FollowUp.objects.filter(student=families["child"], done_at=None).exists())
    assert (len(received(mother)), len(received(grandmother)), len(received(father))) == (3, 1, 2)
    page = open_browser()
    sign_in(page, "teacher")
    page.goto(f"/check-ins/?child={families['child'].pk}")
    shown = page.locator(".steps-of-family").inner_text()
    assert page.locator(".steps-of-family .step").count() == 5
    for words in ("再问", "换", "没有回答", "班主任"):
        assert words in shown

    # A week has passed, so that both are asked again; the task stands until somebody does it.
    evening_of(11)
    let_work(lambda: Visit.objects.filter(student=families["child"]).exists())
    page.goto(f"/check-ins/?child={families['child'].pk}")
    assert "儿童主任" in page.locator(".steps-of-family").inner_text()
    page.goto(f"/check-ins/plan/{families['child'].pk}/")
    assert "再次询问" in page.locator(".coming").first.inner_text()
    taken = LadderStep.objects.filter(is_taken=True).exclude(check_in__adult=father)
    assert list(taken.order_by("at", "pk").values_list("rung", flat=True)) == [
        "ask_again",
        "other_way",
        "other_adult",
        "tell_teacher",
        "village",
    ]
    assert page.problems == parent.problems == []

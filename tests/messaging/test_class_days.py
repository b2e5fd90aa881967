"""A class that waits: whom its day puts off, and whom not."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import clock
from guardians.models import Adult
from messaging import tasks
from messaging.models import CheckIn, CheckInLine, CheckInPlan, FollowUp
from messaging.queries import first_questions
from messaging.queries.preview import preview
from schools.models import ClassStart
from students.models import Enrolment, Student
from tests.delivery.test_cloud_calls import move_clock
from tests.factories.cast import make_adult, make_class, make_guardianship, make_student, send_away
from tests.factories.factors import sign_in
from tests.factories.founding import make_class_day, make_wave, monday_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _by_day(db):
    move_clock(12)


@pytest.fixture
def today():
    return clock.local_date(clock.now())


def asked() -> set[str]:
    """Names of the children about whom a question was asked."""
    for _twice in range(2):
        tasks.ask_due_check_ins()
    return set(CheckInLine.objects.values_list("student__name", flat=True))


def names(cast, *keys: str) -> set[str]:
    return {cast.students[key].name for key in keys}


def begin(*classes) -> None:
    """Their day has come."""
    ClassStart.objects.filter(school_class__in=classes).update(starts_on=monday_in(0))


def move(student, school_class, on) -> None:
    Enrolment.objects.filter(student=student).update(ends_on=on - timedelta(days=1))
    Enrolment.objects.create(
        school=student.school, student=student, school_class=school_class, starts_on=on
    )


def test_a_class_waits_and_the_others_are_asked(cast, sms):
    make_class_day(2, cast.school_class)
    assert asked() == names(cast, "haitao")
    waiting = CheckInPlan.objects.filter(student=cast.students["mengyao"])
    assert waiting.exists()  # it stands ready
    assert not FollowUp.objects.filter(student=cast.students["mengyao"]).exists()


def test_on_its_day_its_families_are_asked_once(cast, sms):
    make_class_day(2, cast.school_class)
    asked()
    begin(cast.school_class)
    assert asked() == names(cast, "haitao", "mengyao", "xiaobao")


@pytest.mark.parametrize(
    ("of_school", "of_class", "is_asked"),
    [
        (None, -1, True),
        (None, 1, False),
        (-1, 1, False),
        (1, -1, False),
        (1, 1, False),
        (-1, -2, True),
        (-1, None, True),
        (1, None, False),
    ],
)
def test_of_school_and_class_the_later_day_counts(cast, sms, of_school, of_class, is_asked):
    if of_school is not None:
        make_wave(cast.county, of_school, "", cast.school)
    if of_class is not None:
        make_class_day(of_class, cast.next_class)
    assert (names(cast, "haitao") <= asked()) == is_asked


def test_a_day_that_was_taken_away_puts_nothing_off(cast, sms):
    make_class_day(2, cast.next_class)
    ClassStart.objects.update(starts_on=None)
    assert names(cast, "haitao") <= asked()


def test_who_moves_into_a_class_that_waits_is_asked_as_before(cast, sms, today):
    """In mid-week: no plan takes a question away from a family that has it."""
    make_class_day(2, cast.school_class)
    assert asked() == names(cast, "haitao")
    move(cast.students["haitao"], cast.school_class, today)
    CheckIn.objects.update(next_step_at=None, state=CheckIn.State.ANSWERED)
    move_clock(12, days=8)
    tasks.ask_due_check_ins()
    assert CheckInLine.objects.filter(student=cast.students["haitao"]).count() == 2


def test_who_leaves_a_class_that_waits_is_asked_in_the_new_one(cast, sms, today):
    make_class_day(2, cast.school_class)
    assert asked() == names(cast, "haitao")
    move(cast.students["mengyao"], cast.next_class, today)
    assert asked() == names(cast, "haitao", "mengyao")


def test_in_a_new_school_year_only_new_children_wait(cast, sms, today):
    """Next year's class has a day of its own: who was asked last year is asked on, a first-former waits."""
    assert names(cast, "haitao") <= asked()
    new_class = make_class(cast.school, 5, 1)
    make_class_day(3, new_class)
    move(cast.students["haitao"], new_class, today)
    first_former = make_student(new_class, "魏新")
    mother = make_adult(cast.school, "魏母", phone="+8613893519990", legal_basis="consent")
    make_guardianship(first_former, mother, "mother")
    send_away(mother, "深圳")
    assert "魏新" not in asked()
    CheckIn.objects.update(next_step_at=None, state=CheckIn.State.ANSWERED)
    move_clock(12, days=8)
    assert "魏新" not in asked()
    assert CheckInLine.objects.filter(student=cast.students["haitao"]).count() == 2
    begin(new_class)
    assert "魏新" in asked()


def test_a_class_without_pupils_asks_nobody_and_breaks_nothing(cast, sms):
    make_class_day(2, make_class(cast.school, 6, 1))
    assert asked() == names(cast, "haitao", "mengyao", "xiaobao")


def test_teachers_of_waiting_classes_see_the_day_and_others_do_not(cast, sms):
    make_class_day(2, cast.school_class)
    for key, sees in (("teacher", True), ("next_teacher", False), ("principal", True)):
        client = Client()
        sign_in(client, cast.users[key])
        for name in ("messaging:board", "messaging:next"):
            page = client.get(reverse(name)).content.decode()
            assert ("按学校的安排，三年级2班从" in page) == sees, (key, name)


def test_the_next_seven_days_say_that_the_class_waits(cast, sms):
    make_class_day(2, cast.school_class)
    tasks.ask_due_check_ins()
    client = Client()
    sign_in(client, cast.users["teacher"])
    assert "这个班的每周一问还没开始" in client.get(reverse("messaging:next")).content.decode()


def causes(*students) -> dict[str, str]:
    """What the next seven days say of each child that is left out."""
    found = preview(Student.objects.filter(pk__in=[one.pk for one in students]), clock.now())
    return {child.name: one.cause for one in found.left_out for child in one.students}


def test_a_child_about_whom_nobody_can_be_asked_is_named_while_its_class_waits(cast, sms):
    """So that a number or a consent can be asked for before the day."""
    make_class_day(3, cast.school_class)
    tasks.ask_due_check_ins()
    mengyao, xiaobao = cast.students["mengyao"], cast.students["xiaobao"]
    assert set(causes(mengyao, xiaobao).values()) == {"class_waits"}
    Adult.objects.filter(guardianships__student=mengyao).update(legal_basis="none")
    CheckInPlan.objects.filter(student=xiaobao).update(paused_until=monday_in(9))
    assert causes(mengyao, xiaobao) == {mengyao.name: "no_legal_basis", xiaobao.name: "paused"}
    found = first_questions(cast.school, clock.now())
    assert (found.nobody, found.later) == (1, 1)


def test_on_the_friday_before_the_questions_of_the_first_monday_are_announced(cast, sms):
    day = make_class_day(2, cast.school_class)
    tasks.ask_due_check_ins()
    mengyao = Student.objects.filter(pk=cast.students["mengyao"].pk)
    friday = timezone.make_aware(datetime.combine(day - timedelta(days=3), time(12)))
    found = preview(mengyao, friday)
    assert [timezone.localdate(one.at) for one in found.ahead] == [day]
    assert not found.left_out
    too_early = preview(mengyao, friday - timedelta(days=5))
    assert [one.cause for one in too_early.left_out] == ["class_waits"]


def test_before_the_school_starts_it_hears_who_is_asked_and_who_later(cast, sms):
    tasks.ask_due_check_ins()
    CheckInLine.objects.all().delete()
    make_class_day(2, cast.school_class)
    found = first_questions(cast.school, clock.now())
    assert (found.families, found.later) == (1, 2)

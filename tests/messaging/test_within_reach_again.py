"""A family whom no question reached, and whose number is then put right: asked at once, not a week later."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from guardians.models import Contact, ContactPoint
from messaging import actions
from messaging.models import AdultRhythm, CheckIn, CheckInPlan, FollowUp
from messaging.presenters import preview as words
from messaging.queries.preview import preview
from students.models import Student


@pytest.fixture
def at(db):
    return timezone.localtime(clock.now()).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def mother(cast):
    return cast.adults["mother"]


def run(at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)


def questions_to(adult):
    return CheckIn.objects.filter(adult=adult, first=None)


@pytest.fixture
def unreachable(cast, mother, at):
    ContactPoint.objects.filter(adult=mother).update(address="", problem="too_short")
    run(at)
    assert not questions_to(mother).exists()
    assert FollowUp.objects.filter(cause="no_way", done_at=None).count() == 2


def mend(adult):
    right = {"address": "+8613893514321", "problem": "", "failing_since": None}
    ContactPoint.objects.filter(adult=adult).update(**right)


def test_it_is_asked_at_once_and_the_task_is_over(cast, mother, at, unreachable):
    mend(mother)
    at += timedelta(minutes=2)
    run(at)
    question = questions_to(mother).get()
    assert question.lines.count() == 2
    assert OutboxMessage.objects.filter(about_id=question.pk).count() == 1
    assert set(FollowUp.objects.values_list("outcome", "done_at")) == {("asked", at)}
    # Then the usual rhythm.
    actions.answer(
        check_in=question,
        key="k",
        answers={line.student_id: "talked" for line in question.lines.all()},
        at=at,
    )
    for day in range(6):
        run(at + timedelta(days=day))
    assert questions_to(mother).count() == 1


def test_the_page_announces_it_and_named_the_children_before(cast, mother, at, unreachable):
    children = Student.objects.filter(pk__in=[cast.students["mengyao"].pk])

    def page():
        return words.next_days(preview(children, at), cast.school, at, of_one_child=False)

    before = page()
    assert (before["count"], [group["needs_somebody"] for group in before["left_out"]]) == (
        0,
        [True],
    )
    mend(mother)
    after = page()
    assert (after["count"], after["left_out"]) == (1, [])
    assert after["days"][0]["rows"][0]["to"] == mother.name


def test_until_then_nothing_is_written_again_and_again(cast, mother, at, unreachable):
    plan = CheckInPlan.objects.get(student=cast.students["mengyao"])
    for minute in range(3):
        run(at + timedelta(minutes=minute))
    assert CheckInPlan.objects.get(pk=plan.pk).next_due_on == plan.next_due_on
    assert plan.next_due_on == timezone.localdate(at) + timedelta(days=plan.every_days)
    assert FollowUp.objects.count() == 2


def test_who_has_talked_meanwhile_is_not_asked(cast, mother, at, unreachable):
    for name in ("mengyao", "xiaobao"):
        Contact.objects.create(
            school=cast.school,
            student=cast.students[name],
            adult=mother,
            happened_on=timezone.localdate(at),
            reported_by="staff",
            recorded_at=at,
        )
    mend(mother)
    run(at)
    assert not questions_to(mother).exists()
    assert not CheckInPlan.objects.exclude(unreachable_since=None).exists()


def test_a_parent_who_has_a_pause_is_not_asked_once_within_reach(cast, mother, at, unreachable):
    until = timezone.localdate(at) + timedelta(days=20)
    AdultRhythm.objects.create(school=cast.school, adult=mother, paused_until=until, by_family=True)
    mend(mother)
    for minute in range(3):
        run(at + timedelta(minutes=minute))
    assert not questions_to(mother).exists()
    assert not CheckInPlan.objects.exclude(unreachable_since=None).exists()


@pytest.mark.parametrize("is_mended", [True, False])
def test_after_a_ladder_by_a_number_that_fails_the_right_one_is_asked(cast, mother, at, is_mended):
    run(at)
    ContactPoint.objects.filter(adult=mother).update(failing_since=at)
    OutboxMessage.objects.update(state="failed", cause="refused")
    for day in range(1, 7):
        actions.climb_ladders(at=at + timedelta(days=day, hours=6, minutes=45))
    at += timedelta(days=6, hours=7)
    tasks = FollowUp.objects.filter(student=cast.students["mengyao"], done_at=None)
    assert tasks.get().cause == "no_answer"
    if is_mended:
        mend(mother)
    run(at + timedelta(minutes=1))
    assert questions_to(mother).count() == (2 if is_mended else 1)
    assert tasks.exists() is not is_mended


def test_a_question_to_a_number_that_fails_ends_no_task(cast, mother, at):
    run(at)
    ContactPoint.objects.filter(adult=mother).update(failing_since=at)
    OutboxMessage.objects.update(state="failed", cause="refused")
    for day in range(1, 7):
        actions.climb_ladders(at=at + timedelta(days=day, hours=6, minutes=45))
    at += timedelta(days=8)
    run(at)
    assert questions_to(mother).count() == 2  # the usual round, and nobody else is told less
    assert FollowUp.objects.filter(student=cast.students["mengyao"], done_at=None).exists()
    mend(mother)
    CheckIn.objects.update(next_step_at=None)
    run(at + timedelta(days=1))
    assert questions_to(mother).count() == 3

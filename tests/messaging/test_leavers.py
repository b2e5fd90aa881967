"""A child who leaves: the teacher's open task about the family ends with it, and a mistake brings it back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging import actions, queries
from messaging.models import FollowUp
from students.actions import leave_school, undo_leaving
from students.models import Enrolment

from .test_actions import climb_daily, later


def leave(cast, name, last_on, reason="other_school"):
    by = cast.users["teacher"]
    leave_school(student=cast.students[name], left_on=last_on, reason=reason, left_to="县城", by=by)


def state_of(task):
    task.refresh_from_db()
    return task.done_at is not None, task.outcome


@pytest.fixture
def task(cast, at):
    """Nobody of the family has answered, so the teacher is to reach them."""
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    climb_daily(at, 1, 9)
    return FollowUp.objects.get(student=cast.students["mengyao"])


@pytest.fixture
def moment(at):
    """The tenth day: the task has been open since the ninth at the latest."""
    return later(at, days=10)


def test_the_task_stays_on_the_last_day_and_ends_after_it(cast, task, moment):
    leave(cast, "mengyao", timezone.localdate(moment))
    actions.climb_ladders(at=moment)
    assert state_of(task) == (False, "")
    waiting = queries.open_follow_ups_in(cast.school).count
    actions.climb_ladders(at=later(moment, days=1))
    assert state_of(task) == (True, "left")
    assert task.done_by is None
    assert queries.open_follow_ups_in(cast.school).count == waiting - 1


def test_a_class_that_ends_with_its_year_is_no_leaving(cast, task, moment):
    Enrolment.objects.update(ends_on=timezone.localdate(moment) - timedelta(days=2))
    actions.climb_ladders(at=moment)
    assert state_of(task) == (False, "")


@pytest.mark.parametrize(("days", "is_open"), [(0, True), (29, True), (32, False)])
def test_a_leaving_taken_back_within_a_month_opens_the_task_again(
    cast, task, moment, days, is_open
):
    leave(cast, "mengyao", timezone.localdate(moment) - timedelta(days=1))
    actions.climb_ladders(at=moment)
    assert state_of(task)[0]
    enrolment = Enrolment.objects.get(student=cast.students["mengyao"])
    undo_leaving(enrolment=enrolment, by=cast.users["teacher"])
    actions.climb_ladders(at=later(moment, days=days))
    assert FollowUp.objects.filter(pk=task.pk, done_at=None).exists() is is_open


def test_a_child_who_is_back_and_has_a_task_gets_no_second_one(cast, task, moment):
    leave(cast, "mengyao", timezone.localdate(moment) - timedelta(days=1))
    actions.climb_ladders(at=moment)
    undo_leaving(
        enrolment=Enrolment.objects.get(student=cast.students["mengyao"]), by=cast.users["teacher"]
    )
    other = FollowUp.objects.create(
        school=cast.school, student=cast.students["mengyao"], cause="no_way", opened_at=moment
    )
    actions.climb_ladders(at=later(moment, days=1))
    assert state_of(task) == (True, "left")
    assert state_of(other) == (False, "")


def test_nobody_can_choose_that_the_child_has_left():
    assert "left" not in dict(FollowUp.Outcome.by_hand())

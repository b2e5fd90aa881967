"""What waits in the county's shared queue, and what became of what was taken."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from counselling.models import Brief
from counselling.pool import actions as pool_actions
from figures.shared_queue import SharedQueue, shared_queue
from schools.models import County, Post
from students.models import Enrolment
from tests.factories import pool
from tests.factories.cast import Cast, make_student

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def cast(cast) -> Cast:
    pool.make_pool(cast)
    return cast


def queue(cast: Cast, at: datetime | None = None) -> SharedQueue:
    return shared_queue(cast.county, at or timezone.now())


def parts(found: SharedQueue) -> tuple[int, ...]:
    return found.running, found.closed, found.given_back, found.back


def wait(cast: Cast, count: int, days: float = 1) -> list[Brief]:
    ground = {"ground": "harm", "ground_words": "来不及问", "consent_by": None}
    ground |= {"consent_how": "", "consent_on": None}
    at, began = timezone.now() - days * DAY, Enrolment.objects.count()
    names = [f"many{began + number}" for number in range(count)]
    for name in names:
        cast.students[name] = make_student(cast.far_class, f"丁{name[4:]}")
    return [pool.make_brief(cast, student=name, at=at, **ground) for name in names]


def test_what_waits_and_what_became_of_what_was_taken(cast):
    at = timezone.now()
    waiting = [wait(cast, 1, days)[0] for days in (0.5, 2, 2.5, 9)]
    assert (queue(cast).waiting, queue(cast).waiting_long) == (4, 1)
    guest = cast.users["guest"]
    pool_actions.offer(by=guest, county_id=cast.county.pk, capacity=9, at=at)
    cases = [pool.accept(one, guest, at) for one in waiting[:3]]
    pool_actions.give_back(case=cases[0], by=guest, words="住院", at=at)
    by = cast.users["far_principal"]
    pool_actions.take_back(concern=waiting[1].concern, by=by, at=at)
    found = queue(cast, at + DAY)
    assert parts(found) == (1, 0, 1, 1)
    assert found.middle_wait is not None
    assert 1.9 < found.middle_wait / DAY < 2.1
    assert (found.waiting, found.waiting_long) == (1, 1)


def test_as_of_an_instant_what_comes_later_is_not_counted(cast):
    at = timezone.now()
    brief, *_others = wait(cast, 3, days=2)
    before = queue(cast, at - DAY)
    pool.accept(brief, cast.users["guest"], at)
    assert queue(cast, at - DAY) == before
    assert before.waiting == 3
    assert queue(cast, at + DAY).waiting == 2


def test_a_child_that_is_taken_twice_counts_once_as_it_was_taken_last(cast):
    at, guest = timezone.now(), cast.users["guest"]
    (brief,) = wait(cast, 1, days=2)
    case = pool.accept(brief, guest, at)
    pool_actions.give_back(case=case, by=guest, words="住院", at=at)
    ground = {"ground": "harm", "ground_words": "来不及问", "consent_by": None}
    ground |= {"consent_how": "", "consent_on": None}
    again = pool.make_brief(cast, concern=brief.concern, at=at, **ground)
    pool.accept(again, guest, at + timedelta(minutes=1))
    assert parts(queue(cast, at + DAY)) == (1, 0, 0, 0)


def test_a_child_whom_nobody_looks_after_any_more_is_with_no_counsellor(cast):
    at, guest = timezone.now(), cast.users["guest"]
    pool.accept(wait(cast, 1, days=2)[0], guest, at)
    Post.objects.filter(user=guest).update(ends_on=timezone.localdate() - DAY)
    assert parts(queue(cast, at + DAY)) == (0, 0, 1, 0)


def test_another_countys_queue_and_children_left_out(cast):
    (brief,) = wait(cast, 1)
    other = County.objects.create(name="天祝县")
    assert shared_queue(other, timezone.now()).waiting == 0
    assert shared_queue(cast.county, timezone.now(), [brief.student_id]).waiting == 0

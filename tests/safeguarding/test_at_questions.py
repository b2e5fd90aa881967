"""A child that says more than once, while it answers questions, that it needs an adult: each time is told."""

from datetime import timedelta

import pytest

from core import clock
from delivery.models import OutboxMessage
from safeguarding import actions
from safeguarding.levels import triage
from safeguarding.models import Concern, ConcernEntry
from safeguarding.rules import COUNSELLOR
from surveys import actions as surveys
from surveys.models import Seat
from tests.factories.surveys import keep_scale, seat_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def seat(cast) -> Seat:
    """Of a form with two questions whose "yes" needs an adult at once."""
    urgent = [{"item": "two", "at_least": 1}, {"item": "three", "at_least": 1}]
    return seat_of(cast, choice=str(keep_scale(cast, urgent=urgent).pk))


def yes_to(seat: Seat, item: str) -> None:
    surveys.save_answer(seat=seat, item=item, option="1", at=clock.now())


def close(concern: Concern, cast, at) -> Concern:
    return actions.close(
        concern=concern, by=cast.users["counsellor"], closing="with_child", words="谈过", at=at
    )


def alerts() -> int:
    return OutboxMessage.objects.filter(kind="concern").count()


def test_a_second_urgent_answer_reaches_whoever_has_the_concern(cast, seat):
    yes_to(seat, "two")
    at = clock.now()
    assert actions.run_intake(at) == 1
    [concern] = Concern.objects.all()
    actions.acknowledge(concern=concern, by=cast.users["counsellor"], at=at)
    before = alerts()
    yes_to(seat, "three")
    assert [actions.run_intake(at + HOUR) for _ in range(2)] == [0, 0]
    assert alerts() == before + 1
    assert OutboxMessage.objects.latest("pk").user == cast.users["counsellor"]
    assert ConcernEntry.objects.filter(kind="again").count() == 1


def test_while_nobody_has_taken_it_the_ladder_goes_on_and_nobody_is_told_twice(cast, seat):
    yes_to(seat, "two")
    yes_to(seat, "three")
    at = clock.now()
    assert [actions.run_intake(at) for _ in range(2)] == [1, 0]
    assert alerts() == len(set(OutboxMessage.objects.values_list("user", flat=True)))


def test_after_it_was_closed_another_concern_is_opened_also_for_what_was_tapped_before(cast, seat):
    yes_to(seat, "two")
    at = clock.now()
    actions.run_intake(at)
    close(Concern.objects.get(), cast, at + HOUR)
    # A tablet without a network brings it days later, with the hour of the tap.
    surveys.keep_urgent(seat=seat, item="three", option="1", key=None, at=at - HOUR)
    assert [actions.run_intake(at + 50 * HOUR) for _ in range(2)] == [1, 0]
    again = Concern.objects.get(closed_at=None)
    assert again.source == "survey"
    assert again.student_id == seat.student_id
    assert again.named_adult == cast.users["counsellor"]  # beside the child in that lesson


def test_joined_to_another_it_is_told_there(cast, seat):
    yes_to(seat, "two")
    at, counsellor = clock.now(), cast.users["counsellor"]
    actions.run_intake(at)
    other = actions.want_to_talk(
        student=seat.student,
        asked_for=COUNSELLOR,
        wanted_when="now",
        words="",
        at=at,
        key="other",
    )
    actions.acknowledge(concern=other, by=counsellor, at=at)
    triage.join(
        concern=Concern.objects.get(source="survey"), into=other, by=counsellor, at=at + HOUR
    )
    yes_to(seat, "three")
    assert actions.run_intake(at + 2 * HOUR) == 0
    assert ConcernEntry.objects.get(kind="again").concern == other


def test_a_child_that_wants_somebody_again_is_heard_again(cast, seat):
    at = clock.now()
    surveys.want_adult(seat=seat, at=at)
    assert [actions.run_intake(at) for _ in range(2)] == [1, 0]
    surveys.want_adult(seat=seat, at=at + timedelta(seconds=20))  # a second tap of the same finger
    close(Concern.objects.get(), cast, at + HOUR)
    assert actions.run_intake(at + HOUR) == 0
    surveys.want_adult(seat=seat, at=at + 2 * HOUR)
    assert [actions.run_intake(at + 2 * HOUR) for _ in range(2)] == [1, 0]
    surveys.want_adult(seat=seat, at=at + 3 * HOUR)
    assert actions.run_intake(at + 3 * HOUR) == 0
    open_one = Concern.objects.get(closed_at=None)
    assert list(open_one.entries.filter(kind="again").values_list("at", flat=True)) == [
        at + 3 * HOUR
    ]

"""Whatever runs by itself, in whatever order and at whatever hour, lowers no level, closes no concern, moves
no case and lifts nothing that a report closed.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from counselling import tasks
from counselling.models import Case
from counselling.pool import ends, news
from counselling.received import news as letter_news
from guardians.models import Adult
from homeschool.celery import app
from safeguarding import actions
from safeguarding import tasks as safeguarding_tasks
from safeguarding.early_warning import actions as warning_actions
from safeguarding.levels import triage
from safeguarding.levels.rules import ORDER
from safeguarding.models import Concern, Suspect, WarningRules
from safeguarding.reports import actions as report_actions
from students.models import Barrier
from tests.factories import cases
from tests.factories.reports import make_report

pytestmark = pytest.mark.django_db
# Every automatic step of the room, by the task that takes it.
STEPS = {
    "safeguarding.run_intake": (
        actions.run_intake,
        actions.climb_unacknowledged,
        triage.remind_of_late,
    ),
    "safeguarding.look_for_signals": (warning_actions.look_for_signals,),
    "safeguarding.close_again": (report_actions.close_again,),
    "counselling.tell_of_briefs": (ends.follow_closed, news.tell),
    "counselling.follow_letters": (letter_news.follow,),
}
EVERY = [step for steps in STEPS.values() for step in steps]


def test_no_step_is_forgotten():
    """What beat calls, and what there is to be called."""
    rooms = tuple(f"{module.__package__}." for module in (tasks, safeguarding_tasks))
    called = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    known = {name for name in app.tasks if name.startswith(rooms)}
    assert {name for name in called if name.startswith(rooms)} == known == set(STEPS)


def standing() -> dict:
    """What only a person changes."""
    concerns = Concern.objects.values_list("pk", "level", "closed_at", "closed_by", "joined_to")
    return {
        "concerns": {pk: (level, *rest) for pk, level, *rest in concerns},
        "cases": set(Case.objects.values_list("pk", "state", "closed_at", "owner")),
        "suspects": set(Suspect.objects.values_list("pk", "lifted_at")),
        "barriers": set(Barrier.objects.values_list("pk", "lifted_at", "held_by_report")),
        "adults": set(Adult.objects.values_list("pk", "blocked_at", "held_by_report")),
    }


@pytest.fixture
def world(cast):
    at = timezone.now()
    WarningRules.objects.create(school=cast.school, is_on=True)
    case = cases.make_case(cast, at)
    cases.note(case, kind="summary", at=at)
    by = cast.users["counsellor"]
    for level in ORDER[-3:]:
        concern = actions.raise_worry(
            student=cast.students["xiaobao"],
            by=cast.users["teacher"],
            words="总一个人",
            is_urgent=False,
            at=at,
            key=f"level-{level}",
        )
        triage.set_level(concern=concern, by=by, level=level, words="看过了", at=at)
    make_report(cast, users=[cast.users["admin"]], adults=[cast.adults["grandmother"]], at=at)
    return at


@hypothesis_settings(max_examples=12)
@given(
    nights=st.lists(
        st.tuples(st.sampled_from(EVERY), st.integers(0, 24 * 20)), min_size=1, max_size=6
    )
)
def test_in_any_order_over_weeks(world, nights):
    with transaction.atomic():
        before, at = standing(), world
        for step, hours in nights:
            at += timedelta(hours=hours)
            step(at)
        after = standing()
        assert {pk: after["concerns"][pk] for pk in before["concerns"]} == before["concerns"]
        assert after["cases"] == before["cases"]
        assert after["suspects"] == before["suspects"]
        assert after["barriers"] >= before["barriers"]  # more may be closed, nothing is opened
        assert after["adults"] == before["adults"]
        transaction.set_rollback(True)

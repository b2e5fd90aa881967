"""A clock that goes back: nothing is told twice, nothing is lost, and the log of readers stays whole."""

from datetime import timedelta

import pytest

from accounts import chain
from accounts.models import AccessRecord
from accounts.verifying import first_broken
from counselling.cases import policies
from safeguarding import actions
from safeguarding.levels import triage
from safeguarding.models import ConcernEntry
from safeguarding.rules import ROUND_THE_CLOCK_MINUTES
from tests.factories import cases
from tests.factories.concerns import AT

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def told() -> int:
    return ConcernEntry.objects.filter(kind="told").count()


def test_a_concern_climbs_once_when_its_time_comes_again(cast):
    concern = actions.want_to_talk(
        student=cast.students["mengyao"],
        asked_for="class_teacher",
        wanted_when="now",
        words="",
        at=AT,
        key="back",
    )
    due = AT + timedelta(minutes=ROUND_THE_CLOCK_MINUTES)
    assert actions.climb_unacknowledged(due) == 1
    before = told()
    assert actions.climb_unacknowledged(due - HOUR) == 0
    assert triage.remind_of_late(due - HOUR) == 0
    assert told() == before
    concern.refresh_from_db()
    assert concern.due_at == due + timedelta(minutes=ROUND_THE_CLOCK_MINUTES)
    assert actions.climb_unacknowledged(concern.due_at) == 1


def test_who_was_let_in_reads_until_that_hour_and_the_log_stays_whole(cast):
    cases.second_counsellor(cast)
    case = cases.make_case(cast, AT)
    cases.reader(case, cast.users["second"], AT, days=1)
    for at, sees in ((AT + 25 * HOUR, False), (AT + 23 * HOUR, True), (AT + 25 * HOUR, False)):
        assert policies.cases_visible_to(cast.users["second"], at).exists() is sees
    for at in (AT, AT - HOUR, AT + HOUR):
        row = AccessRecord(
            user=cast.users["second"],
            school_id=cast.school.pk,
            student_id=case.student_id,
            what="case",
            at=at,
        )
        chain.append([row], chain=f"access:{cast.school.pk}")
    assert first_broken(f"access:{cast.school.pk}") is None

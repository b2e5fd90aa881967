"""What somebody ticks at a home reaches a named adult at the school, not only the file."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from safeguarding import actions, presenters, rules
from safeguarding.models import Concern
from tests.factories.cast import Cast
from tests.factories.visits import make_visit
from visits import actions as visits
from visits.models import Visit
from visits.queries import alarming_visits

pytestmark = pytest.mark.django_db


def recorded(cast: Cast, *facts: str, by: str = "village", words: str = "") -> Visit:
    return visits.record_visit(
        visit=make_visit(cast.students["mengyao"]),
        by=cast.users[by],
        at=clock.now(),
        visited_on=timezone.localdate(clock.now()),
        outcome="met_carer",
        facts=facts,
        words=words,
        key=uuid4(),
    )


def test_a_child_alone_at_night_is_told_within_a_quarter_of_an_hour(cast):
    recorded(cast, "desk", "nights_alone", "danger", words="爷爷在镇上打工")
    at = clock.now()
    assert [actions.run_intake(at), actions.run_intake(at)] == [1, 0]
    concern = Concern.objects.get()
    assert (concern.source, concern.student) == ("alone", cast.students["mengyao"])
    assert concern.due_at - at == timedelta(minutes=rules.ROUND_THE_CLOCK_MINUTES)
    assert concern.named_adult == cast.users["teacher"]
    assert OutboxMessage.objects.filter(kind="concern", user=cast.users["teacher"]).count() == 1
    why = presenters.why(concern, {})
    assert "李红梅" in why
    assert "爷爷在镇上打工" in why


def test_danger_at_home_waits_for_school_hours_only(cast):
    recorded(cast, "danger")
    actions.run_intake(clock.now())
    assert Concern.objects.get().clock == rules.SCHOOL_HOURS


def test_a_teachers_own_tick_goes_to_somebody_else_too(cast):
    recorded(cast, "nights_alone", by="teacher")
    actions.run_intake(clock.now())
    concern = Concern.objects.get()
    assert concern.raised_by == cast.users["teacher"]
    assert concern.named_adult not in (None, cast.users["teacher"])


def test_what_is_well_opens_nothing(cast):
    recorded(cast, "adult_there", "child_there", "carer_copes", "food", "own_bed", "desk", "phone")
    assert actions.run_intake(clock.now()) == 0


def test_closed_it_stays_closed(cast):
    recorded(cast, "danger")
    at = clock.now()
    actions.run_intake(at)
    actions.close(
        concern=Concern.objects.get(),
        by=cast.users["teacher"],
        closing="answered",
        words="井盖上了",
        at=at,
    )
    assert actions.run_intake(at + timedelta(days=1)) == 0


def test_asking_every_few_seconds_reads_the_small_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "alarming_visits" in alarming_visits().explain()

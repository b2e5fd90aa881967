"""Undoing an import within 24 hours also deletes what the application has written by itself since."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import clock
from delivery.models import OutboxMessage
from guardians.care.actions import note_care_gaps
from guardians.models import Guardianship
from messaging import actions as messaging
from messaging.models import CheckIn, CheckInPlan, FollowUp
from rosters import undoing
from rosters.models import RosterImport, RosterResult
from safeguarding.models import Concern
from schools.models import ClassStart, SchoolClass
from students.models import Student
from tests.factories.factors import sign_in
from tests.factories.founding import make_class_day
from tests.factories.visits import make_term
from tests.fixtures.make_roster import as_xlsx, make_roster
from tests.rosters.conftest import AT, bring_in, snapshot, without_history
from visits.actions.duties import ensure_duties
from visits.models import Duty

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=20)


@pytest.fixture
def lived_in(cast, school):
    """An import, and what one day of the application's own work adds to it."""
    make_term(cast, timezone.localdate(AT))
    before = without_history(snapshot())
    roster = bring_in(cast, as_xlsx(make_roster(children=24, clean=True)))
    ensure_duties(at=LATER, schools=[cast.school])
    note_care_gaps(at=LATER)
    messaging.ensure_plans(at=LATER)
    messaging.bring_forward(at=LATER)
    messaging.ask_due_check_ins(at=LATER)
    return roster, before


def new_children(roster):
    created = RosterResult.objects.filter(roster_import=roster, kind="created")
    return Student.objects.filter(pk__in=created.values("student"))


def undo(cast, roster, at=LATER):
    undoing.undo_import(roster=roster, by=cast.users["admin"], at=at)


def test_a_day_of_the_applications_own_work_goes_with_the_import(cast, lived_in):
    roster, before = lived_in
    mine = new_children(roster)
    assert CheckInPlan.objects.filter(student__in=mine).exists()
    assert CheckIn.objects.filter(lines__student__in=mine).exists()
    assert Duty.objects.filter(student__in=mine).exists()
    undo(cast, roster)
    assert without_history(snapshot()) == before
    assert not OutboxMessage.objects.exclude(adult__guardianships__isnull=False).exists()
    roster.refresh_from_db()
    assert roster.state == RosterImport.State.UNDONE


@pytest.mark.parametrize("state", ["accepted", "delivered", "unknown", "claimed"])
def test_what_a_family_received_stops_it_and_is_named(cast, lived_in, state):
    roster, _before = lived_in
    adults = Guardianship.objects.filter(student__in=new_children(roster)).values("adult")
    one = OutboxMessage.objects.filter(kind="check_in", adult__in=adults).first()
    OutboxMessage.objects.filter(pk=one.pk).update(state=state, attempt_count=1)
    state_before = snapshot()
    with pytest.raises(undoing.CannotUndo) as refused:
        undo(cast, roster)
    assert dict(refused.value.obstacles.built)["delivery.outboxmessage"] == 1
    assert snapshot() == state_before


def test_a_task_that_a_teacher_worked_on_stops_it(cast, lived_in):
    roster, _before = lived_in
    child = new_children(roster).first()
    FollowUp.objects.filter(student=child).delete()
    FollowUp.objects.create(
        school=cast.school, student=child, cause="no_way", opened_at=LATER, done_at=LATER,
        done_by=cast.users["teacher"],
    )  # fmt: skip
    with pytest.raises(undoing.CannotUndo) as refused:
        undo(cast, roster)
    assert refused.value.obstacles.built == [("messaging.followup", 1)]


def test_a_row_behind_a_hidden_relation_stops_it(cast, lived_in):
    """A concern about a child known before names an adult of a new child."""
    roster, _before = lived_in
    child = new_children(roster).first()
    adult = Guardianship.objects.filter(student=child).first().adult
    Concern.objects.create(
        school=cast.school, student=cast.students["mengyao"], adult=adult, source="staff",
        opened_at=LATER, due_at=LATER, source_key="x", clock="school_hours",
    )  # fmt: skip
    with pytest.raises(undoing.CannotUndo) as refused:
        undo(cast, roster)
    assert ("safeguarding.concern", 1) in refused.value.obstacles.built


def test_a_class_meeting_owed_by_a_new_class_goes_with_the_class(cast, school):
    school, cast.school = cast.school, cast.other_school
    roster = bring_in(
        cast, as_xlsx(make_roster(children=24, clean=True)), choices={"class,,一年级1班": "1.1"}
    )
    make_term(cast, timezone.localdate(AT))
    ensure_duties(at=LATER, schools=[cast.school])
    assert Duty.objects.filter(school_class__in=roster.made_class_ids, student=None).exists()
    assert SchoolClass.objects.filter(pk__in=roster.made_class_ids).exists()
    undo(cast, roster)
    assert not SchoolClass.objects.filter(pk__in=roster.made_class_ids).exists()
    cast.school = school


@pytest.mark.parametrize("is_planned", [True, False])
def test_a_class_with_a_planned_day_stays_and_a_day_taken_back_goes_with_it(cast, is_planned):
    """A class with a planned day is kept; the next import finds the class and its day."""
    content = as_xlsx(make_roster(children=24, clean=True))
    choices = {"class,,一年级1班": "1.1"}
    roster = bring_in(cast, content, choices=choices)
    made = SchoolClass.objects.get(pk__in=roster.made_class_ids, name="一年级1班")
    day = make_class_day(3, made)
    if not is_planned:
        ClassStart.objects.update(starts_on=None)
    undo(cast, roster)
    assert SchoolClass.objects.filter(pk=made.pk).exists() == is_planned
    again = bring_in(cast, content, choices=choices)
    assert made.pk not in again.made_class_ids
    assert new_children(again).filter(enrolments__school_class__name="一年级1班").exists()
    kept = ClassStart.objects.values_list("school_class", "starts_on")
    assert list(kept) == ([(made.pk, day)] if is_planned else [])


def meetings(cast):
    return Duty.objects.filter(kind=Duty.Kind.CARERS_MEETING, school_class__school=cast.school)


def test_a_class_meeting_owed_because_of_the_import_goes_with_it(cast, lived_in):
    """The class existed before, and nobody in it had a parent away."""
    roster, _before = lived_in
    has_some = set(meetings(cast).values_list("school_class", flat=True))
    assert len(has_some) > 1
    undo(cast, roster)
    left = set(meetings(cast).values_list("school_class", flat=True))
    assert left == {cast.school_class.pk, cast.next_class.pk} & has_some
    ensure_duties(at=LATER, schools=[cast.school])
    assert set(meetings(cast).values_list("school_class", flat=True)) == left


def test_a_class_meeting_that_somebody_put_off_or_held_stays(cast, lived_in):
    roster, _before = lived_in
    off, held = meetings(cast).exclude(school_class__in=[cast.school_class, cast.next_class])[:2]
    Duty.objects.filter(pk=off.pk).update(put_off_until=timezone.localdate(LATER))
    Duty.objects.filter(pk=held.pk).update(done_on=timezone.localdate(LATER))
    undo(cast, roster)
    assert meetings(cast).filter(pk__in=[off.pk, held.pk]).count() == 2


def test_the_page_promises_only_what_holds(cast, lived_in):
    roster, _before = lived_in
    client = Client(headers={"accept-language": "en"})
    RosterImport.objects.filter(pk=roster.pk).update(finished_at=clock.now())
    sign_in(client, cast.users["admin"])
    url = reverse("rosters:result", args=[roster.pk])
    assert "Undo the whole import" in client.get(url).content.decode()
    adults = Guardianship.objects.filter(student__in=new_children(roster)).values("adult")
    sent = OutboxMessage.objects.filter(kind="check_in", adult__in=adults).first()
    OutboxMessage.objects.filter(pk=sent.pk).update(state="delivered", attempt_count=1)
    shown = client.get(url).content.decode()
    assert "Undo the whole import" not in shown
    assert "can no longer be undone as a whole" in shown
    assert "messages sent to families × 1" in shown
    refused = client.post(reverse("rosters:undo", args=[roster.pk]), follow=True).content.decode()
    assert "messages sent to families" in refused

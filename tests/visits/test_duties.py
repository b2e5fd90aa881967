from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Least

from schools.models import Term
from students.models import Enrolment, Student
from tests.factories.cast import make_student
from tests.factories.visits import make_visit
from visits import actions, queries
from visits.models import Duty, Visit

Kind = Duty.Kind


def test_each_duty_arises_once_however_often_the_calendar_is_read(cast, term, at):
    made = actions.ensure_duties(at=at, schools=[cast.school])
    rows = list(Duty.objects.values_list("pk", "key").order_by("pk"))
    # Three children with a parent away in two classes: a visit and a call for each, and a meeting
    # for each class.
    assert made == len(rows) == 3 + 3 + 2
    assert Visit.objects.count() == 3
    assert actions.ensure_duties(at=at, schools=[cast.school]) == 0
    assert list(Duty.objects.values_list("pk", "key").order_by("pk")) == rows
    assert Visit.objects.count() == 3


def test_between_the_terms_nothing_arises(cast, at):
    assert actions.ensure_duties(at=at) == 0


def test_a_child_whose_parents_are_at_home_is_owed_nothing(cast, term, at):
    at_home = make_student(cast.school_class, "何静")
    actions.ensure_duties(at=at)
    assert not Duty.objects.filter(student=at_home).exists()


def test_a_child_in_special_care_is_visited_once_a_term_and_no_more(cast, term, at):
    at_home = make_student(cast.school_class, "何静")
    Student.objects.filter(pk=at_home.pk).update(orphan_since=at.date())
    actions.ensure_duties(at=at)
    assert [duty.kind for duty in Duty.objects.filter(student=at_home)] == [Kind.HOME_VISIT]
    visit = Visit.objects.get(student=at_home)
    Student.objects.filter(pk=at_home.pk).update(orphan_since=None)
    actions.ensure_duties(at=at)
    visit.refresh_from_db()
    assert visit.called_off_at is not None


def test_a_met_carer_ends_the_duty_and_nobody_at_home_asks_anew(cast, term, at, today):
    actions.ensure_duties(at=at)
    first = Visit.objects.get(student=cast.students["mengyao"])
    record(cast, first, at, today, outcome="nobody")
    again = Visit.objects.get(student=cast.students["mengyao"], recorded_at=None)
    assert again.duty == first.duty
    record(cast, again, at, today, outcome="met_carer")
    first.duty.refresh_from_db()
    assert first.duty.done_on == today
    actions.ensure_duties(at=at)
    assert not Visit.objects.filter(student=cast.students["mengyao"], recorded_at=None).exists()


def record(cast, visit, at, on, **facts):
    return actions.record_visit(
        visit=visit, by=cast.users["teacher"], at=at, visited_on=on, key=uuid4(), **facts
    )


def test_a_visit_that_somebody_asked_for_is_the_terms_visit_too(cast, term, at, today):
    actions.ensure_duties(at=at)
    asked = make_visit(cast.students["mengyao"])
    record(cast, asked, at, today, outcome="met_carer")
    duty = Duty.objects.get(student=cast.students["mengyao"], kind=Kind.HOME_VISIT)
    assert duty.done_on == today
    assert queries.next_visit(cast.students["mengyao"]) is None


def test_a_new_term_asks_anew_and_drops_what_the_old_one_left(cast, term, at, today):
    actions.ensure_duties(at=at)
    old = Visit.objects.get(student=cast.students["mengyao"])
    Term.objects.create(
        year=term.year,
        season=Term.Season.SPRING,
        starts_on=term.ends_on + timedelta(days=30),
        ends_on=term.ends_on + timedelta(days=120),
    )
    later = at + (term.ends_on - today) + timedelta(days=35)
    actions.ensure_duties(at=later)
    old.refresh_from_db()
    assert old.called_off_at is not None
    assert queries.next_visit(cast.students["mengyao"]).duty.starts_on > term.ends_on


def test_a_child_who_left_is_owed_no_visit(cast, term, at, today):
    actions.ensure_duties(at=at)
    Enrolment.objects.filter(student=cast.students["mengyao"]).update(
        ends_on=today - timedelta(days=1)
    )
    actions.ensure_duties(at=at)
    assert not Visit.objects.filter(student=cast.students["mengyao"], called_off_at=None).exists()
    progress = progress_of(cast, today)
    assert (progress.total("visited"), progress.total("to_visit")) == (0, 2)


def progress_of(cast, today, names_of=()):
    return queries.progress_of(cast.school, cast.school.classes.all(), today, names_of=names_of)


def test_progress_counts_by_class_and_names_only_where_asked(cast, term, at, today):
    actions.ensure_duties(at=at)
    record(
        cast,
        Visit.objects.get(student=cast.students["mengyao"]),
        at,
        today,
        outcome="met_other",
    )
    own = cast.school_class.pk
    progress = progress_of(cast, today, names_of=[own])
    rows = {row.class_id: row for row in progress.classes}
    assert (rows[own].visited, rows[own].to_visit) == (1, 2)
    assert [child.name for child in rows[own].not_visited] == ["徐小宝"]
    assert rows[cast.next_class.pk].not_visited == []
    assert (progress.total("visited"), progress.total("to_visit")) == (1, 3)


@pytest.mark.parametrize(
    ("who", "outcome", "is_done"),
    [
        ("mother", "talked", True),
        ("mother", "no_answer", False),
        ("grandmother", "talked", False),  # the month's call is to a parent
    ],
)
def test_which_call_is_the_months_call(cast, term, at, today, who, outcome, is_done):
    actions.ensure_duties(at=at)
    call = actions.start_call(
        student=cast.students["mengyao"],
        adult=cast.adults[who],
        by=cast.users["teacher"],
        at=at,
        key=uuid4(),
    )
    actions.end_call(call=call, outcome=outcome, at=at, minutes=5)
    duty = Duty.objects.get(student=cast.students["mengyao"], kind=Kind.PARENT_CALL)
    assert (duty.done_on is not None) is is_done


def test_a_meeting_counts_once(cast, term, at, today):
    actions.ensure_duties(at=at)
    facts = {
        "school_class": cast.school_class,
        "held_on": today,
        "came": [cast.adults["grandmother"]],
        "words": "说好晚上九点关灯",
        "key": uuid4(),
        "by": cast.users["teacher"],
        "at": at,
    }
    first = actions.record_meeting(**facts)
    assert actions.record_meeting(**facts).pk == first.pk
    progress = progress_of(cast, today)
    assert (progress.meetings_held, progress.meetings) == (1, 2)


def test_what_is_owed_follows_a_child_into_the_new_class(cast, term, at, today):
    """The former class teacher no longer sees the child's name."""
    actions.ensure_duties(at=at)
    student, other = cast.students["mengyao"], cast.students["haitao"].enrolments.get().school_class
    old = Enrolment.objects.get(student=student)
    assert old.school_class != other
    old.ends_on = today - timedelta(days=1)
    old.save()
    Enrolment.objects.create(
        school=cast.school, student=student, school_class=other, starts_on=today
    )
    yesterday = today - timedelta(days=1)
    owed = Duty.objects.filter(student=student)
    done = owed.get(kind=Kind.PARENT_CALL)
    owed.filter(pk=done.pk).update(done_on=yesterday)
    # overdue duties follow as well
    owed.update(starts_on=Least("starts_on", yesterday), due_on=yesterday)
    actions.ensure_duties(at=at)
    assert set(owed.filter(done_on=None).values_list("school_class", flat=True)) == {other.pk}
    done.refresh_from_db()
    assert done.school_class_id == old.school_class_id  # the class whose teacher made the call
    progress = queries.progress_of(
        cast.school, cast.school.classes.all(), today, names_of=[old.school_class_id, other.pk]
    )
    names = {row.class_id: [one.name for one in row.not_visited] for row in progress.classes}
    assert student.name not in names.get(old.school_class_id, [])
    assert student.name in names[other.pk]

"""Rows of visits and calls around the fixed cast; 徐梦瑶 lives in the village worker's village."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from guardians.models import Adult
from privacy.actions import record_consent
from schools.models import SchoolYear, Term
from students.models import Student
from tests.factories.cast import Cast
from visits import actions
from visits.models import Agreement, Duty, Outcome, Visit

VILLAGE = "黄羊川村"


def settle_in_village(*students: Student) -> None:
    for student in students:
        student.village, student.address = VILLAGE, "三组 12 号"
        student.save(update_fields=["village", "address"])


def make_term(cast: Cast, on: date) -> Term:
    """A term around `on`, from four weeks before to eight weeks after."""
    year = SchoolYear.objects.get(school=cast.school)
    return Term.objects.create(
        year=year,
        season=Term.Season.AUTUMN,
        starts_on=on - timedelta(days=28),
        ends_on=on + timedelta(days=56),
    )


def make_visit(student: Student, **fields) -> Visit:
    given = {"due_on": timezone.localdate(), "reason": "奶奶腿疼，看看家里怎么样"}
    return Visit.objects.create(school=student.school, student=student, **given | fields)


def visit_row(cast: Cast) -> int:
    settle_in_village(cast.students["mengyao"])
    return make_visit(cast.students["mengyao"], by_village=True).pk


def _call(cast: Cast) -> int:
    return actions.start_call(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        by=cast.users["teacher"],
        at=timezone.now(),
        key=uuid4(),
    ).pk


def _call_due(cast: Cast) -> int:
    today = timezone.localdate()
    return Duty.objects.create(
        school=cast.school,
        kind=Duty.Kind.PARENT_CALL,
        school_class=cast.school_class,
        student=cast.students["mengyao"],
        starts_on=today.replace(day=1),
        due_on=today,
        key=f"call:{today:%Y-%m}:{cast.students['mengyao'].pk}",
    ).pk


def _agreement(cast: Cast) -> int:
    visit = make_visit(
        cast.students["mengyao"],
        outcome=Outcome.MET_CARER,
        visited_on=timezone.localdate(),
        recorded_at=timezone.now(),
        recorded_by=cast.users["teacher"],
    )
    return Agreement.objects.create(
        school=cast.school, student=visit.student, visit=visit, who="school", what="每周打一次电话"
    ).pk


MAKERS_OF_VISITS = {
    "call_outcome": _call,
    "put_off_call": _call_due,
    "keep_agreement": _agreement,
}


def refuse(student: Student, adult: Adult, purpose: str, at: datetime) -> None:
    record_consent(
        adult=adult,
        student=student,
        purpose=purpose,
        decision="refused",
        via="spoken",
        key=uuid4(),
        at=at,
    )

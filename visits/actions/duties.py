"""Create duties from the school's calendar. Each has a key, so repeated runs create it once."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from guardians.queries import with_parent_away
from schools.models import School, Term
from schools.policies import today_in
from schools.queries import term_on
from students.models import Enrolment, Student
from students.queries import current_enrolments, in_special_care
from visits.models import Duty, Visit
from visits.rules import call_key, home_key, home_visit_due_on, meeting_key, month_of


def ensure_duties(*, at: datetime, schools: Iterable[School] | None = None) -> int:
    """Create the duties of this term and month, and return how many are new.

    Each home visit gets its open row. Between terms nothing is created. Duties left open in one term do
    not carry over; the new term has its own.
    """
    rows = School.objects.all() if schools is None else schools
    return sum(_ensure(school, today_in(school, at), at) for school in rows)


@transaction.atomic
def _ensure(school: School, on: date, at: datetime) -> int:
    term = term_on(school, on)
    if term is None:
        return 0
    children = list(
        current_enrolments(on).filter(school=school, student_id__in=with_parent_away(on))
    )
    # By ids: with a join, PostgreSQL would look for them among the children of the whole county.
    in_care = Student.objects.filter(in_special_care(), school=school)
    keys = set(in_care.values_list("pk", flat=True)) - {row.student_id for row in children}
    cared_for = list(current_enrolments(on).filter(school=school, student_id__in=keys))
    wanted = _duties_of(term, children, cared_for, on)
    known = set(
        Duty.objects.filter(key__in=[duty.key for duty in wanted]).values_list("key", flat=True)
    )
    fresh = [duty for duty in wanted if duty.key not in known]
    Duty.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    # Open duties follow a child to its new class.
    now_in = current_enrolments(on).filter(school=school, student_id=OuterRef("student_id"))
    class_id = Subquery(now_in.values("school_class_id")[:1])
    moved = Duty.objects.filter(
        Exists(now_in.exclude(school_class_id=OuterRef("school_class_id"))),
        school=school,
        student__isnull=False,
        done_on=None,
        due_on__gte=term.starts_on,
    )
    moved.update(school_class_id=class_id)
    # Cancel visits of earlier terms, and visits to children who left or no longer need one.
    still = [row.student_id for row in (*children, *cared_for)]
    over = _open_duty_visits(school).filter(duty__due_on__lt=term.starts_on)
    gone = _open_duty_visits(school).filter(planned_on=None).exclude(student_id__in=still)
    for rows in (over, gone):
        rows.update(called_off_at=at)
    _open_visits(school, term, [*children, *cared_for])
    return len(fresh)


def _duties_of(
    term: Term, children: list[Enrolment], cared_for: list[Enrolment], on: date
) -> list[Duty]:
    """Return a home visit each term for every child, and for children with a parent away a call each month.

    `children` have a parent away, `cared_for` are in special care. Each class of `children` also gets a
    meeting.
    """
    first, last = month_of(on)
    classes = {row.school_class_id: row.school_id for row in children}
    home_visits = [
        Duty(
            school_id=row.school_id,
            kind=Duty.Kind.HOME_VISIT,
            school_class_id=row.school_class_id,
            student_id=row.student_id,
            starts_on=term.starts_on,
            due_on=home_visit_due_on(term.starts_on, term.ends_on, row.starts_on),
            key=home_key(term.pk, row.student_id),
        )
        for row in (*children, *cared_for)
    ]
    calls = [
        Duty(
            school_id=row.school_id,
            kind=Duty.Kind.PARENT_CALL,
            school_class_id=row.school_class_id,
            student_id=row.student_id,
            starts_on=first,
            due_on=last,
            key=call_key(on, row.student_id),
        )
        for row in children
    ]
    meetings = [
        Duty(
            school_id=school_id,
            kind=Duty.Kind.CARERS_MEETING,
            school_class_id=class_id,
            starts_on=term.starts_on,
            due_on=term.ends_on,
            key=meeting_key(term.pk, class_id),
        )
        for class_id, school_id in classes.items()
    ]
    return home_visits + calls + meetings


def _open_duty_visits(school: School) -> QuerySet[Visit]:
    return Visit.objects.filter(
        school=school, duty__isnull=False, recorded_at=None, called_off_at=None
    )


def _open_visits(school: School, term: Term, children: list[Enrolment]) -> None:
    open_row = Visit.objects.filter(duty_id=OuterRef("pk"), recorded_at=None, called_off_at=None)
    lacking = Duty.objects.filter(
        ~Exists(open_row),
        school=school,
        kind=Duty.Kind.HOME_VISIT,
        key__in=[home_key(term.pk, row.student_id) for row in children],
        done_on=None,
    ).select_related("student")
    Visit.objects.bulk_create(
        [
            Visit(school_id=duty.school_id, student=duty.student, duty=duty, due_on=duty.due_on)
            for duty in lacking
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )

"""Save visits. Each action is one transaction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from guardians.models import Adult
from schools.models import holds_on
from students.models import Enrolment, Student
from visits.models import MET, Agreement, Duty, Visit


class AlreadyRecorded(ValueError):
    """Someone has already recorded this visit; the first record stays."""

    def __init__(self, visit: Visit):
        super().__init__(str(visit.pk))
        self.visit = visit


class ChildLeft(ValueError):
    """The child was not at this school on that day."""

    def __init__(self, left_on: date | None):
        super().__init__(str(left_on))
        self.left_on = left_on


@dataclass(frozen=True)
class Agreed:
    who: str
    what: str
    by_on: date | None = None


def ask_visit(
    *,
    student: Student,
    kind: str,
    reason: str,
    due_on: date,
    by: User | None,
    goes: User | None = None,
    by_village: bool = False,
    planned_on: date | None = None,
) -> Visit:
    """Ask for an extra visit. `by` is None if the escalation of a check-in asks for it."""
    return Visit.objects.create(
        school_id=student.school_id,
        student=student,
        kind=kind,
        reason=reason,
        due_on=due_on,
        planned_on=planned_on,
        goes=goes,
        by_village=by_village,
        asked_by=by,
    )


@transaction.atomic
def plan_visits(
    *, visits: Iterable[Visit], on: date | None, by: User, goes: User | None, by_village: bool
) -> int:
    """Plan several visits for one day and one person, in the order given, and return how many were planned.

    `on` None leaves the day open. Visits that have been recorded in the meantime stay as they are.
    """
    ids = [visit.pk for visit in visits]
    rows = Visit.objects.select_for_update().filter(
        pk__in=ids, recorded_at=None, called_off_at=None
    )
    found = sorted(rows, key=lambda row: ids.index(row.pk))
    for place, row in enumerate(found, start=1):
        row.planned_on, row.goes, row.by_village = on, goes, by_village
        row.asked_by, row.place_in_walk, row.put_off_until = by, place, None
        row.save(
            update_fields=[
                "planned_on",
                "goes",
                "by_village",
                "asked_by",
                "place_in_walk",
                "put_off_until",
            ]
        )
    return len(found)


def pass_on(*, visit: Visit, to: User | None) -> None:
    """Hand an open visit to somebody else, on the day it is planned for.

    None leaves it to the class teacher.
    """
    row = Visit.objects.get(pk=visit.pk)
    if row.recorded_at is None and row.called_off_at is None:
        row.goes = to
        row.save(update_fields=["goes"])


@transaction.atomic
def move_in_walk(*, visit: Visit, others: Sequence[Visit], earlier: bool) -> None:
    """Move a visit one place earlier or later among `others`, the visits of the same trip in order."""
    order = [row.pk for row in others]
    place = order.index(visit.pk)
    to = place - 1 if earlier else place + 1
    if not 0 <= to < len(order):
        return
    order[place], order[to] = order[to], order[place]
    for position, pk in enumerate(order, start=1):
        Visit.objects.filter(pk=pk).exclude(place_in_walk=position).update(place_in_walk=position)


def put_off(*, row: Visit | Duty, until: date) -> None:
    """Hide the row from Today until that day. The due date stays."""
    row.put_off_until = until
    row.save(update_fields=["put_off_until"])


def call_off(*, visit: Visit, by: User, at: datetime) -> bool:
    """Cancel an extra visit. The term's visits cannot be cancelled."""
    rows = Visit.objects.filter(pk=visit.pk, duty=None, recorded_at=None, called_off_at=None)
    return bool(rows.update(called_off_at=at, asked_by=by))


@transaction.atomic
def record_visit(
    *,
    visit: Visit,
    by: User,
    at: datetime,
    visited_on: date,
    outcome: str,
    key: UUID,
    met: Collection[Adult] = (),
    facts: Sequence[str] = (),
    words: str = "",
    agreed: Sequence[Agreed] = (),
    next_on: date | None = None,
) -> Visit:
    """Record the outcome of a visit. Repeating it with the same `key` changes nothing.

    If the family was met at home, the term's duty is done; if not, the duty's next visit opens at once,
    planned for `next_on` if that is given. Otherwise `next_on` asks for one more visit. Raises
    AlreadyRecorded if the visit was recorded with another `key`, and ChildLeft for a day on which the
    child was not at this school.
    """
    row = Visit.objects.select_for_update().select_related("student").get(pk=visit.pk)
    if row.recorded_at is not None:
        if row.key == key:
            return row
        raise AlreadyRecorded(row)
    enrolled = Enrolment.objects.filter(student_id=row.student_id, school_id=row.school_id)
    if not enrolled.filter(holds_on(visited_on)).exists():
        ended = enrolled.filter(ends_on__lt=visited_on).order_by("-ends_on").first()
        raise ChildLeft(ended.ends_on if ended else None)
    row.visited_on, row.outcome, row.key = visited_on, outcome, key
    row.facts, row.words = list(facts), words
    row.recorded_by, row.recorded_at, row.called_off_at = by, at, None
    row.save()
    row.met.set(met)
    _write_agreements(row, agreed)
    if outcome in MET and row.kind == Visit.Kind.HOME:
        _settle_duty(row)
    elif row.duty_id:
        _ask_again(row, next_on)
        return row
    if next_on:
        ask_visit(student=row.student, kind=row.kind, reason="", due_on=next_on, by=by)
    return row


def _write_agreements(row: Visit, agreed: Sequence[Agreed]) -> None:
    Agreement.objects.bulk_create(
        Agreement(
            school_id=row.school_id,
            student_id=row.student_id,
            visit=row,
            who=one.who,
            what=one.what,
            by_on=one.by_on,
        )
        for one in agreed
    )


def _settle_duty(row: Visit) -> None:
    """Settle the home visit of the term in which the visit took place, planned or not."""
    owed = Duty.objects.filter(
        student_id=row.student_id, kind=Duty.Kind.HOME_VISIT, starts_on__lte=row.visited_on
    ).order_by("-starts_on")
    duty = owed.first()
    if duty is None or duty.done_on is not None:
        return
    duty.done_on = row.visited_on
    duty.save(update_fields=["done_on"])
    Visit.objects.filter(duty=duty, recorded_at=None, called_off_at=None, planned_on=None).update(
        called_off_at=row.recorded_at
    )


def _ask_again(row: Visit, next_on: date | None) -> None:
    """Open the next visit after nobody was met; it is planned if a day was given."""
    if row.duty and row.duty.done_on is None:
        Visit.objects.create(
            school_id=row.school_id,
            student_id=row.student_id,
            duty=row.duty,
            kind=row.kind,
            reason=row.reason,
            due_on=row.due_on,
            planned_on=next_on,
            goes=row.goes if next_on else None,
            by_village=row.by_village,
            asked_by=row.asked_by,
        )


def keep_agreement(*, agreement: Agreement, by: User, at: datetime) -> None:
    """Mark an agreement as done. Repeating it changes nothing."""
    Agreement.objects.filter(pk=agreement.pk, done_at=None).update(done_at=at, done_by=by)

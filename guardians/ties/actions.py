"""Writes about what an adult is to a child: relation, rights, order and when it ends."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from guardians.blocking.suspects import keep_from_kin
from guardians.care.actions import note_care_gaps
from guardians.models import Guardianship
from schools.models import holds_on
from students.models import Student


@transaction.atomic
def change_tie(
    *, tie: Guardianship, changes: dict[str, object], by: User, at: datetime
) -> Guardianship:
    """Save a change of relation, role or rights. A trigger keeps the old values."""
    for field, value in changes.items():
        setattr(tie, field, value)
    tie.save(update_fields=list(changes))
    keep_from_kin(at=at, student_ids=[tie.student_id])
    note_care_gaps(at=at, student_ids=[tie.student_id])
    return tie


@transaction.atomic
def end_tie(
    *, tie: Guardianship, ends_on: date, reason: str, by: User, at: datetime
) -> Guardianship:
    """End the tie; `ends_on` is its last day.

    From the next day the adult sees nothing that depended on it. If a carer has no successor, we notice the
    gap at once.
    """
    tie.ends_on, tie.end_reason = ends_on, reason
    tie.save(update_fields=["ends_on", "end_reason"])
    note_care_gaps(at=at, student_ids=[tie.student_id])
    return tie


@transaction.atomic
def order_ties(*, student: Student, ties: Sequence[int], on: date, by: User) -> None:
    """Put these of the child's guardianships into this order, within the positions they occupy together; all
    others stay where they are.
    """
    Student.objects.select_for_update().get(pk=student.pk)
    held = Guardianship.objects.filter(holds_on(on), student=student).order_by("priority", "pk")
    rows = {row.pk: row for row in held}
    wanted = iter([pk for pk in ties if pk in rows])
    order = [next(wanted) if pk in ties else pk for pk in rows]
    for number, pk in enumerate(order, start=1):
        if rows[pk].priority != number:
            rows[pk].priority = number
            rows[pk].save(update_fields=["priority"])

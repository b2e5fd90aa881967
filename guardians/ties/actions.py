"""Writes about what an adult is to a child: rights, order, the end."""

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
    """Relation, role and rights; what stood there is kept by trigger."""
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
    """The last day on which the adult is that to the child. From the next day they see nothing that
    came from it; where nobody follows a carer, the gap is noticed at once.
    """
    tie.ends_on, tie.end_reason = ends_on, reason
    tie.save(update_fields=["ends_on", "end_reason"])
    note_care_gaps(at=at, student_ids=[tie.student_id])
    return tie


@transaction.atomic
def move_tie(*, tie: Guardianship, is_up: bool, on: date, by: User) -> None:
    """One place up or down among the adults around the child; at the end of the row: no change."""
    Student.objects.select_for_update().get(pk=tie.student_id)
    rows = list(
        Guardianship.objects.filter(holds_on(on), student_id=tie.student_id).order_by(
            "priority", "pk"
        )
    )
    place = next(number for number, row in enumerate(rows) if row.pk == tie.pk)
    other = place - 1 if is_up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows, start=1):
        if row.priority != number:
            row.priority = number
            row.save(update_fields=["priority"])

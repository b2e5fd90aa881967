"""Change who cares for a child: all rows in one transaction, with a preview of the consequences."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.models import User
from guardians import actions
from guardians.care.actions import note_care_gaps
from guardians.care.queries import care_gaps, caring_guardianships
from guardians.models import Adult, GuardianChange, Guardianship
from guardians.queries import askable_parents, current_guardianships
from students.models import Student


class Right(StrEnum):
    """The effect of the change on an adult's tie to the child."""

    KEEP = "keep"
    DECIDE = "decide"  # sees the file, decides
    SEE = "see"  # sees the file, does not decide
    NOTHING = "nothing"  # stays on record, sees nothing, decides nothing
    END = "end"


RIGHTS = {
    Right.DECIDE: {"may_see_file": True, "may_decide": True},
    Right.SEE: {"may_see_file": True, "may_decide": False},
    Right.NOTHING: {"may_see_file": False, "may_decide": False},
}


@dataclass(frozen=True)
class NewCarer:
    """The new carer: an adult on record (`adult`), or a new person."""

    relation: str
    adult: Adult | None = None
    name: str = ""
    address: str = ""
    as_written: str = ""


@dataclass(frozen=True)
class Change:
    kind: str
    changed_on: date
    decided_by: str
    document: str
    key: UUID
    # Keyed by the primary key of the Guardianship.
    rights: dict[int, Right] = field(default_factory=dict)
    carer: NewCarer | None = None
    others_go_on: bool = False


@dataclass(frozen=True)
class Circle:
    """The adults who are asked about a child, see how it is, decide and care for it, on one day."""

    asked: frozenset[str]
    seeing: frozenset[str]
    deciding: frozenset[str]
    caring: frozenset[str]
    is_gap: bool


def circle_of(student: Student, on: date) -> Circle:
    held = list(
        current_guardianships(on)
        .filter(student=student, adult__blocked_at=None)
        .select_related("adult")
    )
    asked = askable_parents(on).filter(student=student, may_see_file=True)
    caring = caring_guardianships(on).filter(student=student)
    return Circle(
        asked=frozenset(asked.values_list("adult__name", flat=True)),
        seeing=frozenset(row.adult.name for row in held if row.may_see_file),
        deciding=frozenset(row.adult.name for row in held if row.decides),
        caring=frozenset(caring.values_list("adult__name", flat=True)),
        is_gap=student.pk in care_gaps(on, [student.pk]),
    )


def foresee(
    *, student: Student, change: Change, by: User, at: datetime, on: date
) -> tuple[Circle, Circle]:
    """Return (before, after): make the change, look, and roll everything back."""
    before = circle_of(student, on)
    with transaction.atomic():
        _write(student, change, by)
        after = circle_of(student, on)
        transaction.set_rollback(True)
    return before, after


def is_saved(*, student: Student, key: str) -> bool:
    """Return whether the form with this key was saved before."""
    try:
        return GuardianChange.objects.filter(student=student, key=UUID(key)).exists()
    except ValueError:
        return False


@transaction.atomic
def change_care(*, student: Student, change: Change, by: User, at: datetime) -> GuardianChange:
    """Save all changes of the form. The same `key` again changes nothing."""
    Student.objects.select_for_update().get(pk=student.pk)
    known = GuardianChange.objects.filter(key=change.key).first()
    if known is not None:
        return known
    _write(student, change, by)
    made = GuardianChange.objects.create(
        school_id=student.school_id,
        student=student,
        kind=change.kind,
        changed_on=change.changed_on,
        decided_by=change.decided_by,
        document=change.document,
        key=change.key,
        recorded_by=by,
        recorded_at=at,
    )
    note_care_gaps(at=at, student_ids=[student.pk])
    return made


def _write(student: Student, change: Change, by: User) -> None:
    last_day = change.changed_on - timedelta(days=1)
    why = GuardianChange(kind=change.kind).get_kind_display()
    ties = Guardianship.objects.select_for_update(of=("self",))
    ties = ties.filter(student=student, pk__in=change.rights)
    for tie in ties:
        right = change.rights[tie.pk]
        if right == Right.END:
            tie.ends_on, tie.end_reason = last_day, f"{why}, {change.decided_by}"[:200]
        for name, value in RIGHTS.get(right, {}).items():
            setattr(tie, name, value)
        if right != Right.KEEP:
            tie.save()
    carer = change.carer
    if carer is None:
        return
    adult = carer.adult
    if adult is None:
        made = actions.add_family_member(
            student=student,
            name=carer.name,
            relation=carer.relation,
            kind=Guardianship.Kind.CARER,
            starts_on=change.changed_on,
            address=carer.address,
            as_written=carer.as_written,
            by=by,
        )
        adult = made.adult
    actions.set_carer(
        student=student,
        adult=adult,
        relation=carer.relation,
        starts_on=change.changed_on,
        others_go_on=change.others_go_on,
        by=by,
    )

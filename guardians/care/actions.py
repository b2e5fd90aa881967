"""Writes about who cares for a child while the parents are away."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.history import last_writer_of
from accounts.models import User
from core.meanwhile import refuse_unseen, version_of
from guardians.care.presenters import care_in_lines
from guardians.care.queries import care_gaps
from guardians.models import Adult, CareGap, EntrustedCare, LeftAlone
from students.models import Student


@transaction.atomic
def note_care_gaps(*, at: datetime, student_ids: Collection[int] | None = None) -> int:
    """Open a gap for each child whom nobody cares for, and close those that are over; return how many are
    new.

    Safe to call twice and concurrently: a child has at most one open gap.
    """
    found = care_gaps(timezone.localdate(at), student_ids)
    known = CareGap.objects.select_for_update().filter(closed_at=None)
    if student_ids is not None:
        known = known.filter(student_id__in=student_ids)
    over = [gap.pk for gap in known if found.get(gap.student_id) != gap.kind]
    CareGap.objects.filter(pk__in=over).update(closed_at=at)
    still = set(
        CareGap.objects.filter(closed_at=None, student_id__in=found).values_list(
            "student_id", flat=True
        )
    )
    schools = dict(
        Student.objects.filter(pk__in=found.keys() - still).values_list("pk", "school_id")
    )
    rows = [
        CareGap(student_id=pk, school_id=school_id, kind=found[pk], noticed_at=at)
        for pk, school_id in schools.items()
    ]
    CareGap.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def write_left_alone(
    *, student: Student, starts_on: date, words: str, by: User, at: datetime
) -> LeftAlone:
    """Record that somebody told the school the child is at home alone.

    If that is on record already, nothing changes.
    """
    row, _ = LeftAlone.objects.get_or_create(
        student=student,
        ends_on=None,
        defaults={
            "school_id": student.school_id,
            "starts_on": starts_on,
            "words": words,
            "recorded_by": by,
            "recorded_at": at,
        },
    )
    note_care_gaps(at=at, student_ids=[student.pk])
    return row


@transaction.atomic
def end_left_alone(*, student: Student, ends_on: date, by: User, at: datetime) -> None:
    for row in LeftAlone.objects.select_for_update().filter(student=student, ends_on=None):
        row.ends_on = max(row.starts_on, ends_on)
        row.save(update_fields=["ends_on"])
    note_care_gaps(at=at, student_ids=[student.pk])


@transaction.atomic
def write_entrusted_care(
    *,
    student: Student,
    carer: Adult,
    parents: Collection[Adult],
    facts: dict[str, object],
    disqualifiers: list[str],
    by: User,
    at: datetime,
    row: EntrustedCare | None = None,
    instead_of: str | None = None,
) -> EntrustedCare:
    """Record who was entrusted with the child. `instead_of`: the version that the form began with; see
    core.meanwhile.

    A ground of Art. 22 against the carer makes the row `unsuitable`, which gives staff a task; once the
    ground is removed, the row is in force. A new record sent twice, for instance by a double tap, is one.
    """
    if row is None:
        known = _same_on_record(student, carer, parents, facts, disqualifiers)
        if known is not None:
            return known
        row = EntrustedCare(
            school_id=student.school_id, student=student, recorded_by=by, recorded_at=at
        )
    else:
        row = EntrustedCare.objects.select_for_update(of=("self",)).get(pk=row.pk)
    there, words = (care_said(row), care_in_lines(row)) if row.pk else ((), "")
    is_new_ground = set(disqualifiers) - set(row.disqualifiers)
    for field, value in facts.items():
        setattr(row, field, value)
    row.carer, row.disqualifiers = carer, disqualifiers
    if row.pk:
        new, writer = _said(row, parents), _writer_since(row, instead_of)
        refuse_unseen(seen=instead_of, there=there, new=new, writer=writer, words=words)
    row.state = EntrustedCare.State.UNSUITABLE if disqualifiers else EntrustedCare.State.IN_FORCE
    if is_new_ground or not disqualifiers:
        row.settled_at = row.settled_by = None
        row.settled_words = ""
    row.save()
    row.parents.set(parents)
    return row


def _same_on_record(
    student: Student,
    carer: Adult,
    parents: Collection[Adult],
    facts: dict[str, object],
    disqualifiers: list[str],
) -> EntrustedCare | None:
    """Return the child's record that says exactly this. The child is locked until the transaction ends."""
    Student.objects.select_for_update(no_key=True).get(pk=student.pk)
    said = {one.pk for one in parents}, set(disqualifiers)
    rows = EntrustedCare.objects.filter(student=student, carer=carer, **facts)
    for row in rows.prefetch_related("parents"):
        if ({one.pk for one in row.parents.all()}, set(row.disqualifiers)) == said:
            return row
    return None


def care_said(row: EntrustedCare) -> tuple[object, ...]:
    """Return what `write_entrusted_care` would replace."""
    return _said(row, row.parents.all())


def _said(row: EntrustedCare, parents: Iterable[Adult]) -> tuple[object, ...]:
    facts = [getattr(row, name) for name in EntrustedCare.FACTS]
    by = sorted(one.pk for one in parents)
    return row.carer_id, by, sorted(row.disqualifiers), facts, row.settled_words


def _writer_since(row: EntrustedCare, seen: str | None) -> User | None:
    """Return who has changed a row since it was as `seen`; None if the history does not say.

    The history does not hold the parents: the last writer of the fields is meant only if an earlier row with
    the parents of today is what was seen.
    """
    if not seen:
        return None
    parents = list(row.parents.all())
    events = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk)  # type: ignore[attr-defined]
    if not any(version_of(*_said(event, parents)) == seen for event in events):
        return None
    return last_writer_of(row, ["carer", "disqualifiers", "settled_words", *row.FACTS])


@transaction.atomic
def settle_unsuitable(*, row: EntrustedCare, words: str, by: User, at: datetime) -> None:
    """Record what was done about a carer who may not care for the child. The row remains `unsuitable`."""
    locked = EntrustedCare.objects.select_for_update().get(pk=row.pk)
    if locked.settled_at is None:
        locked.settled_words, locked.settled_by, locked.settled_at = words, by, at
        locked.save(update_fields=["settled_words", "settled_by", "settled_at"])

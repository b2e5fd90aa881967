"""Make the file at the new school from what was handed over, in the caller's transaction: barriers first."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from accounts.models import User
from core.pinyin import pinyin_of
from guardians.blocking.actions import block_adult
from guardians.care.actions import note_care_gaps
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration
from schools.models import SchoolClass
from students import barriers
from students.actions import change_class, enrol_child, update_file
from students.models import Enrolment, Student
from transfers import protecting
from transfers.models import Part, Transfer
from transfers.package import contacts_of, family_ties, file_fields

# For the rows of the new school; it says no more than that they came along.
REASON = "转学交接：先保护孩子，解除前请先致电原学校"
ADULT_FIELDS = (
    "name condition language prefers_audio literacy time_zone shift shift_since shift_turn_days quiet_from "
    "quiet_until legal_basis opted_out_at"
).split()
Ground = Adult.BlockGround
POINT_FIELDS = "kind address as_written problem priority disputed_at".split()
TIE_FIELDS = "relation kind priority has_capacity may_see_file may_decide starts_on ends_on".split()


def make_file(
    *,
    transfer: Transfer,
    package: dict[str, Any],
    existing: Student | None,
    school_class: SchoolClass,
    starts_on: date,
    by: User,
    at: datetime,
    on: date,
) -> Student:
    """Return a new file, or `existing` with its gaps filled.

    Raises IntegrityError if another child of the school has the identity or student number.
    """
    fields: dict[str, Any] = {}
    for part, held in package.items():
        fields |= file_fields(part, held)
    if existing is None:
        student, _is_new = enrol_child(
            school_class=school_class, starts_on=starts_on, fields=fields, by=by, key=transfer.key
        )
    else:
        gaps = {
            name: value for name, value in fields.items() if getattr(existing, name) in ("", None)
        }
        student = update_file(student=existing, changes=gaps, by=by) if gaps else existing
        if not Enrolment.objects.filter(student=student, ends_on=None).exists():
            change_class(student=student, school_class=school_class, starts_on=starts_on, by=by)
    _keep_away(transfer, student, by, at)
    made: dict[int, Adult] = {}
    if Part.FAMILY in package:
        made = _bring_family(transfer.student, student, on)
    if Part.CONTACT in package:
        _bring_contacts(transfer, student, made, on)
    note_care_gaps(at=at, student_ids=[student.pk])
    return student


def _keep_away(transfer: Transfer, student: Student, by: User, at: datetime) -> None:
    """Keep away everybody who may not come near the child, whichever parts were chosen.

    They are copied with all their numbers, so that a shared phone stays closed here too. The rows name the
    person who handed over; they have a ground of their own only if a court gave one.
    """
    is_closed = (
        barriers.barriers_in_force(transfer.student).filter(user=transfer.opened_by_id).exists()
    )
    setter = by if is_closed else transfer.opened_by
    for adult in protecting.kept_away(transfer.student):
        ties = Guardianship.objects.filter(student=transfer.student, adult=adult)
        record = _record_for(adult, student, ties)
        _bring_numbers(adult, record)
        if not record.is_blocked:
            is_court = adult.blocked_ground == Ground.COURT_ORDER
            block_adult(
                adult=record,
                reason=REASON,
                by=setter,
                at=at,
                ground=Ground.COURT_ORDER if is_court else Ground.SAFEGUARDING,
                decision=adult.blocked_decision if is_court else "",
                decided_on=adult.blocked_decided_on if is_court else None,
            )
    for barrier in barriers.barriers_in_force(transfer.student).select_related("user"):
        barriers.set_barrier(student=student, user=barrier.user, reason=REASON, by=setter, at=at)


def _bring_family(old: Student, student: Student, on: date) -> dict[int, Adult]:
    """Return {id of the adult at the old school: record here}, with where they live now."""
    ties: dict[int, list[Guardianship]] = {}
    for tie in family_ties(old, on).order_by("priority", "pk"):
        ties.setdefault(tie.adult_id, []).append(tie)
    made = {pk: _record_for(held[0].adult, student, held) for pk, held in ties.items()}
    places = Migration.objects.filter(adult__in=made, ends_on=None)
    for place in places:
        record = made[place.adult_id]
        if not Migration.objects.filter(adult=record).exists():
            _copy(place, Migration, "is_away place work starts_on".split(), adult=record)
    return made


def _record_for(adult: Adult, student: Student, ties: Iterable[Guardianship]) -> Adult:
    """Return the same person in the family that is already here, by name and relation; else a new record.

    Somebody whom this school keeps away from the child is found whatever the tie was: a second record would
    let them in again.
    """
    ties = list(ties)
    named = Guardianship.objects.filter(
        student=student, adult__name=adult.name, adult__merged_into=None
    ).select_related("adult")
    here = named.filter(relation__in={tie.relation for tie in ties}, ends_on=None)
    found = named.filter(adult__blocked_at__isnull=False).first() or here.first()
    if found is not None:
        if found.adult.is_blocked:
            _bring_numbers(adult, found.adult)  # so that a shared phone stays closed
        return found.adult
    values = {name: getattr(adult, name) for name in ADULT_FIELDS}
    record = Adult.objects.create(
        school_id=student.school_id, name_pinyin=pinyin_of(adult.name), **values
    )
    _bring_numbers(adult, record)
    for tie in ties:
        _copy(tie, Guardianship, TIE_FIELDS, student=student, adult=record)
    return record


def _bring_numbers(adult: Adult, record: Adult) -> None:
    """Copy numbers, for messages only.

    Nobody signs in with them until this school has confirmed them (guardians.numbers).
    """
    known = set(record.contact_points.values_list("kind", "address"))
    for point in adult.contact_points.filter(kind__in=ContactPoint.TYPED):
        if (point.kind, point.address) not in known:
            _copy(point, ContactPoint, POINT_FIELDS, adult=record)


def _copy(row: Any, model: Any, fields: Sequence[str], **to: Any) -> None:
    school_id = next(iter(to.values())).school_id
    model.objects.create(school_id=school_id, **{name: getattr(row, name) for name in fields}, **to)


def _bring_contacts(transfer: Transfer, student: Student, made: dict[int, Adult], on: date) -> None:
    """Copy talks, so that the weekly clock continues instead of beginning with an alarm."""
    fields = "kind happened_on reported_by minutes recorded_at".split()
    Contact.objects.bulk_create(
        [
            Contact(
                school_id=student.school_id,
                student=student,
                adult=made[row.adult_id],
                source_key=f"transfer:{transfer.pk}:{row.pk}",
                **{name: getattr(row, name) for name in fields},
            )
            for row in contacts_of(transfer.student, on)
            if row.adult_id in made
        ],
        ignore_conflicts=True,
    )

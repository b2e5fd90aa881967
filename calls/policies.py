"""Who may see and manage call slots, at the school and in a family."""

from datetime import date

from django.db.models import Exists, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from calls.models import CallSlot, CallWish
from core import clock
from guardians.models import Guardianship
from guardians.policies import adults_unbarred, guardianships_of
from guardians.queries import ties_of_row
from guardians.requests import FamilyDoorRequest
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to
from students.queries import child_gone

BOOKING_KINDS = Guardianship.BY_LAW


def slots_visible_to(user: User, on: date) -> QuerySet[CallSlot]:
    """Return calls of children whom this member of staff may see, at schools where they work check-ins."""
    return CallSlot.objects.filter(
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on),
        student__in=students_visible_to(user, on),
    )


def get_slot_for(user: User, pk: int, on: date) -> CallSlot:
    rows = slots_visible_to(user, on).select_related("student", "school", "place", "adult")
    slot = rows.filter(pk=pk).first()
    if slot is None:
        raise Http404
    return slot


def wishes_visible_to(user: User, on: date) -> QuerySet[CallWish]:
    return CallWish.objects.filter(
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on),
        student__in=students_visible_to(user, on),
    )


def children_to_ring(user: User, on: date) -> QuerySet[Student]:
    """Return the children for whom this member of staff may book."""
    return students_visible_to(user, on).filter(
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on)
    )


def held_by_family(request: FamilyDoorRequest, student_id: int) -> Guardianship:
    """Return the signed-in adult's strongest guardianship of this child; 404 if there is none."""
    on = timezone.localdate(clock.for_request(request))
    rows = guardianships_of(request.adults, on).filter(student_id=student_id)
    held = list(rows.select_related("student__school", "adult"))
    if not held:
        raise Http404
    return min(held, key=lambda row: (row.kind not in BOOKING_KINDS, row.priority, row.pk))


def may_book(held: Guardianship) -> bool:
    """Return whether the adult may book: parents and legal guardians may, a carer only sees the times."""
    return held.kind in BOOKING_KINDS and held.adult.may_be_asked_about


def holds_today(on: date) -> Exists:
    """Match a CallSlot whose adult still belongs to the child and is not blocked."""
    return Exists(ties_of_row(on).filter(adult__blocked_at=None))


def with_child_gone(slots: QuerySet[CallSlot]) -> QuerySet[CallSlot]:
    """Filter calls to those whose child has left the school by then and is not back."""
    return slots.alias(day=TruncDate("starts_at")).filter(child_gone(before="day"))


def slots_of_family(user: User, on: date) -> QuerySet[CallSlot]:
    """Return the calls of this account's adults with their children, for its calendar.

    A calendar address has no session that would tell whose phone it is.
    """
    adults = adults_unbarred(user)
    held = guardianships_of(adults, on)
    return CallSlot.objects.filter(
        adult__in=adults, student_id__in=held.values("student_id")
    ).filter(holds_today(on))

"""Who may see and handle call slots: at the school, and in a family."""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts.models import User
from calls.models import CallFeed, CallSlot, CallWish
from core import clock
from guardians.models import Adult, ContactPoint, Guardianship
from guardians.policies import adults_of, guardianships_of
from guardians.queries import addresses_of_blocked
from schools.policies import current_posts, school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to

BOOKING_KINDS = (Guardianship.Kind.PARENT, Guardianship.Kind.GUARDIAN)


def slots_visible_to(user: User, on: date) -> QuerySet[CallSlot]:
    """Calls of children whom this member of staff may see, where they work with check-ins."""
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
    """Children for whom this member of staff may book."""
    return students_visible_to(user, on).filter(
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on)
    )


def held_by_family(request: HttpRequest, student_id: int) -> Guardianship:
    """What the signed-in adult is to this child, strongest first; 404 where nothing."""
    on = timezone.localdate(clock.for_request(request))
    rows = guardianships_of(request.adults, on).filter(student_id=student_id)
    held = list(rows.select_related("student__school", "adult"))
    if not held:
        raise Http404
    return min(held, key=lambda row: (row.kind not in BOOKING_KINDS, row.priority, row.pk))


def may_book(held: Guardianship) -> bool:
    """Parents and guardians by law ring; a carer sees when."""
    return held.kind in BOOKING_KINDS and held.adult.may_be_asked_about


def holds_today(on: date) -> Exists:
    """Of a CallSlot: the adult still belongs to the child and is not blocked."""
    rows = Guardianship.objects.filter(
        student_id=OuterRef("student_id"),
        adult_id=OuterRef("adult_id"),
        adult__blocked_at=None,
        starts_on__lte=on,
    ).exclude(ends_on__lt=on)
    return Exists(rows)


def slots_of_feed(feed: CallFeed, on: date) -> QuerySet[CallSlot] | None:
    """What the holder of a feed's address may see today; None where the address is worth nothing."""
    if not feed.user.is_active:
        return None
    if feed.door == CallFeed.Door.STAFF:
        if not current_posts(feed.user, on):
            return None
        return slots_visible_to(feed.user, on)
    adults = adults_unbarred(feed.user)
    held = guardianships_of(adults, on)
    if not held.exists():
        return None
    return CallSlot.objects.filter(
        adult__in=adults, student_id__in=held.values("student_id")
    ).filter(holds_today(on))


def adults_unbarred(user: User) -> QuerySet[Adult]:
    """As guardians.policies.adults_in_session without a session: no address shared with a blocked one."""
    adults = adults_of(user)
    shared = addresses_of_blocked("school_id").filter(address=OuterRef("address"))
    barred = ContactPoint.objects.filter(Exists(shared)).exclude(address="")
    return adults.exclude(pk__in=barred.filter(adult__in=adults).values("adult_id"))

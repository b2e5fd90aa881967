"""Who may see and work on check-ins: whoever may see the child and whose post grants it."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from delivery.models import ChannelAccount, OutboxMessage, Settlement
from guardians.models import Adult, ContactPoint
from guardians.queries import addresses_of_blocked, askable_family
from messaging.models import CheckIn, CheckInPlan, FollowUp, MarkedDate
from schools.policies import school_ids_where
from schools.roles import Permission
from students.policies import students_visible_to


def follow_ups_visible_to(user: User, on: date) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(
        student_id__in=students_visible_to(user, on).values("pk"),
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on),
    )


def get_follow_up_for(user: User, pk: int, on: date) -> FollowUp:
    """The task, or 404 for a stranger."""
    rows = follow_ups_visible_to(user, on).select_related("student__school", "check_in__adult")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def can_work_follow_up(user: User, follow_up: FollowUp, on: date) -> bool:
    return follow_ups_visible_to(user, on).filter(pk=follow_up.pk).exists()


def check_ins_visible_to(user: User, on: date) -> QuerySet[CheckIn]:
    children = students_visible_to(user, on).values("pk")
    return CheckIn.objects.filter(lines__student_id__in=children).distinct()


def plans_visible_to(user: User, on: date) -> QuerySet[CheckInPlan]:
    return CheckInPlan.objects.filter(
        student_id__in=students_visible_to(user, on).values("pk"),
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on),
    )


def get_plan_for(user: User, student_id: int, on: date) -> CheckInPlan:
    """The plan of a child with a parent away, or 404 for a stranger."""
    rows = plans_visible_to(user, on).filter(ended_on=None, student_id=student_id)
    found = rows.select_related("school", "student__school").first()
    if found is None:
        raise Http404
    return found


def get_asked_adult_for(plan: CheckInPlan, adult_id: int, on: date) -> Adult:
    """Whoever of this child's family may be asked; 404 for a blocked adult as for a stranger."""
    held = askable_family(on).filter(student_id=plan.student_id, adult_id=adult_id)
    found = held.select_related("adult__own_rhythm").first()
    if found is None:
        raise Http404
    return found.adult


def marked_dates_editable_by(user: User, on: date) -> QuerySet[MarkedDate]:
    """A child's dates with its plan; an exam of everybody where the whole school's check-ins are set."""
    own = Q(student_id__in=plans_visible_to(user, on).values("student_id"))
    everybodys = Q(student=None, school_id__in=school_ids_where(user, Permission.SET_CHECK_INS, on))
    return MarkedDate.objects.filter(own | everybodys)


def get_marked_date_for(user: User, pk: int, on: date) -> MarkedDate:
    found = marked_dates_editable_by(user, on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def channel_accounts_editable_by(user: User, on: date) -> QuerySet[ChannelAccount]:
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    return ChannelAccount.objects.filter(school_id__in=schools)


def get_channel_account_for(user: User, pk: int, on: date) -> ChannelAccount:
    found = channel_accounts_editable_by(user, on).select_related("school").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_unknown_message_for(user: User, pk: int, on: date) -> OutboxMessage:
    """A message of their school, in whatever state it is by now; 404 for a stranger."""
    schools = school_ids_where(user, Permission.STOP_SENDING, on)
    found = OutboxMessage.objects.filter(school_id__in=schools, pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_settlement_for(user: User, pk: int, on: date) -> Settlement:
    schools = school_ids_where(user, Permission.STOP_SENDING, on)
    found = Settlement.objects.filter(school_id__in=schools, pk=pk).first()
    if found is None:
        raise Http404
    return found


def is_out_of_hands(adult: Adult, key_start: str) -> bool:
    """Whether a link that messages carried must not open: the adult is blocked (here or at another school),
    shares an address with somebody who is, or has not any more the address that the messages went to.
    `key_start`: of their dedupe keys.
    """
    if adult.is_blocked or _is_blocked_elsewhere(adult):
        return True
    shared = addresses_of_blocked("school_id").filter(address=OuterRef("address"))
    points = ContactPoint.objects.filter(adult=adult).exclude(address="")
    rows = list(
        points.annotate(is_shared=Exists(shared)).values("address", "disputed_at", "is_shared")
    )
    if any(row["is_shared"] or row["disputed_at"] for row in rows):
        return True
    sent = OutboxMessage.objects.filter(adult=adult, dedupe_key__startswith=key_start)
    went_to = set(sent.exclude(address="").values_list("address", flat=True))
    return bool(went_to - {row["address"] for row in rows})


def _is_blocked_elsewhere(adult: Adult) -> bool:
    """Whoever is blocked at one school is so wherever their account reaches."""
    if adult.user_id is None:
        return False
    return Adult.objects.filter(user_id=adult.user_id, blocked_at__isnull=False).exists()

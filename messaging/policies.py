"""Who may see and work on check-ins: staff who may see the child and whose post permits it."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from guardians.models import Adult
from guardians.queries import askable_family
from messaging.models import CheckInPlan, FollowUp, MarkedDate
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
    """An adult of the child's family whom we may ask; 404 for a blocked adult as for a stranger."""
    held = askable_family(on).filter(student_id=plan.student_id, adult_id=adult_id)
    found = held.select_related("adult__own_rhythm").first()
    if found is None:
        raise Http404
    return found.adult


def marked_dates_editable_by(user: User, on: date) -> QuerySet[MarkedDate]:
    """A child's dates for staff who see its plan; the school's exams for staff who set its check-ins."""
    own = Q(student_id__in=plans_visible_to(user, on).values("student_id"))
    everybodys = Q(student=None, school_id__in=school_ids_where(user, Permission.SET_CHECK_INS, on))
    return MarkedDate.objects.filter(own | everybodys)


def get_marked_date_for(user: User, pk: int, on: date) -> MarkedDate:
    found = marked_dates_editable_by(user, on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found

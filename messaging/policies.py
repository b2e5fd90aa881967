"""Rules about who may see and work on check-ins: staff who may see the child and whose post permits it."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from guardians.models import Adult
from guardians.queries import askable_family
from messaging.models import CheckInPlan, FollowUp, MarkedDate, Reminder
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Barrier, Student
from students.policies import get_student_for, own_children, students_visible_to
from students.queries import class_teachers


def follow_ups_visible_to(user: User, on: date) -> QuerySet[FollowUp]:
    return FollowUp.objects.filter(
        student_id__in=students_visible_to(user, on).values("pk"),
        school_id__in=school_ids_where(user, Permission.WORK_CHECK_INS, on),
    )


def get_follow_up_for(user: User, pk: int, on: date) -> FollowUp:
    """Return the task. Strangers get 404."""
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
    """Return the plan of a child with a parent away. Strangers get 404."""
    rows = plans_visible_to(user, on).filter(ended_on=None, student_id=student_id)
    found = rows.select_related("school", "student__school").first()
    if found is None:
        raise Http404
    return found


def get_asked_adult_for(plan: CheckInPlan, adult_id: int, on: date) -> Adult:
    """Return an adult of the child's family whom we may ask.

    A blocked adult gives 404, as a stranger does.
    """
    held = askable_family(on).filter(student_id=plan.student_id, adult_id=adult_id)
    found = held.select_related("adult__own_rhythm").first()
    if found is None:
        raise Http404
    return found.adult


def marked_dates_editable_by(user: User, on: date) -> QuerySet[MarkedDate]:
    """Return dates of children whose plan the user may see, and school exams if the user sets up check-ins
    there.
    """
    own = Q(student_id__in=plans_visible_to(user, on).values("student_id"))
    everybodys = Q(student=None, school_id__in=school_ids_where(user, Permission.SET_CHECK_INS, on))
    return MarkedDate.objects.filter(own | everybodys)


def get_marked_date_for(user: User, pk: int, on: date) -> MarkedDate:
    found = marked_dates_editable_by(user, on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def teachers_to_remind(user: User, student: Student, on: date) -> list[User]:
    """Return the class teachers who would see a reminder from `user` about this child on Today.

    None of them if `user` may not work on check-ins at the child's school or is a class teacher of the child.
    """
    if student.school_id not in school_ids_where(user, Permission.WORK_CHECK_INS, on):
        return []
    if student.pk in own_children(user, on):
        return []
    barred = Barrier.objects.filter(student=student, lifted_at=None)
    posts = class_teachers(student, on).filter(school=student.school_id, user__is_active=True)
    posts = posts.exclude(user=user).exclude(user__in=barred.values("user"))
    return [post.user for post in posts.select_related("user")]


def get_reminding(user: User, student_id: int, on: date) -> tuple[Student, list[User]]:
    """Return the child and the class teachers to remind, or raise 404."""
    student = get_student_for(user, student_id, on)
    teachers = teachers_to_remind(user, student, on)
    if not teachers:
        raise Http404
    return student, teachers


def get_reminder_for(user: User, pk: int, on: date) -> Reminder:
    """Return a reminder about a child of the user's own class, or raise 404."""
    rows = Reminder.objects.filter(student_id__in=own_children(user, on))
    found = rows.filter(pk=pk).select_related("student__school", "asked_by").first()
    if found is None:
        raise Http404
    return found

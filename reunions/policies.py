"""Who may see and write holiday plans: everybody who may see the child."""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from reunions.models import InfoAsked, ReunionPlan, Watch
from schools.policies import school_ids_where
from schools.roles import Permission
from students.policies import students_visible_to


def plans_visible_to(user: User, on: date) -> QuerySet[ReunionPlan]:
    return ReunionPlan.objects.filter(student_id__in=_children(user, on))


def watches_visible_to(user: User, on: date) -> QuerySet[Watch]:
    return Watch.objects.filter(student_id__in=_children(user, on))


def questions_visible_to(user: User, on: date) -> QuerySet[InfoAsked]:
    return InfoAsked.objects.filter(student_id__in=_children(user, on))


def get_watch_for(user: User, pk: int, on: date) -> Watch:
    rows = watches_visible_to(user, on).select_related("plan__adult", "student__school")
    return _found(rows.filter(pk=pk).first())


def get_plan_for(user: User, pk: int, on: date) -> ReunionPlan:
    rows = plans_visible_to(user, on).select_related("adult", "season", "student__school")
    return _found(rows.filter(pk=pk).first())


def get_question_for(user: User, pk: int, on: date) -> InfoAsked:
    rows = questions_visible_to(user, on).select_related("adult", "student__school")
    return _found(rows.filter(pk=pk).first())


def _found(row):
    if row is None:
        raise Http404
    return row


def _children(user: User, on: date):
    """Return the children at schools where the user has a post that works with families."""
    schools = school_ids_where(user, Permission.WORK_CHECK_INS, on)
    return students_visible_to(user, on).filter(school_id__in=schools).values("pk")

"""Who sees the lessons of classes, who plans them, and who records whether one was held.

Counsellor and principal plan. A class teacher sees their own class, other staff of the school every class.
Class teacher, counsellor and principal record whether a lesson was held.
"""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from learning.curriculum.models import PlannedLesson
from learning.curriculum.queries import with_out
from schools.models import School, SchoolClass
from schools.roles import Permission, roles_with
from students.policies import reach_of


def _reached(user: User, permission: Permission, on: date, field: str) -> Q:
    schools, classes = reach_of(user, on, roles_with(permission))
    return Q(school_id__in=schools) | Q(**{f"{field}__in": classes})


def classes_seen_by(user: User, rows: QuerySet[SchoolClass], on: date) -> QuerySet[SchoolClass]:
    return rows.filter(_reached(user, Permission.WORK_CHECK_INS, on, "pk"))


def get_class_at(school: School, rows: QuerySet[SchoolClass], pk: int) -> SchoolClass:
    found = rows.filter(school=school, pk=pk).first()
    if found is None:
        raise Http404
    return found


def planned_visible_to(user: User, school: School, on: date) -> QuerySet[PlannedLesson]:
    reached = _reached(user, Permission.WORK_CHECK_INS, on, "school_class_id")
    return with_out(PlannedLesson.objects.filter(reached, school=school))


def get_planned_at(user: User, school: School, pk: int, on: date) -> PlannedLesson:
    rows = planned_visible_to(user, school, on).select_related("lesson", "school_class__grade")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_record(user: User, planned: PlannedLesson, on: date) -> bool:
    schools, classes = reach_of(user, on, roles_with(Permission.SEND_LESSONS))
    return planned.school_id in schools or planned.school_class_id in classes

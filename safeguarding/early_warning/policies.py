"""Who sees hints: people who look after safeguarding at the school, for children whose file they may open.

Only people who may read scores see a score as a reason.
"""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from guardians.blocking.policies import is_blocked_in_family
from safeguarding.models import Flag
from schools.policies import school_ids_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to, unbarred


def flags_visible_to(user: User, on: date) -> QuerySet[Flag]:
    here = school_ids_where(user, Permission.CHECK_SAFEGUARDING, on)
    # They no longer look after a child who has left for another school.
    children = students_visible_to(user, on).values("pk")
    rows = Flag.objects.filter(
        unbarred(user, "student_id"), school_id__in=here, student_id__in=children
    )
    return rows.exclude(is_blocked_in_family(user.pk))


def get_flag_for(user: User, pk: int, on: date) -> Flag:
    flag = flags_visible_to(user, on).select_related("school", "student").filter(pk=pk).first()
    if flag is None:
        raise Http404
    return flag


def may_read_scores(user: User, student: Student, on: date) -> bool:
    return student.school_id in school_ids_where(user, Permission.RUN_SURVEYS, on)

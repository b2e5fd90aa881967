"""Rows of Today: classes that have no class teacher."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.names import joined
from core.prepared import Question, prepared
from schools.models import Post, holds_on
from schools.policies import school_ids_where
from schools.queries import classes_of_day
from schools.roles import Permission, Role
from schools.worklist import Lane, WorkItem
from students.queries import current_enrolments


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return rows for administrators, one for each school. Messages to such a class's teacher reach
    nobody.
    """
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    if not schools:
        return []
    names: dict[int, list[str]] = {}
    for school_id, name in _untaught(schools=schools, on=on):
        names.setdefault(school_id, []).append(name)
    return [
        WorkItem(
            key=f"without-teacher-{school_id}",
            lane=Lane.DUE,
            student_id=0,
            student_name=_("Class teacher"),
            why=_("No class teacher yet: %(names)s.") % {"names": joined(found)},
            since_at=at,
            act_label=_("Add somebody"),
            act_url=reverse("schools:add_post"),
            act_opens=True,
            leads=True,
        )
        for school_id, found in names.items()
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that `work_for` needs."""
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    return [_untaught.question(schools=schools, on=on)] if schools else []


@prepared
def _untaught(*, schools, on) -> QuerySet[Any]:
    """Return school and name of each class that has pupils but no class teacher."""
    taught = Post.objects.filter(holds_on(on), role=Role.CLASS_TEACHER, school_class=OuterRef("pk"))
    taught = taught.filter(user__is_active=True)
    attended = current_enrolments(on).filter(school_class=OuterRef("pk"))
    rows = classes_of_day(on).filter(Exists(attended), ~Exists(taught), school_id__in=schools)
    return rows.order_by("grade__number", "number").values_list("school_id", "name")

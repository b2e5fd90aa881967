"""Rows of Today: classes for which nobody is class teacher."""

from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.names import joined
from schools.models import Post, School, holds_on
from schools.policies import school_ids_where
from schools.queries import classes_of_day
from schools.roles import Permission, Role
from schools.worklist import Lane, WorkItem
from students.queries import current_enrolments


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """For administrators, one row a school. What such a class's teacher should hear reaches nobody."""
    on = timezone.localdate(at)
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    if not schools:
        return []
    taught = Post.objects.filter(holds_on(on), role=Role.CLASS_TEACHER, school_class=OuterRef("pk"))
    taught = taught.filter(user__is_active=True)
    attended = current_enrolments(on).filter(school_class=OuterRef("pk"))
    rows = classes_of_day(on).filter(Exists(attended), ~Exists(taught), school__in=schools)
    names: dict[School, list[str]] = {}
    for one in rows.select_related("school").order_by("grade__number", "number"):
        names.setdefault(one.school, []).append(one.name)
    return [
        WorkItem(
            key=f"without-teacher-{school.pk}",
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
        for school, found in names.items()
    ]

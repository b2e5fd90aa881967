"""Everybody sees and writes down their own trainings; principal and administrator see all of the school, and
the administrator writes down anybody's.
"""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from learning.training.models import StaffPlan, Training
from learning.training.queries import DueRow, due_at
from schools.models import Post, School, holds_on
from schools.policies import Viewer
from schools.roles import Permission

# Whoever plans the duty of the staff: principal and administrator.
SETS_PLAN = Permission.PLAN_DUTY


def sees_all(viewer: Viewer) -> bool:
    return viewer.can(Permission.VIEW_TRAININGS)


def may_set_plan(viewer: Viewer) -> bool:
    return viewer.can(SETS_PLAN)


def trainings_visible_to(viewer: Viewer, school: School) -> QuerySet[Training]:
    rows = Training.objects.filter(school=school).select_related("user", "certificate")
    return rows if sees_all(viewer) else rows.filter(user=viewer.user)


def get_training_for(viewer: Viewer, school: School, pk: int) -> Training:
    found = trainings_visible_to(viewer, school).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def due_seen_by(viewer: Viewer, school: School, plan: StaffPlan | None) -> list[DueRow]:
    """What is due of the whole staff, or of oneself."""
    users = None if sees_all(viewer) else [viewer.user]
    return due_at(school, plan, viewer.on, users)


def staff_to_note(viewer: Viewer, school: School) -> list[User]:
    """Whose trainings `viewer` may write down: their own; an administrator's choice is the whole staff."""
    if not viewer.can(Permission.EDIT_SCHOOL):
        return [viewer.user]
    return list(staff_on(school, viewer.on))


def staff_on(school: School, on: date) -> QuerySet[User]:
    held = Post.objects.filter(holds_on(on), school=school)
    return User.objects.filter(pk__in=held.values("user_id")).order_by("name", "pk")


def may_remove(viewer: Viewer, training: Training) -> bool:
    return training.user_id == viewer.user.pk or viewer.can(Permission.EDIT_SCHOOL)

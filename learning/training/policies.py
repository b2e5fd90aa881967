"""Who sees and records trainings.

Everybody sees and records their own trainings; principal and administrator see all of the school, and the
administrator records anybody's.
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

# The people who plan the duty of the staff: principal and administrator.
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
    """Return what is due for the whole staff, or for the viewer."""
    users = None if sees_all(viewer) else [viewer.user]
    return due_at(school, plan, viewer.on, users)


def staff_to_note(viewer: Viewer, school: School) -> list[User]:
    """Return the people whose trainings `viewer` may record.

    These are the viewer, or for an administrator the whole staff.
    """
    if not viewer.can(Permission.EDIT_SCHOOL):
        return [viewer.user]
    return list(staff_on(school, viewer.on))


def staff_on(school: School, on: date) -> QuerySet[User]:
    held = Post.objects.filter(holds_on(on), school=school)
    return User.objects.filter(pk__in=held.values("user_id")).order_by("name", "pk")


def may_remove(viewer: Viewer, training: Training) -> bool:
    return training.user_id == viewer.user.pk or viewer.can(Permission.EDIT_SCHOOL)

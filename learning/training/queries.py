"""Queries for who does the work at a school, and who is due for a training."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, Min, QuerySet

from accounts.models import User
from learning.training import rules
from learning.training.models import StaffPlan, Training
from schools.models import Post, School, holds_on
from schools.roles import Role
from students.queries import current_enrolments


@dataclass(frozen=True)
class DueRow:
    user: User
    due: rules.Due


@dataclass(frozen=True)
class Staffing:
    """Who does the work; `room_hours`: hours a week the counselling room is open, None: not recorded."""

    pupils: int
    counsellor_ids: Collection[int]
    room_hours: int | None

    @property
    def counsellors(self) -> int:
        return len(self.counsellor_ids)

    @property
    def pupils_per_counsellor(self) -> int | None:
        """Rounded up, so that the figure never looks better than it is."""
        return -(-self.pupils // self.counsellors) if self.counsellors else None


def counts_at(plan: StaffPlan | None) -> dict[str, int]:
    """Return {kind: months for which a training counts} at a school with this plan."""
    if plan is None:
        return dict(rules.COUNTS_MONTHS)
    return {rules.PROTECTION: plan.protection_months, rules.SUPPORT: plan.support_months}


def plan_of(school: School) -> StaffPlan | None:
    return StaffPlan.objects.filter(school=school).first()


def staffing(school: School, plan: StaffPlan | None, on: date) -> Staffing:
    counsellors = Post.objects.filter(holds_on(on), school=school, role=Role.COUNSELLOR)
    return Staffing(
        pupils=current_enrolments(on).filter(school=school).count(),
        counsellor_ids=set(counsellors.values_list("user_id", flat=True)),
        room_hours=plan.room_hours if plan else None,
    )


def posts_of_staff(school: Any, on: date) -> QuerySet[Post]:
    """Return posts held on that day; village workers are not staff of the school."""
    rows = Post.objects.filter(holds_on(on), school=school)
    return rows.exclude(role=Role.VILLAGE_WORKER)


def due_at(
    school: School, plan: StaffPlan | None, on: date, users: Collection[User] | None = None
) -> list[DueRow]:
    """Return rows for the whole staff, or for `users`, the longest wait first."""
    posts = posts_of_staff(school, on)
    if users is not None:
        posts = posts.filter(user__in=users)
    held: dict[int, list[Post]] = {}
    for post in posts.select_related("user").order_by("pk"):
        held.setdefault(post.user_id, []).append(post)
    # First day of the earliest post at the school, even one that has ended: a class teacher who became
    # counsellor was there before. Years away in between are not subtracted.
    ever = Post.objects.filter(school=school, user__in=held).exclude(role=Role.VILLAGE_WORKER)
    began = dict(ever.order_by().values_list("user_id").annotate(Min("starts_on")))
    trained = Training.objects.filter(school=school, user__in=held, ended_on__lte=on).order_by()
    last: dict[int, dict[str, date]] = {}
    for user_id, kind, day in trained.values_list("user_id", "kind").annotate(Max("ended_on")):
        last.setdefault(user_id, {})[kind] = day
    rows = [
        DueRow(own[0].user, one)
        for user_id, own in held.items()
        for one in rules.due(
            counts_at(plan),
            {post.role for post in own},
            began[user_id],
            last.get(user_id, {}),
            on,
        )
    ]
    return sorted(rows, key=lambda row: (row.due.since, row.user.name, row.user.pk, row.due.kind))

"""Who sees the shared queue, who may put a concern into it, and who may accept which brief.

The queue is for counsellors of the county who have agreed. A brief is never shown to somebody who works at
the child's school, is barred from its file, belongs to its family, or is named in a report that is in force.
"""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from core.clock import local_date
from core.per_page import once
from core.prepared import prepared
from counselling.cases.policies import cases_kept_by, get_case_of, is_guest, left_behind
from counselling.models import Brief, Case, Engagement, PoolMember, PoolSchool
from counselling.pool import rules
from guardians.blocking.policies import ties
from privacy.policies import deciders
from safeguarding.models import Concern
from safeguarding.policies import IsSuspected, concerns_visible_to, counties_of_counsellor
from schools.duty.queries import stands_now
from schools.models import Post, School, holds_on
from schools.policies import current_posts, school_ids_of, school_ids_where, schools_where
from schools.roles import Permission, roles_with
from students.policies import unbarred


def membership_of(user: User, at: datetime) -> PoolMember | None:
    """Return the current consent of `user`, while they are a counsellor in that county."""
    if not counties_of_counsellor(user, local_date(at)):
        return None
    found = once(("pool member", user.pk, at), lambda: _memberships(user=user, at=at))
    return found[0] if found else None


@prepared
def _memberships(*, user, at) -> QuerySet[PoolMember]:
    counties = counties_of_counsellor(user, local_date(at))
    rows = PoolMember.objects.filter(user_id=user.pk, ended_at=None, county_id__in=counties)
    return rows.select_related("county").order_by("pk")


def may_become_member(user: User, on: date) -> bool:
    return bool(counties_of_counsellor(user, on))


def schools_to_join(user: User, on: date) -> QuerySet[School]:
    """Return schools of which `user` is principal."""
    return schools_where(user, Permission.JOIN_POOL, on).select_related("county")


def pool_school(school_id: int) -> PoolSchool | None:
    rows = PoolSchool.objects.filter(school=school_id, left_at=None)
    return rows.select_related("joined_by").first()


def briefs_open_to(user: User, at: datetime) -> QuerySet[Brief]:
    """Return waiting briefs that `user` may read and, if they have room, accept.

    It is also empty for a member who is suspected somewhere; nothing tells them why.
    """
    member = membership_of(user, at)
    return briefs_of_county(user, member.county_id, at) if member else Brief.objects.none()


def briefs_of_county(user: User, county_id: int, at: datetime) -> QuerySet[Brief]:
    """Return the same for a member in that county (membership_of)."""
    return (
        waiting(at)
        .filter(unbarred(user, "student_id"), school__county_id=county_id)
        .filter(~IsSuspected(user.pk), ~Exists(ties(user.pk, "student_id")))
        .exclude(school_id__in=school_ids_of(user, local_date(at)))
    )


def waiting(at: datetime) -> QuerySet[Brief]:
    """Return briefs that can be accepted now.

    The concern is open and orange or yellow, the school takes part, nobody keeps an open case of the child,
    and the permission is still valid.
    """
    decides = deciders(local_date(at)).filter(
        student=OuterRef("student"), adult=OuterRef("consent_by")
    )
    cases = Case.objects.filter(closed_at=None)
    kept = cases.exclude(pk__in=left_behind(cases, at).values("pk"))
    takes_part = PoolSchool.objects.filter(school=OuterRef("school"), left_at=None)
    return Brief.objects.filter(
        ~Q(ground="") | Exists(decides),
        Exists(takes_part),
        ~Exists(kept.filter(student=OuterRef("student"))),
        state=Brief.State.WAITING,
        concern__closed_at=None,
        concern__level__in=rules.WAIT_SCHOOL_DAYS,
    ).select_related("concern", "school")


def get_brief_for(user: User, pk: uuid.UUID, at: datetime) -> Brief:
    """Return a brief of the county to its members; 404 for everybody else.

    It need not wait any more or be open to them: `briefs_open_to` decides what is shown of it.
    """
    member = membership_of(user, at)
    rows = Brief.objects.filter(pk=pk, school__county=member.county_id if member else None)
    brief = rows.select_related("concern", "school").first()
    if brief is None:
        raise Http404
    return brief


def room_of(user: User, at: datetime) -> int:
    """Return how many more children `user` takes on."""
    member = membership_of(user, at)
    return member.capacity - len(_engaged_now(user=user, at=at)) if member else 0


@prepared
def _engaged_now(*, user, at) -> QuerySet[Engagement]:
    return engagements_of(user, at)


def engagements_of(user: User, at: datetime) -> QuerySet[Engagement]:
    """Return the engagements with children of other schools whom `user` looks after now."""
    rows = Engagement.objects.filter(user_id=user.pk, ended_at=None)
    rows = rows.filter(case__in=cases_kept_by(user, at).values("pk"))
    return rows.select_related("case__student", "case__school", "school").order_by("from_at")


def get_guest_case(user: User, pk: int, at: datetime) -> Case:
    """Return a case that `user` keeps from the shared queue; else 404."""
    case = get_case_of(user, pk, at)
    if not is_guest(user, case, local_date(at)):
        raise Http404
    return case


def may_hand_on(user: User, concern: Concern, at: datetime) -> bool:
    """Return whether `user` may put the concern into the queue.

    Counsellor and principal may and, if the school has no counsellor, the person on duty.
    """
    on = timezone.localdate(at, ZoneInfo(concern.school.time_zone))
    if concern.school_id in school_ids_where(user, Permission.CHECK_SAFEGUARDING, on):
        return True
    posts = Post.objects.filter(holds_on(on), school=concern.school_id, user__is_active=True)
    if posts.filter(role__in=roles_with(Permission.KEEP_CASES)).exists():
        return False
    roles = roles_with(Permission.HANDLE_CONCERNS)
    held = [
        post
        for post in current_posts(user, on)
        if post.school_id == concern.school_id and post.role in roles
    ]
    return any(post.is_duty for post in held) or (
        bool(held) and stands_now(user, concern.school_id, at)
    )


def is_kept_by_nobody(case: Case, at: datetime) -> bool:
    """Return whether the case is open and nobody keeps it any more."""
    return left_behind(Case.objects.filter(pk=case.pk, closed_at=None), at).exists()


def standing_key(concern: Concern) -> str:
    """Return a key for the concern's state in the queue.

    It is that of the waiting brief, or else of the engagement; "" if there is neither.
    """
    brief = concern.briefs.filter(state=Brief.State.WAITING).first()
    if brief is not None:
        return str(brief.pk)
    running = Engagement.objects.filter(case__concerns=concern, ended_at=None).first()
    return str(running.pk) if running else ""


def waiting_at_schools_of(user: User, on: date) -> QuerySet[Brief]:
    """Return waiting briefs of concerns that `user` may see and is responsible for.

    They are responsible as author, as the concern's named adult, or as principal.
    """
    led = school_ids_where(user, Permission.JOIN_POOL, on)
    mine = Q(made_by_id=user.pk) | Q(concern__named_adult_id=user.pk) | Q(school_id__in=led)
    seen = concerns_visible_to(user, on).filter(closed_at=None)
    return Brief.objects.filter(mine, state=Brief.State.WAITING, concern__in=seen.values("pk"))


def principals_of(school_id: int, on: date) -> list[int]:
    """Return the keys of the people who decide there whether the school takes part."""
    posts = Post.objects.filter(
        holds_on(on), school=school_id, role__in=roles_with(Permission.JOIN_POOL)
    )
    return list(posts.values_list("user", flat=True))

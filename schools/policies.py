"""The staff door: who stands at which school today, and what a post there allows.

A superuser without a post is a stranger like any other.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone

from accounts import clock
from accounts.models import User
from schools.models import Post, School, SchoolClass, holds_on
from schools.roles import ROLE_PERMISSIONS, Permission, Role, roles_with


def today_in(school: School, at) -> date:
    return timezone.localdate(at, ZoneInfo(school.time_zone))


def posts_of(user: User, on: date) -> QuerySet[Post]:
    if not user.is_authenticated:
        return Post.objects.none()
    return Post.objects.filter(holds_on(on), user=user).select_related(
        "school", "school_class", "county"
    )


def schools_where(user: User, permission: Permission, on: date) -> QuerySet[School]:
    """Schools at which a current post of `user` grants `permission`."""
    held = posts_of(user, on).filter(role__in=roles_with(permission))
    return School.objects.filter(pk__in=held.values("school_id"))


def may(user: User, permission: Permission, school: School, on: date) -> bool:
    return schools_where(user, permission, on).filter(pk=school.pk).exists()


def schools_visible_to(user: User, on: date) -> QuerySet[School]:
    return School.objects.filter(pk__in=posts_of(user, on).values("school_id"))


def get_school_for(user: User, pk: int, permission: Permission, on: date) -> School:
    """The school, or 404 where no current post grants `permission` there."""
    school = schools_where(user, permission, on).filter(pk=pk).first()
    if school is None:
        raise Http404
    return school


def own_classes(user: User, on: date) -> QuerySet[SchoolClass]:
    held = posts_of(user, on).filter(role=Role.CLASS_TEACHER)
    return SchoolClass.objects.filter(pk__in=held.values("school_class_id"))


def classes_visible_to(user: User, on: date) -> QuerySet[SchoolClass]:
    """Own classes, and every class of schools where all children may be seen."""
    whole = posts_of(user, on).filter(role__in=roles_with(Permission.VIEW_ALL_CHILDREN))
    return SchoolClass.objects.filter(
        Q(pk__in=own_classes(user, on).values("pk")) | Q(school_id__in=whole.values("school_id"))
    )


def classes_editable_by(user: User, on: date) -> QuerySet[SchoolClass]:
    """Classes whose children's files `user` may change."""
    editing = posts_of(user, on).filter(role__in=roles_with(Permission.EDIT_CHILDREN))
    whole = editing.exclude(role=Role.CLASS_TEACHER)
    own = editing.filter(role=Role.CLASS_TEACHER)
    return SchoolClass.objects.filter(
        Q(pk__in=own.values("school_class_id")) | Q(school_id__in=whole.values("school_id"))
    )


class Viewer:
    """The signed-in member of staff, their current posts and the school in hand.

    Built once per request; `can` answers from the posts already read, without a query.
    """

    def __init__(self, user: User, posts: list[Post], at, school_id: int | None):
        self.user, self.posts, self.at = user, posts, at
        schools = {post.school_id: post.school for post in posts if post.school_id}
        self.schools = list(schools.values())
        first = self.schools[0] if self.schools else None
        self.school: School | None = schools.get(school_id, first)
        self.on = today_in(self.school, at) if self.school else timezone.localdate(at)

    def can(self, permission: Permission) -> bool:
        """Whether a post at the school in hand (or at the county) grants `permission`."""
        return any(
            permission in ROLE_PERMISSIONS[Role(post.role)]
            for post in self.posts
            if post.school_id == (self.school.pk if self.school else None)
        )

    @property
    def roles(self) -> set[str]:
        return {post.role for post in self.posts}


def viewer_of(request: HttpRequest) -> Viewer | None:
    """None for anybody who holds no current post (families, pupils, former staff)."""
    if not hasattr(request, "_viewer"):
        request._viewer = _read_viewer(request)
    return request._viewer


def _read_viewer(request: HttpRequest) -> Viewer | None:
    if not request.user.is_authenticated:
        return None
    at = clock.for_request(request)
    # A post is dated in its school's calendar; all schools of a county share one zone.
    posts = list(posts_of(request.user, timezone.localdate(at)).order_by("starts_on", "pk"))
    if not posts:
        return None
    return Viewer(request.user, posts, at, request.session.get("school_id"))


def staff_required(*permissions: Permission) -> Callable:
    """Entry to the staff door: sign in first; no post with one of `permissions` → 404.

    The view receives `request.viewer`.
    """

    def decorate(view):
        @wraps(view)
        @login_required
        def guarded(request, *args, **kwargs):
            viewer = viewer_of(request)
            if viewer is None or (permissions and not any(map(viewer.can, permissions))):
                raise Http404
            request.viewer = viewer
            return view(request, *args, **kwargs)

        return guarded

    return decorate

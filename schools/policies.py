"""The staff door: who holds a post at which school today, and what it allows.

A superuser without a post is a stranger like anybody else.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import wraps
from typing import Concatenate, TypeVar, cast
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.second_factor import asking, sessions
from accounts.signed_out import sign_in_first
from core import clock, walls
from core.addresses import page_above
from core.per_page import once
from core.prepared import prepared, read_first
from core.view_types import P, Page, View
from schools.models import County, Post, School, SchoolClass, holds_on
from schools.roles import BEHIND_SECOND_FACTOR, ROLE_PERMISSIONS, Permission, Role, roles_with

# What is selected, in the session, and the field in which each form of a page names it.
PLACES = {"school_id": "of_school", "county_id": "of_county"}


def today_in(school: School, at) -> date:
    return timezone.localdate(at, ZoneInfo(school.time_zone))


def posts_of(user: User, on: date) -> QuerySet[Post]:
    if not user.is_authenticated:
        return Post.objects.none()
    return _held(user.pk, on)


def _held(user_id: int, on: date) -> QuerySet[Post]:
    rows = Post.objects.filter(holds_on(on), user_id=user_id)
    # The whole county must be for trying out: its counsellors share a queue and its officer sees all schools.
    county = Coalesce(OuterRef("county_id"), OuterRef("school__county_id"))
    there = School.objects.filter(county_id=county)
    is_demo = Exists(there.filter(is_demo=True)) & ~Exists(there.filter(is_demo=False))
    is_of_demo = Case(When(is_demo, then=True), default=False)
    rows = rows.annotate(**{"is_of_demo": is_of_demo})  # declared in Post
    return rows.select_related("school", "school_class", "county")


def are_of_demo(posts: Iterable[Post]) -> bool:
    """Return whether all posts (at least one) give access only to made-up people."""
    posts = list(posts)
    return bool(posts) and all(post.is_of_demo for post in posts)


def need_second_factor(posts: Sequence[Post]) -> bool:
    """Return whether any post lets its holder read cases or administer. Demo users need no second step."""
    leads_there = any(ROLE_PERMISSIONS[Role(post.role)] & BEHIND_SECOND_FACTOR for post in posts)
    return leads_there and not are_of_demo(posts)


def current_posts(user: User, on: date) -> Sequence[Post]:
    """Return the user's current posts, oldest first.

    A page that asks for them in many places reads them once.
    """
    if not user.is_authenticated:
        return ()

    def read() -> Sequence[Post]:
        # Posts include their classes and determine which schools somebody reaches; until then nobody knows.
        with walls.every_school("posts say which schools somebody reaches"):
            return _posts(user_id=user.pk, on=on)

    return once(("posts", user.pk, on), read)


@prepared
def _posts(*, user_id: int, on: date) -> QuerySet[Post]:
    return _held(user_id, on).order_by("starts_on", "pk")


@read_first
def school_ids_where(user: User, permission: Permission, on: date) -> list[int]:
    """Return the keys of schools where a current post of `user` grants `permission`."""
    roles = roles_with(permission)
    held = {post.school_id for post in current_posts(user, on) if post.role in roles}
    return sorted(pk for pk in held if pk)


@read_first
def school_ids_of(user: User, on: date) -> list[int]:
    """Return the keys of schools where `user` holds a current post."""
    return sorted({post.school_id for post in current_posts(user, on) if post.school_id})


def schools_where(user: User, permission: Permission, on: date) -> QuerySet[School]:
    """Return the schools where a current post of `user` grants `permission`."""
    return School.objects.filter(pk__in=school_ids_where(user, permission, on))


def may(user: User, permission: Permission, school: School, on: date) -> bool:
    return school.pk in school_ids_where(user, permission, on)


def schools_visible_to(user: User, on: date) -> QuerySet[School]:
    return School.objects.filter(pk__in=school_ids_of(user, on))


def get_school_for(user: User, pk: int, permission: Permission, on: date) -> School:
    """Return the school, or raise 404 if no current post grants `permission` there."""
    school = schools_where(user, permission, on).filter(pk=pk).first()
    if school is None:
        raise Http404
    return school


@read_first
def own_class_ids(user: User, on: date) -> list[int]:
    """Return the keys of the classes whose class teacher is `user`."""
    held = [post for post in current_posts(user, on) if post.role == Role.CLASS_TEACHER]
    return sorted({post.school_class_id for post in held if post.school_class_id})


def own_classes(user: User, on: date) -> QuerySet[SchoolClass]:
    return SchoolClass.objects.filter(pk__in=own_class_ids(user, on))


def classes_visible_to(user: User, on: date) -> QuerySet[SchoolClass]:
    """Return the user's own classes, and every class of schools where they may see all children."""
    whole = school_ids_where(user, Permission.VIEW_ALL_CHILDREN, on)
    return SchoolClass.objects.filter(Q(pk__in=own_class_ids(user, on)) | Q(school_id__in=whole))


def classes_editable_by(user: User, on: date) -> QuerySet[SchoolClass]:
    """Return the classes whose children's files `user` may change."""
    roles = roles_with(Permission.EDIT_CHILDREN)
    editing = [post for post in current_posts(user, on) if post.role in roles]
    own = {post.school_class_id for post in editing if post.role == Role.CLASS_TEACHER}
    whole = {post.school_id for post in editing if post.role != Role.CLASS_TEACHER}
    return SchoolClass.objects.filter(
        Q(pk__in=[pk for pk in own if pk]) | Q(school_id__in=[pk for pk in whole if pk])
    )


class Viewer:
    """The signed-in member of staff, their current posts and the selected school.

    Built once per request; `can` uses the posts already read and makes no query.
    """

    def __init__(
        self,
        user: User,
        posts: list[Post],
        at,
        school_id: int | None,
        county_id: int | None = None,
    ):
        self.user, self.posts, self.at, self.county_id = user, posts, at, county_id
        schools = {post.school_id: post.school for post in posts if post.school}
        self.schools = list(schools.values())
        first = self.schools[0] if self.schools else None
        self.school: School | None = schools.get(school_id, first)
        self.on = today_in(self.school, at) if self.school else timezone.localdate(at)

    def can(self, permission: Permission) -> bool:
        """Return whether a post at the selected school (or, without one, at the county) grants
        `permission`.
        """
        return any(
            permission in ROLE_PERMISSIONS[Role(post.role)]
            for post in self.posts
            if post.school_id == (self.school.pk if self.school else None)
        )

    def counties_where(self, permission: Permission) -> list[County]:
        """Return the counties for which a post grants `permission`: the selected one, then by post."""
        roles = roles_with(permission)
        held = {post.county_id: post.county for post in self.posts if post.role in roles}
        found = [county for county in held.values() if county]
        return sorted(found, key=lambda county: county.pk != self.county_id)

    @property
    def roles(self) -> set[str]:
        return {post.role for post in self.posts}


def get_county_for(viewer: Viewer, permission: Permission) -> County:
    """Return the selected county, or else the first, for which a post grants `permission`; else raise 404."""
    found = viewer.counties_where(permission)
    if not found:
        raise Http404
    return found[0]


class StaffRequest(HttpRequest):
    """A request to a view behind `post_required`; schools.requests has narrower types."""

    user: User
    viewer: Viewer
    htmx: HtmxDetails
    places_of_forms: dict[str, int]  # what the page is about, by field; only where there is another


class _Read(HttpRequest):
    _viewer: Viewer | None  # read once per request


Asked = TypeVar("Asked", bound=StaffRequest)


def viewer_of(request: HttpRequest) -> Viewer | None:
    """Return the viewer, or None for anybody without a current post (families, pupils, former staff) and for
    anybody who has not yet passed the second step that their posts require.
    """
    viewer = _post_holder(request)
    return None if viewer is None or _second_factor_is_missing(request, viewer) else viewer


def second_step_is_missing(request: HttpRequest) -> bool:
    """Return whether this session's posts require a second step that it has not passed."""
    viewer = _post_holder(request)
    return viewer is not None and _second_factor_is_missing(request, viewer)


def _second_factor_is_missing(request: HttpRequest, viewer: Viewer) -> bool:
    return need_second_factor(viewer.posts) and sessions.used_at(request) is None


def _post_holder(request: HttpRequest) -> Viewer | None:
    read = cast(_Read, request)
    if not hasattr(read, "_viewer"):
        read._viewer = _read_viewer(request)
    return read._viewer


def _read_viewer(request: HttpRequest) -> Viewer | None:
    if not request.user.is_authenticated:
        return None
    at = clock.for_request(request)
    # Whether a post is current depends on its school's date; all schools of a county share one time zone.
    posts = list(current_posts(request.user, timezone.localdate(at)))
    if not posts:
        return None
    _select_again(request, posts)
    chosen = (request.session.get(name) for name in PLACES)
    return Viewer(request.user, posts, at, *chosen)


def _select_again(request: HttpRequest, posts: Iterable[Post]) -> None:
    """Select what the page of a posted form was about: somebody may have switched in another tab since, or
    have signed in again.
    """
    for name, field in PLACES.items():
        held = {str(pk): pk for post in posts if (pk := getattr(post, name))}
        named = held.get(request.POST.get(field, ""))
        if named is not None and request.session.get(name) != named:
            request.session[name] = named


def _places_of_forms(request: HttpRequest, viewer: Viewer) -> dict[str, int]:
    """Return what forms must name, or raise 404 if this one names a school that the viewer has lost."""
    field, school = PLACES["school_id"], viewer.school
    if school is None:
        return {}
    if request.POST.get(field, str(school.pk)) != str(school.pk):
        raise Http404
    return {field: school.pk} if len(viewer.schools) > 1 else {}


def post_required(*, sign_in: str, held: str) -> Callable[[View[Asked, P]], Page[P]]:
    """Require signing in, then the second step if the posts need it; users without a post get a 404.

    The view receives `request.viewer`. Every page of the staff and village doors is guarded by this, each
    door with its own pages (`PAGES_ABOVE`) for signing in and for data posted after a session had ended.
    """

    def decorate(view: View[Asked, P]) -> Page[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request, page_above(sign_in), page_above(held))
            holder = _post_holder(request)
            if holder is None:
                raise Http404
            if _second_factor_is_missing(request, holder):
                return asking.asked_for(request)
            of_staff = cast(Asked, request)
            of_staff.viewer = holder
            of_staff.places_of_forms = _places_of_forms(request, holder)
            return view(of_staff, *args, **kwargs)

        return guarded

    return decorate


def staff_required(*permissions: Permission) -> Callable[[View[Asked, P]], Page[P]]:
    """Guard a page of the staff door (see post_required); without a post that grants one of `permissions` →
    404.

    The view receives `request.viewer`. If a whole page is requested from inside a row of Today
    (`#inplace-…`), it replaces Today.
    """

    def decorate(view: View[Asked, P]) -> Page[P]:
        @wraps(view)
        @post_required(sign_in="staff_sign_in", held="staff_held")
        def guarded(request: Asked, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if permissions and not any(map(request.viewer.can, permissions)):
                raise Http404
            response = view(request, *args, **kwargs)
            in_row = request.htmx and (request.htmx.target or "").startswith("inplace-")
            if in_row and getattr(response, "content", b"")[:9].lower() == b"<!doctype":
                return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
            return response

        return guarded

    return decorate


edits_school = staff_required(Permission.EDIT_SCHOOL)


def of_county(
    permission: Permission,
) -> Callable[[View[Asked, Concatenate[County, P]]], Page[P]]:
    """Admit officers of a county, whichever school is selected; the view gets the county as its second
    argument.
    """

    def decorate(view: View[Asked, Concatenate[County, P]]) -> Page[P]:
        @wraps(view)
        @staff_required()
        def guarded(request: Asked, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            county = get_county_for(request.viewer, permission)
            if request.POST.get(PLACES["county_id"], str(county.pk)) != str(county.pk):
                raise Http404
            if len(request.viewer.counties_where(permission)) > 1:
                request.places_of_forms[PLACES["county_id"]] = county.pk
            return view(request, county, *args, **kwargs)

        return guarded

    return decorate


sets_up = of_county(Permission.SET_UP_COUNTY)


def acts(view: View[Asked, Concatenate[County, P]]) -> Page[P]:
    """Guard an action in the same way, and ask for the second step again unless that was minutes ago."""

    @wraps(view)
    def guarded(
        request: Asked, county: County, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        asking.ask_again(request)
        return view(request, county, *args, **kwargs)

    return sets_up(guarded)

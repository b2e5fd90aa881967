"""Which schools a request reaches at each door. PostgreSQL shows no row of another, whatever a page queries.

* staff, village: the schools of today's posts; for county staff every school of the county; for counsellors
  also the schools that share their county's queue; and, if a child's file or a referral goes from one school
  to another, the other one
* family: the schools where the account has a record as an adult
* pupil: the school of the child that signed in

Other systems bring a token or a session, which api.authentication checks. Somebody with only a link, a code
or an address has not signed in: the view looks it up itself (core.walls.every_school) and gives the reason.
Everybody else reaches no school.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from core import clock, walls
from core.prepared import prepared
from counselling.pool.models import PoolSchool
from counselling.received.models import ReferralCopy
from guardians.models import Adult
from schools.models import School
from schools.policies import current_posts
from schools.roles import ROLE_PERMISSIONS, Permission, Role, roles_with
from transfers.models import Transfer

# Requests here come from nobody in particular yet, or bring something that the view looks up.
WITHOUT_SESSION = (
    "/f/c/",
    "/api/",
    "/ims/",
    "/hooks/",
    "/healthz",
    "/metrics",
    "/sw.js",
    "/static/",
)
ACROSS_SCHOOLS = {
    Permission.KEEP_CASES,
    Permission.CHECK_SAFEGUARDING,
    Permission.HAND_OVER_FILES,
}
OF_CHILD = "SELECT school_id FROM students_student WHERE id = %s"


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    def behind_the_wall(request: HttpRequest) -> HttpResponse:
        reached = reached_by(request)
        # The user is known now, so replace Django's lazy object, which would resolve them each of the
        # thousand times that a page asks. A user whom the clock has just signed out is still cached here.
        if hasattr(request, "_cached_user") and request.user == get_user(request):
            request.user = get_user(request)
        with walls.within(reached):
            return get_response(request)

    return behind_the_wall


def reached_by(request: HttpRequest) -> set[int]:
    path = request.path
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or path.startswith(WITHOUT_SESSION):
        return set()
    if path.startswith("/p/"):
        return of_pupil(request.session.get("pupil_id"))
    if not request.user.is_authenticated:
        return set()
    if path.startswith("/f/"):
        return of_family(request.user)
    return of_staff(request.user, timezone.localdate(clock.for_request(request)))


def of_family(user: User) -> set[int]:
    with walls.every_school("at which schools somebody has a record, nobody knows before"):
        return set(_of_adults(user_id=user.pk))


@prepared
def _of_adults(*, user_id) -> QuerySet[Any]:
    return Adult.objects.filter(user_id=user_id).values_list("school_id", flat=True)


def of_pupil(student_id: int | None) -> set[int]:
    if student_id is None:
        return set()
    unknown = walls.every_school("of which school a child is, nobody knows before")
    with unknown, connection.cursor() as cursor:
        cursor.execute(OF_CHILD, [student_id])
        return {key for (key,) in cursor.fetchall()}


def of_staff(user: User, on: date) -> set[int]:
    posts = current_posts(user, on)
    schools = {post.school_id for post in posts if post.school_id}
    counties = {post.county_id for post in posts if post.county_id}
    keeping = roles_with(Permission.KEEP_CASES)
    pools = {post.school.county_id for post in posts if post.school and Role(post.role) in keeping}
    if not counties and not any(
        ROLE_PERMISSIONS[Role(post.role)] & ACROSS_SCHOOLS for post in posts
    ):
        return schools
    told = {"schools": [*schools], "counties": [*counties], "pools": [*pools]}
    with walls.every_school(
        "which schools share a queue or hand a file over, before one reaches them"
    ):
        return schools | {*_beside_posts(**told)}


@prepared
def _beside_posts(*, schools, counties, pools) -> QuerySet[Any]:
    of_counties = School.objects.filter(county_id__in=counties).values_list("pk", flat=True)
    in_pools = PoolSchool.objects.filter(school__county_id__in=pools).values_list("school_id")
    letters = ReferralCopy.objects.filter(
        Q(referral__school_id__in=schools) | Q(school_id__in=schools)
    )
    came = Transfer.objects.filter(to_school_id__in=schools).values_list("school_id")
    went = Transfer.objects.filter(school_id__in=schools).exclude(to_school=None)
    return of_counties.union(
        in_pools,
        letters.values_list("school_id"),
        letters.values_list("referral__school_id"),
        came,
        went.values_list("to_school_id"),
    )

"""Choose the second person for what an administrator may not do alone.

It is a principal of the school. If there is none other than the person who asks and the person concerned, it
is the county's administrator. It is never the person who asks or the person concerned.
"""

from datetime import date
from functools import wraps
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from django.http.response import HttpResponseBase

from accounts.models import User
from core.prepared import read_first
from core.view_types import P, Page, View
from schools.models import Post, School, holds_on
from schools.policies import StaffRequest, current_posts, staff_required
from schools.roles import Permission, Role, roles_with


def held(role: str, on: date) -> QuerySet[Post]:
    return Post.objects.filter(holds_on(on), role=role, user__is_active=True)


NOBODY = Q(pk__in=[])
ASKING = roles_with(Permission.EDIT_SCHOOL) + roles_with(Permission.SECOND_PERSON)


def both_still_there(on: date) -> Q:
    """Match rows with `school`, `asked_by` and `agreed_by` (None: nobody yet) whose asker may still ask there
    and whose second person may still agree.

    A request or an agreement lapses with the post it was made in.
    """
    posts = Post.objects.filter(holds_on(on), user__is_active=True)
    asked = posts.filter(user=OuterRef("asked_by"), school=OuterRef("school"), role__in=ASKING)
    here = Q(role=Role.PRINCIPAL, school=OuterRef("school"))
    above = Q(role=Role.COUNTY_ADMIN, county=OuterRef("school__county"))
    agreed = posts.filter(here | above, user=OuterRef("agreed_by"))
    return Q(Exists(asked)) & (Q(agreed_by=None) | Q(Exists(agreed)))


def county_still_there(on: date) -> Q:
    """Match the same for offers requested by an officer of `county`: the second person is another officer of
    that county or a principal of `school`.
    """
    asked = officers(on, OuterRef("county")).filter(user=OuterRef("asked_by"))
    agreed = officers(on, OuterRef("county")).filter(user=OuterRef("agreed_by"))
    principal = held(Role.PRINCIPAL, on).filter(
        school=OuterRef("school"), user=OuterRef("agreed_by")
    )
    return Q(Exists(asked)) & (Q(agreed_by=None) | Q(Exists(agreed)) | Q(Exists(principal)))


def still_stands(on: date) -> Q:
    """Match offers of posts whose asker and second person still hold the posts that allow it."""
    of_school = Q(county=None) & both_still_there(on)
    return of_school | Q(county__isnull=False) & county_still_there(on)


def officers(on: date, county: Any) -> QuerySet[Post]:
    return held(Role.COUNTY_OFFICER, on).filter(county=county)


def waiting_for_word(user: User, on: date) -> Q:
    """Match offers requested by the county for which `user` may be the second person."""
    counties = counties_as(Role.COUNTY_OFFICER, user, on)
    schools = schools_as_principal(user, on)
    return (Q(county__in=counties) | Q(school__in=schools)) & _not_own(user)


@read_first
def counties_as(role: Role, user: User, on: date) -> list[int | None]:
    return [post.county_id for post in current_posts(user, on) if post.role == role]


@read_first
def schools_as_principal(user: User, on: date) -> list[int | None]:
    return [post.school_id for post in current_posts(user, on) if post.role == Role.PRINCIPAL]


def _not_own(user: User) -> Q:
    """Match rows that `user` did not ask for and that are not about `user`."""
    return ~Q(asked_by=user.pk) & (Q(user=None) | ~Q(user=user.pk))


def waiting_for(
    user: User, rows: QuerySet[Any], on: date, *, county_only: Q = NOBODY
) -> QuerySet[Any]:
    """Return those of `rows` (with `school`, `asked_by` and `user`, the person concerned or None) for which
    `user` is the second person.

    Where `county_only` holds, no principal may agree.
    """
    schools = schools_as_principal(user, on)
    counties = counties_as(Role.COUNTY_ADMIN, user, on)
    principals = held(Role.PRINCIPAL, on).filter(school=OuterRef("school_id"))
    principals = principals.exclude(user_id=OuterRef("asked_by_id"))
    principals = principals.exclude(user_id=Coalesce(OuterRef("user_id"), Value(0)))
    needs_county = county_only | ~Exists(principals)
    return rows.filter(
        Q(school__in=schools) & ~county_only | Q(school__county__in=counties) & needs_county,
        _not_own(user),
    )


def second_people(
    school: School, on: date, *, without: set[int | None], county_only: bool = False
) -> list[User]:
    """Return the people who can agree, by name; none if only the operator of the installation can help."""
    principals = held(Role.PRINCIPAL, on).filter(school=school)
    county = held(Role.COUNTY_ADMIN, on).filter(county=school.county_id)
    people = User.objects.exclude(pk__in=[pk for pk in without if pk]).order_by("name", "pk")
    near = [] if county_only else list(people.filter(pk__in=principals.values("user_id")))
    return near or list(people.filter(pk__in=county.values("user_id")))


def second_person_required(view: View[StaffRequest, P]) -> Page[P]:
    """Admit users with a current post that may agree to requests, whichever school is selected."""
    roles = roles_with(Permission.SECOND_PERSON)

    @wraps(view)
    @staff_required()
    def guarded(request: StaffRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not any(post.role in roles for post in request.viewer.posts):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded

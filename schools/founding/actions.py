"""Requests by an officer of the county; schools.appointing makes sure that the others agree."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from core import walls
from core.clock import local_date
from schools.actions import lock_county, seed_timetable
from schools.agreeing.policies import still_stands
from schools.appointing import actions as appointing
from schools.appointing import apart
from schools.county_calendar.queries import first_year_on
from schools.founding import policies
from schools.models import County, Post, PostOffer, School
from schools.roles import Role
from schools.years.actions import open_school_year


class CodeTaken(Exception):
    """Raised if a school with this code already exists."""


class NameTaken(Exception):
    """Raised if the county already has a school of this name."""


class HasAdministrator(Exception):
    """Raised if the school has an administrator, who gives its posts."""


class LastOfficer(Exception):
    """Raised when the county would have no officer left who can sign in."""


@dataclass(frozen=True)
class Named:
    """The person who is to get a post; `phone` and `email` are for somebody without an account."""

    name: str
    username: str
    phone: str = ""
    email: str = ""


@transaction.atomic
def found_school(
    *,
    county: County,
    name: str,
    code: str,
    phone: str = "",
    on: date,
    is_demo: bool = False,
) -> School:
    """Create the school with its year, terms, calendar and timetable.

    It writes to no family until one of its own staff starts that. Raises CodeTaken, NameTaken.
    """
    lock_county(county)
    if School.objects.filter(code__iexact=code).exists():
        raise CodeTaken
    if School.objects.filter(county=county, name=name).exists():
        raise NameTaken
    school = School.objects.create(
        county=county, name=name, code=code, phone=phone, is_demo=is_demo
    )
    walls.also(school.pk)
    open_school_year(school=school, first_year=first_year_on(on))
    seed_timetable(school=school)
    return school


@transaction.atomic
def name_administrator(
    *, school: School, named: Named, by: User, at: datetime, ip: str | None = None
) -> PostOffer:
    """Request the first administrator. Raises HasAdministrator, AlreadyOffered, NotApart."""
    county = lock_county(school.county)
    if policies.has_administrator(school, local_date(at)):
        raise HasAdministrator
    return _ask(county, school, Role.SCHOOL_ADMIN, named, by, at, ip)


@transaction.atomic
def name_officer(
    *, county: County, named: Named, by: User, at: datetime, ip: str | None = None
) -> PostOffer:
    """Request another officer. Raises AlreadyOffered, NotApart."""
    return _ask(lock_county(county), None, Role.COUNTY_OFFICER, named, by, at, ip)


def _ask(
    county: County,
    school: School | None,
    role: Role,
    named: Named,
    by: User,
    at: datetime,
    ip: str | None,
) -> PostOffer:
    """Make the request while the county is locked: if two officers act at once, the second sees what the
    first requested.
    """
    on = local_date(at)
    own = PostOffer.objects.filter(county=county, closed_at=None)
    is_over = Q(asked_at__lte=at - timedelta(days=appointing.OFFER_DAYS)) | ~still_stands(on)
    own.filter(is_over).update(outcome=PostOffer.Outcome.WITHDRAWN, closed_at=at)
    is_same = Q(school=school) if school else Q(school=None, username__iexact=named.username)
    if own.filter(is_same).exists():
        raise appointing.AlreadyOffered
    user = appointing.account_named(named.username)
    if user and (user.has_usable_password() or user.posts.exists()):
        # The county does not decide how an existing account is reached.
        named = Named(user.name, user.username)
    apart.check_named(
        county=county,
        role=role,
        user=user,
        username=named.username,
        phone=named.phone,
        email=named.email,
        at=at,
    )
    offer = PostOffer(
        school=school,
        county=county,
        role=role,
        user=user,
        asked_by=by,
        asked_at=at,
        starts_on=on,
        needs_owner=True,
        needs_second=True,
        **vars(named),
    )
    appointing.ask_for_county(offer=offer, by=by, ip=ip)
    return offer


@transaction.atomic
def end_officer(*, post: Post, by: User, on: date, ip: str | None = None) -> None:
    """End the post after today.

    Raises LastOfficer unless another officer stays who has a password and a post without an end.
    """
    lock_county(cast(County, post.county))
    post = Post.objects.select_related("user").get(pk=post.pk)
    if post.ends_on is not None and post.ends_on <= on:
        return
    if not policies.officers_who_stay(post.county_id, on).exclude(user=post.user_id).exists():
        raise LastOfficer
    appointing.end_post(post=post, ends_on=max(on, post.starts_on), by=by, ip=ip)

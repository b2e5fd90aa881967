"""Rules for slips and new passwords: who may get one, who may ask for one, and who agrees."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from schools.agreeing.policies import both_still_there, waiting_for
from schools.appointing.policies import offers_to
from schools.models import County, PasswordReset, Post, PostOffer, School
from schools.policies import may
from schools.roles import Permission, Role

RESET_DAYS = 3  # days until a request lapses; a slip is valid for the same time


def may_have_slip(user: User, place: School | County | PostOffer) -> bool:
    """Return whether the account may get a slip: it never had a password, and only this school or county has
    ever appointed it; or, for an offer, it is the account offered the post and has no post yet.
    """
    if user.has_usable_password() or not user.is_active:
        return False
    posts = Post.objects.filter(user=user)
    if isinstance(place, PostOffer):
        return place.user_id == user.pk and not posts.exists()
    here = Q(school=place) if isinstance(place, School) else Q(county=place)
    return posts.filter(here).exists() and posts.filter(here).count() == posts.count()


def offer_behind_slip(user: User, at: datetime) -> PostOffer | None:
    """Return the county's offer (schools.founding) behind the slip, if any; such a slip also asks for the
    number.
    """
    return offers_to(user, at).filter(county__isnull=False).first()


def may_open_slip(user: User, offer: PostOffer | None) -> bool:
    """Return whether a slip can be opened.

    An account without any post has one only as long as its offer is open.
    """
    return not user.has_usable_password() and (offer is not None or user.posts.exists())


def get_post_to_help(user: User, school: School, pk: int, on: date) -> Post:
    """Return a current or future post at the selected school whose holder `user` may help to a new password,
    or 404.

    An administrator helps everybody, a principal helps administrators; nobody helps themselves.
    """
    posts = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), school=school, pk=pk)
    if not may(user, Permission.EDIT_SCHOOL, school, on):
        posts = posts.filter(role=Role.SCHOOL_ADMIN)
    post = posts.exclude(user=user).select_related("user", "school").first()
    if post is None or not may_ask(user, school, on):
        raise Http404
    return post


def may_ask(user: User, school: School, on: date) -> bool:
    return any(
        may(user, permission, school, on)
        for permission in (Permission.EDIT_SCHOOL, Permission.SECOND_PERSON)
    )


def administrators_to_help(user: User, school: School, on: date) -> QuerySet[Post]:
    """Return the administrators whom a principal may help; all others go to their administrator."""
    posts = Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), school=school)
    posts = posts.filter(role=Role.SCHOOL_ADMIN, user__is_active=True).exclude(user=user)
    return posts.select_related("user").order_by("user__name", "pk")


def places_of(user: User, on: date) -> QuerySet[Post]:
    """Return current and future posts: somebody who got hold of this account could act there."""
    return Post.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), user=user)


def needs_county(user: User, school: School, on: date) -> bool:
    """Return whether the account gives access to more than this school: then the people of one school may not
    decide.
    """
    return places_of(user, on).exclude(school=school).exists()


def is_within_county(user: User, school: School, on: date) -> bool:
    """Return whether the administrator of the school's county answers for every place that the account gives
    access to.
    """
    here = Q(school__county=school.county_id) | Q(county=school.county_id)
    return not places_of(user, on).exclude(here).exists()


def open_resets(at: datetime) -> QuerySet[PasswordReset]:
    since = at - timedelta(days=RESET_DAYS)
    rows = PasswordReset.objects.filter(
        both_still_there(local_date(at)), closed_at=None, asked_at__gt=since
    )
    return rows.select_related("school", "user", "asked_by", "agreed_by").order_by("-asked_at")


def resets_for_second(user: User, on: date, at: datetime) -> QuerySet[PasswordReset]:
    """Return resets that wait for `user`, and those that `user` agreed to and whose number they may still
    tell.
    """
    county_only = Q(needs_county=True)
    return waiting_for(user, open_resets(at), on, county_only=county_only).filter(
        Q(agreed_by=None) | Q(agreed_by=user.pk)
    )

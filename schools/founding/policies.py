"""Access for the people who set up a county. They see schools and posts, never a child."""

from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import User
from schools.agreeing.policies import held
from schools.appointing.policies import offers_for_second, open_offers
from schools.models import County, Post, PostOffer, School
from schools.roles import Role

SHOWN_DAYS = 60  # days for which officers see that a post has begun; a holiday fits into it


def administrators(on: date) -> QuerySet[Post]:
    """Return current and future posts of school administrators."""
    return Post.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=on), role=Role.SCHOOL_ADMIN, user__is_active=True
    )


def has_administrator(school: School, on: date) -> bool:
    return administrators(on).filter(school=school).exists()


def get_school_without_administrator(county: County, pk: int, on: date) -> School:
    """Return a school of the county whose first administrator its officers may name, or 404."""
    theirs = administrators(on).filter(school=OuterRef("pk"))
    school = School.objects.filter(~Exists(theirs), county=county, pk=pk).first()
    if school is None:
        raise Http404
    return school


def officers_of(county: County, on: date) -> QuerySet[Post]:
    """Return the county's current officers, by name."""
    posts = held(Role.COUNTY_OFFICER, on).filter(county=county).select_related("user")
    return posts.order_by("user__name", "pk")


def get_officer(county: County, pk: int, on: date) -> Post:
    post = officers_of(county, on).filter(pk=pk).first()
    if post is None:
        raise Http404
    return post


def officers_who_stay(county_id: int | None, on: date) -> QuerySet[Post]:
    """Return current officers whose post has no end and who have a password."""
    posts = held(Role.COUNTY_OFFICER, on).filter(county=county_id, ends_on=None)
    return posts.exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def offers_of_county(county: County, at: datetime) -> QuerySet[PostOffer]:
    """Return what the county's officers have requested and is still open, the latest first."""
    return open_offers(at).filter(county=county)


def lately_begun(county: County, at: datetime) -> QuerySet[PostOffer]:
    """Return posts that recently began at the county's request; all officers can see who asked and who
    agreed.
    """
    rows = PostOffer.objects.filter(
        county=county,
        outcome=PostOffer.Outcome.GIVEN,
        closed_at__gt=at - timedelta(days=SHOWN_DAYS),
    )
    return rows.select_related("school", "county", "asked_by", "agreed_by").order_by("-closed_at")


def waits_for(user: User, county: County, on: date, at: datetime) -> QuerySet[PostOffer]:
    """Filter the county's offers to those on which `user` is the second person."""
    return offers_for_second(user, on, at).filter(county=county)


def second_people(offer: PostOffer, on: date) -> list[User]:
    """Return who can agree, by name: other officers, and the school's principals."""
    officers = held(Role.COUNTY_OFFICER, on).filter(county=offer.county_id)
    principals = held(Role.PRINCIPAL, on).filter(school=offer.school_id)
    people = officers.values("user_id").union(principals.values("user_id"))
    others = User.objects.filter(pk__in=people).exclude(
        pk__in=[offer.asked_by_id, offer.user_id or 0]
    )
    return list(others.order_by("name", "pk"))


def is_of_demo(county: County) -> bool:
    """Return whether all schools of the county are for trying out.

    One school of another kind would require a second step of all its demo users.
    """
    schools = School.objects.filter(county=county)
    return schools.exists() and not schools.filter(is_demo=False).exists()


def may_hand_out(user: User, offer: PostOffer) -> bool:
    """Return whether `user` may hand out the slip.

    Officers get its address and the second person the number, so that nobody has both.
    """
    return offer.agreed_at is not None and offer.agreed_by_id != user.pk

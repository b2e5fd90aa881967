"""Access to offers of posts, and who has to answer them."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from schools.agreeing.policies import still_stands, waiting_for, waiting_for_word
from schools.appointing.actions import OFFER_DAYS
from schools.models import PostOffer, School


def open_offers(at: datetime) -> QuerySet[PostOffer]:
    since = at - timedelta(days=OFFER_DAYS)
    rows = PostOffer.objects.filter(
        still_stands(local_date(at)), closed_at=None, asked_at__gt=since
    )
    return rows.order_by("-asked_at", "-pk").select_related(
        "school", "county", "school_class", "asked_by", "agreed_by", "user"
    )


def offers_of_school(school: School, at: datetime) -> QuerySet[PostOffer]:
    """Return offers that the school's administrators made themselves."""
    return open_offers(at).filter(school=school, county=None)


def offers_to(user: User, at: datetime) -> QuerySet[PostOffer]:
    """Return offers that the owner of this account has to answer; the county's only once they have been
    agreed to.
    """
    rows = open_offers(at).filter(user_id=user.pk, needs_owner=True, accepted_at=None)
    return rows.exclude(county__isnull=False, agreed_at=None)


def offers_for_second(user: User, on: date, at: datetime) -> QuerySet[PostOffer]:
    """Return offers that wait for `user` as the second person."""
    rows = open_offers(at).filter(needs_second=True, agreed_at=None)
    own = waiting_for(user, rows.filter(county=None), on).order_by().values("pk")
    of_county = rows.filter(waiting_for_word(user, on), county__isnull=False)
    return rows.filter(Q(pk__in=own) | Q(pk__in=of_county.order_by().values("pk")))


def numbers_to_tell(user: User, at: datetime) -> QuerySet[PostOffer]:
    """Return the county's offers that `user` agreed to: until the offer is accepted, `user`
    tells its number.
    """
    return open_offers(at).filter(county__isnull=False, agreed_by=user, accepted_at=None)


def get_offer(rows: QuerySet[PostOffer], pk: int) -> PostOffer:
    """Return the offer with this key from `rows`, or raise 404."""
    offer = rows.filter(pk=pk).first()
    if offer is None:
        raise Http404
    return offer

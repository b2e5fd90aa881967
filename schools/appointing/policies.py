"""Who sees an offer of a post, and whose word it waits for."""

from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from core.clock import local_date
from schools.agreeing.policies import both_still_there, waiting_for
from schools.appointing.actions import OFFER_DAYS
from schools.models import PostOffer, School


def open_offers(at: datetime) -> QuerySet[PostOffer]:
    since = at - timedelta(days=OFFER_DAYS)
    rows = PostOffer.objects.filter(
        both_still_there(local_date(at)), closed_at=None, asked_at__gt=since
    )
    return rows.order_by("-asked_at", "-pk").select_related(
        "school", "school_class", "asked_by", "user"
    )


def offers_of_school(school: School, at: datetime) -> QuerySet[PostOffer]:
    """For the school's administrators."""
    return open_offers(at).filter(school=school)


def offers_to(user: User, at: datetime) -> QuerySet[PostOffer]:
    """Those that the owner of this account has to answer."""
    return open_offers(at).filter(user_id=user.pk, needs_owner=True, accepted_at=None)


def offers_for_second(user: User, on: date, at: datetime) -> QuerySet[PostOffer]:
    """Those that wait for `user` as the second person."""
    rows = open_offers(at).filter(needs_second=True, agreed_at=None)
    return waiting_for(user, rows, on)


def get_offer(rows: QuerySet[PostOffer], pk: int) -> PostOffer:
    """One of these rows, or 404."""
    offer = rows.filter(pk=pk).first()
    if offer is None:
        raise Http404
    return offer

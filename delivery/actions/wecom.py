"""Families found in the school's WeCom by the number that both have."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from delivery.channels.base import Failure
from delivery.channels.wecom.contacts import Parent, read_parents
from delivery.dispatch.ways import opened
from delivery.models import ChannelAccount, ChannelKind
from guardians.actions import link_contact_point
from guardians.models import Adult, ContactPoint
from guardians.phones import parse_phone
from guardians.queries import usable_contact_points

log = structlog.get_logger(__name__)

TASK_SECONDS = (
    600.0  # of one run over all schools, in any order: who was left out comes hours later
)


@dataclass(frozen=True)
class Matched:
    """Parents of WeCom: found on our records, not following yet, on no record of ours."""

    found: int
    not_following: int
    strangers: int


def match_all_families(*, at: datetime) -> int:
    """Every school that uses WeCom; one whose WeCom does not answer stays as it is."""
    accounts = ChannelAccount.objects.filter(kind=ChannelKind.WECOM, is_enabled=True)
    until, done = time.monotonic() + TASK_SECONDS, 0
    for account in accounts.order_by("?"):
        if time.monotonic() > until:
            break
        try:
            match_families(account=account, at=at)
            done += 1
        except Failure as failure:
            log.warning("wecom_not_read", account_id=account.pk, cause=failure.cause)
    return done


def match_families(*, account: ChannelAccount, at: datetime) -> Matched:
    """Links whom both know; who has left WeCom, or has another number there now, is unlinked. Raises a
    Failure where WeCom cannot be read: nothing changes then.
    """
    return _link(account, read_parents(opened(account)), at)


@transaction.atomic
def _link(account: ChannelAccount, parents: Iterable[Parent], at: datetime) -> Matched:
    ours = _adults_by_number(account)
    kept, found, waiting, strangers = set(), 0, 0, 0
    for parent in parents:
        number = parse_phone(parent.mobile).address
        adults = ours.get(number, []) if number else []
        if not adults:
            strangers += 1
        elif not parent.is_following:
            waiting += 1
        else:
            found += 1
            kept |= {_linked(adult, parent.parent_id, number, at).pk for adult in adults}
    _points(account).exclude(pk__in=kept).delete()
    return Matched(found, waiting, strangers)


def _linked(adult: Adult, parent_id: str, number: str, at: datetime) -> ContactPoint:
    """As it was, where it is known: what somebody said of it ("not me") holds."""
    known = ContactPoint.objects.filter(
        adult=adult, kind=ContactPoint.Kind.WECOM, address=parent_id, linked_from=number
    ).first()
    return known or link_contact_point(
        adult=adult, kind=ContactPoint.Kind.WECOM, address=parent_id, linked_from=number, at=at
    )


def _points(account: ChannelAccount):
    return ContactPoint.objects.filter(school_id=account.school_id, kind=ContactPoint.Kind.WECOM)


def _adults_by_number(account: ChannelAccount) -> dict[str, list[Adult]]:
    points = usable_contact_points().filter(
        school_id=account.school_id, kind=ContactPoint.Kind.PHONE
    )
    found = defaultdict(list)
    for point in points.select_related("adult"):
        found[point.address].append(point.adult)
    return found

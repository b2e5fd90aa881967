"""Finds families in the school's WeCom by a phone number that both sides have."""

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import transaction

from core.database import run_step
from delivery.channels.base import Failure
from delivery.channels.wecom.contacts import Matched, Parent, read_parents
from delivery.dispatch.ways import opened
from delivery.models import ChannelAccount, ChannelKind
from guardians.actions import link_contact_point
from guardians.models import Adult, ContactPoint
from guardians.queries import usable_contact_points

log = structlog.get_logger(__name__)

# For one run over all schools, in random order: a school that was left out gets its turn hours later.
TASK_SECONDS = 600.0


def match_all_families(*, at: datetime) -> int:
    """Match at every school that uses WeCom. If a school's WeCom does not answer, nothing changes there.

    A county's account is read once for all its schools, and last, because its list is long.
    """
    rows = ChannelAccount.objects.filter(kind=ChannelKind.WECOM, is_enabled=True)
    together: dict[tuple[str, int], list[ChannelAccount]] = defaultdict(list)
    for account in rows.order_by("?"):
        key = ("county", account.of_county_id) if account.of_county_id else ("own", account.pk)
        together[key].append(account)
    until, done = time.monotonic() + TASK_SECONDS, 0
    for accounts in sorted(together.values(), key=len):
        if time.monotonic() > until:
            break
        try:
            parents = read_parents(opened(accounts[0]), until)
        except Failure as failure:
            log.warning("wecom_not_read", account_id=accounts[0].pk, cause=failure.cause)
            continue
        for account in accounts:
            if time.monotonic() > until:
                break
            done += run_step(_link, account, parents, at) is not None
    return done


def match_families(*, account: ChannelAccount, at: datetime) -> Matched:
    """Link adults whom both sides know; unlink those who have left WeCom or have another number there now.

    Raises a Failure if WeCom cannot be read; then nothing changes.
    """
    return _link(account, read_parents(opened(account)), at)


@transaction.atomic
def _link(account: ChannelAccount, parents: Iterable[Parent], at: datetime) -> Matched:
    """Link the parents.

    Nothing changes if the account was switched off or replaced since the list was read.
    """
    corp_id = account.config.get("corp_id") or ""
    locked = ChannelAccount.objects.select_for_update(no_key=True).filter(pk=account.pk)
    if not locked.filter(is_enabled=account.is_enabled, config__corp_id=corp_id):
        return Matched(0, 0, 0)
    wecom = ContactPoint.objects.filter(school_id=account.school_id, kind=ContactPoint.Kind.WECOM)
    phones = usable_contact_points().filter(
        school_id=account.school_id, kind=ContactPoint.Kind.PHONE
    )
    ours = defaultdict(list)
    for point in phones.select_related("adult"):
        ours[point.address].append(point.adult)
    found, waiting, strangers = 0, 0, 0
    ways: dict[Adult, list[dict[str, str]]] = defaultdict(list)
    for parent in parents:
        number = parent.number
        adults = ours.get(number, []) if number else []
        if not adults:
            strangers += 1
        elif not parent.is_following:
            waiting += 1
        else:
            found += 1
            for adult in adults:
                ways[adult].append({"address": parent.parent_id, "linked_from": number})
    kept = set()
    for adult, links in ways.items():
        # A known contact point stays as it is, also beside another with the same number: a dispute ("not me")
        # stays in force.
        known = (wecom.filter(adult=adult, **link).first() for link in links)
        point = next(filter(None, known), None) or link_contact_point(
            adult=adult, kind=ContactPoint.Kind.WECOM, issuer=corp_id, at=at, **links[0]
        )
        if point.issuer != corp_id:
            known_again = {"failing_since": None, "failing_cause": ""}
            wecom.filter(pk=point.pk).update(issuer=corp_id, **known_again)
        kept.add(point.pk)
    wecom.exclude(pk__in=kept).delete()
    return Matched(found, waiting, strangers)

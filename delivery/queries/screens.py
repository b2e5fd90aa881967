"""Checks whether we may offer a family messages on its phone's screen, and whether it has them."""

from collections.abc import Collection

from delivery.models import ChannelAccount, ChannelKind
from guardians.models import Adult, ContactPoint


def push_account_for(adults: Collection[Adult]) -> ChannelAccount | None:
    """Return the push account of one of these adults' schools, the first in order, if any has one.

    The browser subscribes with that account's key.
    """
    schools = [adult.school_id for adult in adults]
    rows = ChannelAccount.objects.filter(
        school_id__in=schools, kind=ChannelKind.PUSH, is_enabled=True
    )
    return rows.exclude(config__public_key=None).order_by("priority", "pk").first()


def has_screen(adults: Collection[Adult]) -> bool:
    keys = [adult.pk for adult in adults]
    return ContactPoint.objects.filter(adult_id__in=keys, kind=ContactPoint.Kind.PUSH).exists()


def may_be_offered_screen(adult: Adult) -> bool:
    return (
        adult.opted_out_at is None
        and push_account_for([adult]) is not None
        and not has_screen([adult])
    )

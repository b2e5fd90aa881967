"""Messages on the screen of a family's own phone, switched on and off there."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from core import walls
from delivery.models import ChannelAccount, PushSubscription
from guardians.actions import link_contact_point
from guardians.models import Adult, ContactPoint
from guardians.queries import usable_contact_points


@transaction.atomic
def show_on_screen(
    *,
    adults: Iterable[Adult],
    account: ChannelAccount,
    browser: dict[str, str],
    signed_in_by: str,
    session_key: str,
    at: datetime,
) -> None:
    """Switch messages on for a browser. `browser` holds endpoint, p256dh and auth, as the browser gave them.

    The screen depends on the number `signed_in_by` and is removed with it. Each adult has one screen; if
    somebody else had switched messages on in this browser, theirs are now off.
    """
    with walls.every_school("who had this phone before may be known at another school"):
        _forget(_screens().filter(push_subscription__endpoint=browser["endpoint"]))
    for adult in adults:
        linked_from = signed_in_by
        if not linked_from:  # signed in with a password
            typed = usable_contact_points().filter(adult=adult, kind__in=ContactPoint.TYPED)
            linked_from = typed.values_list("address", flat=True).first() or ""
        point = link_contact_point(
            adult=adult,
            kind=ContactPoint.Kind.PUSH,
            address=uuid4().hex,
            linked_from=linked_from,
            at=at,
        )
        PushSubscription.objects.create(
            school_id=adult.school_id,
            account=account,
            point=point,
            session_key=session_key,
            created_at=at,
            **browser,
        )


def hide_from_screens(*, adults: Collection[Adult]) -> None:
    _forget(_screens().filter(adult__in=adults))


@walls.every_school("an account's phones are the same at all its schools")
def forget_screens_of(*, user: User | None = None, session_key: str = "") -> None:
    """Switch off the screen of one phone that signs out, or all screens of an account."""
    if user is not None:
        _forget(_screens().filter(adult__user=user))
    if session_key:
        _forget(_screens().filter(push_subscription__session_key=session_key))


def _screens() -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(kind=ContactPoint.Kind.PUSH)


def _forget(points: QuerySet[ContactPoint]) -> None:
    points.delete()

"""Rules about who may change channels and settle messages, and when a link that was sent must
no longer open.
"""

from datetime import date

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from delivery.models import ChannelAccount, OutboxMessage, Settlement
from guardians.models import Adult, ContactPoint
from guardians.queries import is_address_of_blocked
from schools.policies import school_ids_where
from schools.roles import Permission


def channel_accounts_editable_by(user: User, on: date) -> QuerySet[ChannelAccount]:
    """Return the school's own accounts: a school cannot change what the county provides."""
    return channel_accounts_of(user, on).filter(of_county=None)


def channel_accounts_of(user: User, on: date) -> QuerySet[ChannelAccount]:
    """Return the school's own accounts and the copies of the county's: a school may see and test these."""
    schools = school_ids_where(user, Permission.EDIT_SCHOOL, on)
    return ChannelAccount.objects.filter(school_id__in=schools)


def get_channel_account_for(user: User, pk: int, on: date) -> ChannelAccount:
    found = channel_accounts_editable_by(user, on).select_related("school").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_copy_for(user: User, pk: int, on: date) -> ChannelAccount | None:
    """Return a county account's copy at one of the user's schools; None if the account is not a copy."""
    copies = channel_accounts_of(user, on).filter(pk=pk, of_county__isnull=False)
    return copies.select_related("school", "of_county").first()


def get_unknown_message_for(user: User, pk: int, on: date) -> OutboxMessage:
    """Return a message, in any state, of a school where the user may stop sending. Strangers get 404."""
    schools = school_ids_where(user, Permission.STOP_SENDING, on)
    found = OutboxMessage.objects.filter(school_id__in=schools, pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_settlement_for(user: User, pk: int, on: date) -> Settlement:
    schools = school_ids_where(user, Permission.STOP_SENDING, on)
    found = Settlement.objects.filter(school_id__in=schools, pk=pk).first()
    if found is None:
        raise Http404
    return found


def is_out_of_hands(adult: Adult, key_start: str) -> bool:
    """Return whether a link in messages must not open.

    That is so if the adult is blocked (here or at another school), shares an address with a blocked adult,
    has an address that somebody has disputed ("not me"), or no longer has the address to which the messages
    went. `key_start`: how the messages' dedupe keys begin.
    """
    if adult.is_blocked:
        return True
    # An adult who is blocked at one school is blocked wherever their account gives access.
    blocked = Adult.objects.filter(blocked_at__isnull=False)
    if adult.user_id is not None and blocked.filter(user_id=adult.user_id).exists():
        return True
    points = ContactPoint.objects.filter(adult=adult).exclude(address="")
    shared = points.annotate(is_shared=is_address_of_blocked())
    rows = list(shared.values("address", "disputed_at", "is_shared"))
    if any(row["is_shared"] or row["disputed_at"] for row in rows):
        return True
    sent = OutboxMessage.objects.filter(adult=adult, dedupe_key__startswith=key_start)
    went_to = set(sent.exclude(address="").values_list("address", flat=True))
    return bool(went_to - {row["address"] for row in rows})

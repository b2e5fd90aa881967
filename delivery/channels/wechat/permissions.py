"""One message for one tap: takes a permission before the request and gives it back if surely nothing was
sent.

After a lost reply it stays taken, because WeChat may have used it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from delivery.channels.base import Account, Message, PermanentFailure, TemporaryFailure
from delivery.channels.templates import AS_QUESTION
from delivery.models import ChannelAccount, ChannelKind, WechatPermission


@contextmanager
def taken(message: Message, account: Account) -> Iterator[WechatPermission]:
    """Take the oldest permission that is left. Raises PermanentFailure("no_permission") if there is none."""
    permission = _take(message, account)
    if permission is None:
        raise PermanentFailure("no_permission", "stock empty")
    try:
        yield permission
    except PermanentFailure as failure:
        if failure.cause == "no_permission":
            # WeChat knows better than our count: none is left.
            _granted(message, account).filter(taken_at=None).update(taken_at=timezone.now())
        else:
            _give_back(permission)
        raise
    except TemporaryFailure as failure:
        if failure.is_sure:
            _give_back(permission)
        raise


def permissions_of(account: Account | ChannelAccount) -> QuerySet[WechatPermission]:
    """Return all permissions that the account's school got under the same AppID.

    WeChat gives them to the AppID, so they stay when an account is ended and entered again.
    """
    school = ChannelAccount.objects.filter(pk=account.pk or 0).values("school")
    return WechatPermission.objects.filter(
        school__in=school,
        account__kind=ChannelKind.WECHAT,
        account__config__app_id=account.config.get("app_id") or "",
    )


def _granted(message: Message, account: Account) -> QuerySet[WechatPermission]:
    config = account.config
    if config.get("mode") == "one_time":
        template = config.get("one_time_template") or ""
    else:
        kind = "check_in" if message.kind in AS_QUESTION else message.kind
        template = ((config.get("templates") or {}).get(kind) or {}).get("code") or ""
    return permissions_of(account).filter(address=message.address, template=template)


@transaction.atomic
def _take(message: Message, account: Account) -> WechatPermission | None:
    """Mark a permission as taken and return it; None if none is left.

    A message that is sent again after an unsure answer keeps its own.
    """
    mine = _granted(message, account)
    held = mine.filter(taken_for=message.key).first()
    if held is not None:
        return held
    left = mine.filter(taken_at=None).select_for_update(skip_locked=True, of=("self",))
    permission = left.order_by("granted_at", "pk").first()
    if permission is not None:
        permission.taken_at, permission.taken_for = timezone.now(), message.key
        permission.save(update_fields=["taken_at", "taken_for"])
    return permission


def _give_back(permission: WechatPermission) -> None:
    WechatPermission.objects.filter(pk=permission.pk).update(taken_at=None, taken_for=None)

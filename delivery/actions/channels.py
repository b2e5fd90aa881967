"""A school's accounts for sending: settings that we may show, secrets that can only be written, and the order
of the accounts.
"""

from typing import Any
from uuid import uuid4

import pghistory
from django.db import transaction

from accounts.models import User
from delivery.channels import secrets
from delivery.channels.registry import CHANNELS
from delivery.models import ChannelAccount
from delivery.shared.actions import check_app, end_rest, use_copies
from schools.models import School


def add_channel(
    *,
    school: School,
    kind: str,
    config: dict[str, Any],
    secret: dict[str, str],
    is_enabled: bool,
    by: User,
    name: str = "",
) -> ChannelAccount:
    """Add an account at the end of the order. Raise AppTaken if a county already uses its WeChat app."""
    check_app(kind, config, is_enabled)
    with transaction.atomic(), pghistory.context(user=by.pk):
        School.objects.select_for_update(no_key=True).get(pk=school.pk)
        last = (
            ChannelAccount.objects.filter(school=school, of_county=None).order_by("priority").last()
        )
        account = ChannelAccount.objects.create(
            school=school, kind=kind, priority=last.priority + 1 if last else 1
        )
        _write(account, name, config, secret, is_enabled)
        use_copies([school.pk])
    return account


def change_channel(
    *,
    account: ChannelAccount,
    config: dict[str, Any],
    secret: dict[str, str],
    is_enabled: bool,
    by: User,
    name: str = "",
) -> ChannelAccount:
    """Change an account.

    `config` replaces the settings that it names; an empty `secret` keeps the stored one. The provider's rest
    ends, because after a change people want to see right away whether it works. Raises AppTaken.
    """
    check_app(account.kind, config, is_enabled)
    with transaction.atomic(), pghistory.context(user=by.pk):
        account = ChannelAccount.objects.select_for_update().get(pk=account.pk)
        _write(account, name, config, secret, is_enabled)
        end_rest([account.pk])
        use_copies([account.school_id])
    return account


def _write(
    account: ChannelAccount,
    name: str,
    config: dict[str, Any],
    secret: dict[str, str],
    is_enabled: bool,
) -> None:
    account.name, account.is_enabled = name, is_enabled
    account.config = {
        key: value for key, value in (account.config | config).items() if value is not None
    }
    if secret:
        row = secrets.row_of(account)
        account.secret = secrets.added(sealed=account.secret, value=secret, row=row)
    account.save()


def switch_channel(*, account: ChannelAccount, on: bool, by: User) -> None:
    """Switch an account on or off. Raises AppTaken."""
    check_app(account.kind, account.config, on)
    with transaction.atomic(), pghistory.context(user=by.pk):
        ChannelAccount.objects.filter(pk=account.pk).update(is_enabled=on)
        use_copies([account.school_id])


def renew_hook(*, account: ChannelAccount, by: User) -> None:
    """Give the account a new address for the provider's reports. The old one stops working."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        ChannelAccount.objects.filter(pk=account.pk).update(hook_key=uuid4())


def move_channel_up(*, account: ChannelAccount, by: User) -> None:
    """Move the account above the previous one of the same means. A repeated click moves it again."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        rows = list(
            ChannelAccount.objects.select_for_update()
            .filter(school_id=account.school_id, of_county=None)
            .order_by("priority", "pk")
        )
        at = next(place for place, row in enumerate(rows) if row.pk == account.pk)
        means = CHANNELS[account.kind].MEANS
        above = [
            place
            for place in range(at)
            if rows[place].kind in CHANNELS and means == CHANNELS[rows[place].kind].MEANS
        ]
        if above:
            rows.insert(above[-1], rows.pop(at))
        for priority, row in enumerate(rows, 1):
            ChannelAccount.objects.filter(pk=row.pk).exclude(priority=priority).update(
                priority=priority
            )

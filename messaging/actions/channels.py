"""How a school sends: settings that may be shown, and secrets that are only written."""

from typing import Any

import pghistory
from django.db import transaction

from accounts.models import User
from messaging import secrets
from messaging.models import ChannelAccount
from schools.models import School


def save_channel(
    *,
    school: School,
    kind: str,
    config: dict[str, Any],
    secret: dict[str, str],
    is_enabled: bool,
    by: User,
) -> ChannelAccount:
    """`config` replaces what it names, the rest stays; an empty `secret` keeps the stored one."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        account, _is_new = ChannelAccount.objects.select_for_update().get_or_create(
            school=school, kind=kind
        )
        account.is_enabled = is_enabled
        account.config = {
            name: value for name, value in (account.config | config).items() if value is not None
        }
        if secret:
            account.secret = secrets.seal(
                value=_stored(account) | secret, row=secrets.row_of(account)
            )
        account.save()
    return account


def _stored(account: ChannelAccount) -> dict[str, str]:
    """What no key opens any more is replaced by what is typed now."""
    try:
        return secrets.unseal(sealed=account.secret, row=secrets.row_of(account))
    except secrets.SecretUnreadable:
        return {}

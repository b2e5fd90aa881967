"""Officers write an account, another one agrees, and each school has a copy that it uses where it has none of
its own.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import uuid4

import pghistory
from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from delivery.channels import secrets
from delivery.models import ChannelAccount, CountyAccount, LeftOut, ProviderHealth
from delivery.shared.kinds import GIVEN
from delivery.shared.queries import copies_of, copies_to_use, schools_without_copy
from schools.appointing.apart import check_second
from schools.models import County, School

AFTER_OWN = 100  # order of a copy: behind a school's own, though the two are never in use together


class Changed(Exception):
    """What was agreed to is not what stands there any more."""


@transaction.atomic
def write_account(
    *,
    account: CountyAccount,
    name: str,
    config: dict[str, Any],
    secret: dict[str, str],
    is_enabled: bool,
    by: User,
    at: datetime,
) -> CountyAccount:
    """Keep what an officer has entered, of a new account or a known one; it waits for another officer. Copies
    go on as they are.
    """
    with pghistory.context(user=by.pk):
        if account.pk is not None:
            account = CountyAccount.objects.select_for_update().get(pk=account.pk)
        account.name, account.is_enabled = name, is_enabled
        account.config = {
            key: value for key, value in (account.config | config).items() if value is not None
        }
        account.asked_by, account.asked_at = by, at
        account.agreed_by = account.agreed_at = account.ended_at = None
        account.save()
        if secret:
            row = secrets.row_of_county(account)
            account.secret = secrets.seal(value=_opened(account) | secret, row=row)
            account.save(update_fields=["secret"])
    return account


def _opened(account: CountyAccount) -> dict[str, str]:
    try:
        return secrets.unseal(sealed=account.secret, row=secrets.row_of_county(account))
    except secrets.SecretUnreadable:
        return {}  # no key opens it any more: the new one replaces it


@transaction.atomic
def agree(*, account: CountyAccount, seen_at: datetime, by: User, at: datetime) -> None:
    """Give what is written to all schools. `seen_at`: the `asked_at` of what was agreed to. Raises NotApart
    where the two are one person, Changed where it was changed or answered meanwhile.
    """
    with pghistory.context(user=by.pk):
        account = CountyAccount.objects.select_for_update().get(pk=account.pk)
        if not account.waits or account.asked_at != seen_at:
            raise Changed
        check_second(by=by, asked_by=account.asked_by, named=set(), at=at)
        account.agreed_by, account.agreed_at, account.in_force = by, at, account.is_enabled
        account.save()
        _write_copies(account)
        use_copies(_schools_with(account))


@transaction.atomic
def end_account(*, account: CountyAccount, by: User, at: datetime) -> None:
    """By any officer, at once: it only stops. The copies stay, so that what went over them can be settled."""
    with pghistory.context(user=by.pk):
        CountyAccount.objects.filter(pk=account.pk).update(
            in_force=False, is_enabled=False, ended_at=at
        )
        use_copies(_schools_with(account))


@transaction.atomic
def leave_out(
    *, account: CountyAccount, school: School, is_out: bool, by: User, at: datetime
) -> None:
    """A school does without the county's account, or uses it again."""
    with pghistory.context(user=by.pk):
        said = {"is_out": is_out, "by": by, "at": at}
        LeftOut.objects.update_or_create(account=account, school=school, defaults=said)
        use_copies([school.pk])


def renew_hook(*, account: CountyAccount, by: User) -> None:
    """Give the account another address for the provider's reports; the old one stops working."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        CountyAccount.objects.filter(pk=account.pk).update(hook_key=uuid4())


def _schools_with(account: CountyAccount) -> list[int]:
    return list(account.copies.values_list("school_id", flat=True))


def _write_copies(account: CountyAccount) -> None:
    """Make those that are missing, and write into all of the county's schools what was agreed to."""
    make_copies(account)
    secret = _opened(account)
    copies = list(account.copies.filter(school__county=F("of_county__county")))
    for copy in copies:
        copy.name, copy.config = account.name, account.config | {"county_account": account.pk}
        copy.secret = secrets.seal(value=secret, row=secrets.row_of(copy)) if secret else None
    ChannelAccount.objects.bulk_update(copies, ["name", "config", "secret"], batch_size=200)
    # After a change one wants to see now whether it works.
    ProviderHealth.objects.filter(account__in=copies).update(
        open_until=None, probing_until=None, failures_in_row=0, trips=0
    )


def make_copies(account: CountyAccount) -> list[ChannelAccount]:
    """For schools that have none; not in use yet, and empty until they are written."""
    rows = [
        ChannelAccount(
            school=school,
            of_county=account,
            kind=account.kind,
            priority=AFTER_OWN,
            is_enabled=False,
        )
        for school in schools_without_copy(account)
    ]
    ChannelAccount.objects.bulk_create(rows, ignore_conflicts=True)
    return rows


@transaction.atomic
def use_copies(schools: Collection[int]) -> None:
    """Switch the copies of these schools on or off, as the rule says (`copies_to_use`). A message that went
    over one that is off now is still looked up and reported over it.
    """
    for means in GIVEN:
        used = copies_to_use(schools, means).values("pk")
        mine = copies_of(schools, means)
        mine.filter(is_enabled=False, pk__in=used).update(is_enabled=True)
        mine.filter(is_enabled=True).exclude(pk__in=used).update(is_enabled=False)


def share_out() -> int:
    """Bring along schools that were founded or moved since; return for how many accounts. Safe to run twice,
    and what an officer's act forgot it sets right.
    """
    agreed = CountyAccount.objects.filter(Q(agreed_by__isnull=False), in_force=True)
    behind = [account for account in agreed if schools_without_copy(account).exists()]
    for account in behind:
        with transaction.atomic():
            locked = CountyAccount.objects.select_for_update().get(pk=account.pk)
            if locked.agreed_by_id is not None and locked.in_force:
                _write_copies(locked)
    use_copies(list(School.objects.values_list("pk", flat=True)))
    return len(behind)


def new_account(county: County, kind: str) -> CountyAccount:
    return CountyAccount(county=county, kind=kind)

"""Officers enter an account, another officer agrees, and each school has a copy.

A school uses its copy if it has no account of its own.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import pghistory
import structlog
from django.db import transaction
from django.db.models import F

from accounts.models import User
from core import clock
from delivery.channels import secrets
from delivery.channels.models import ChannelKind
from delivery.channels.registry import CHANNELS
from delivery.dispatch.claims import call_off_rows
from delivery.models import ChannelAccount, CountyAccount, LeftOut, OutboxMessage, ProviderHealth
from delivery.shared import policies
from delivery.shared.kinds import GIVEN
from delivery.shared.queries import copies_of, copies_to_use, schools_without_copy, who_has_app
from guardians.models import ContactPoint
from schools.appointing.apart import check_second
from schools.models import County, School

log = structlog.get_logger(__name__)
OTHER_ACCOUNT = "other_account"  # the cause recorded for such a contact point
# order of a copy: after a school's own accounts, though the two are never in use together
AFTER_OWN = 100


class Changed(Exception):
    """The account is no longer what the officer agreed to."""


class OneAlready(Exception):
    """The county may have one account of this kind at a time, and already has another."""


class AppTaken(Exception):
    """WeChat reports to one address per account, and another county or school (`by`) uses this account."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


def check_app(
    kind: str, config: dict[str, Any], is_enabled: bool, county: County | None = None
) -> None:
    """Raise AppTaken if a county's WeChat account is also used by somebody else.

    Several schools may each have the same account as their own, as long as no county uses it.
    """
    app_id = config.get("app_id")
    if kind != ChannelKind.WECHAT or not is_enabled or not app_id:
        return
    by = who_has_app(app_id, county.pk if county else None)
    if by == "county" or (by and county):
        raise AppTaken(by)


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
    """Save what an officer has entered, for a new account or an existing one; it waits for another officer.

    The copies stay as they are. Raises OneAlready, AppTaken.
    """
    check_app(account.kind, config, is_enabled, account.county)
    County.objects.select_for_update(no_key=True).get(pk=account.county_id)
    if policies.only_one_of(account.county, account.kind).exclude(pk=account.pk).exists():
        raise OneAlready
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
            account.secret = secrets.added(sealed=account.secret, value=secret, row=row)
            account.save(update_fields=["secret"])
    return account


@transaction.atomic
def agree(*, account: CountyAccount, seen_at: datetime | None, by: User, at: datetime) -> None:
    """Give the account, as entered, to all schools.

    `seen_at` is the `asked_at` of the version that the officer agreed to. Raises NotApart if the two officers
    are one person, Changed if it was changed or answered in the meantime, SecretUnreadable if no key opens
    its secret any more, and AppTaken. On an error the copies keep their settings.
    """
    with pghistory.context(user=by.pk):
        account = CountyAccount.objects.select_for_update().get(pk=account.pk)
        if not account.waits or account.asked_at != seen_at:
            raise Changed
        check_second(by=by, asked_by=account.asked_by, named=set(), at=at)
        check_app(account.kind, account.config, account.is_enabled, account.county)
        account.agreed_by, account.agreed_at, account.in_force = by, at, account.is_enabled
        account.save()
        _make_copies(account)
        copies = list(account.copies.filter(school__county=F("of_county__county")))
        _write(copies, _as_written(account))
        end_rest([copy.pk for copy in copies])
        use_copies(_schools_with(account))
        if not account.in_force:
            _call_off_tests(account, at)


@transaction.atomic
def end_account(*, account: CountyAccount, by: User, at: datetime) -> None:
    """End an account at once, by any officer: this only stops it.

    The copies stay, so that messages sent over them can be settled.
    """
    with pghistory.context(user=by.pk):
        CountyAccount.objects.filter(pk=account.pk).update(
            in_force=False, is_enabled=False, ended_at=at
        )
        use_copies(_schools_with(account))
        _call_off_tests(account, at)


def _call_off_tests(account: CountyAccount, at: datetime) -> None:
    """Cancel tests that still wait: a test goes over its account even while that is switched off."""
    tests = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.TEST, account__in=account.copies.values("pk")
    )
    call_off_rows(tests, "no_longer_due", at)


@transaction.atomic
def leave_out(
    *, account: CountyAccount, school: School, is_out: bool, by: User, at: datetime
) -> None:
    """Record that a school does not use the county's account, or uses it again."""
    with pghistory.context(user=by.pk):
        said = {"is_out": is_out, "by": by, "at": at}
        LeftOut.objects.update_or_create(account=account, school=school, defaults=said)
        use_copies([school.pk])


def renew_hook(*, account: CountyAccount, by: User) -> None:
    """Give the account a new address for the provider's reports. The old one stops working."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        CountyAccount.objects.filter(pk=account.pk).update(hook_key=uuid4())


def end_rest(accounts: Collection[int]) -> None:
    """End the rest: after a change people want to see right away whether the provider answers."""
    ProviderHealth.objects.filter(account__in=accounts).update(
        open_until=None, probing_until=None, failures_in_row=0, trips=0
    )


def _schools_with(account: CountyAccount) -> list[int]:
    return list(account.copies.values_list("school_id", flat=True))


@dataclass(frozen=True)
class Settings:
    """The settings that all copies of an account share."""

    name: str
    config: dict[str, Any]
    secret: dict[str, str]


def _as_written(account: CountyAccount) -> Settings:
    secret = secrets.unseal(sealed=account.secret, row=secrets.row_of_county(account))
    return Settings(account.name, account.config | {"county_account": account.pk}, secret)


def _in_force(account: CountyAccount) -> Settings | None:
    """Return the settings last agreed to, as a copy in the county holds them; None if nobody knows them any
    more.
    """
    copy = account.copies.filter(school__county=account.county_id).order_by("pk").first()
    if copy is None:
        return None if account.agreed_by_id is None else _as_written(account)
    secret = secrets.unseal(sealed=copy.secret, row=secrets.row_of(copy))
    return Settings(copy.name, copy.config, secret)


def _write(copies: list[ChannelAccount], given: Settings) -> None:
    for copy in copies:
        copy.name, copy.config = given.name, given.config
        row = secrets.row_of(copy)
        copy.secret = secrets.seal(value=given.secret, row=row) if given.secret else None
    ChannelAccount.objects.bulk_update(copies, ["name", "config", "secret"], batch_size=200)


def _make_copies(account: CountyAccount) -> list[ChannelAccount]:
    """Create copies for schools that have none, not in use and empty until they are written.

    The account must be locked.
    """
    return ChannelAccount.objects.bulk_create(
        ChannelAccount(
            school=school,
            of_county=account,
            kind=account.kind,
            priority=AFTER_OWN,
            is_enabled=False,
        )
        for school in schools_without_copy(account)
    )


@transaction.atomic
def use_copies(schools: Collection[int]) -> None:
    """Switch the copies of these schools on or off by the rule in `copies_to_use`.

    A message that went over a copy that is off now is still looked up and reported over it.
    """
    _switch_copies(schools)
    _mark_ways(schools)


def _switch_copies(schools: Collection[int]) -> set[int]:
    """Switch copies on or off, and return the schools at which one was switched."""
    changed: set[int] = set()
    for means in GIVEN:
        used = copies_to_use(schools, means).values("pk")
        mine = copies_of(schools, means)
        wrongly_off = mine.filter(is_enabled=False, pk__in=used)
        wrongly_on = mine.filter(is_enabled=True).exclude(pk__in=used)
        for wrong, on in ((wrongly_off, True), (wrongly_on, False)):
            found = dict(wrong.values_list("pk", "school"))
            ChannelAccount.objects.filter(pk__in=found).update(is_enabled=on)
            changed.update(found.values())
    return changed


def _mark_ways(schools: Collection[int]) -> None:
    """Mark WeChat and WeCom contact points that belong to another AppID or CorpID than the school has now.

    They lead nowhere until the adult links again. Contact points of the school's own app count again.
    """
    held: dict[tuple[str, int], set[str]] = defaultdict(set)
    for account in ChannelAccount.objects.filter(
        school__in=schools, is_enabled=True, kind__in=(ChannelKind.WECHAT, ChannelKind.WECOM)
    ):
        channel = CHANNELS[account.kind]
        issuer = account.config.get(getattr(channel, "ISSUER", "")) or ""
        held[channel.MEANS, account.school_id].add(issuer)
    alike: dict[tuple[str, frozenset[str]], list[int]] = defaultdict(list)
    for (means, school), known in held.items():
        alike[means, frozenset(known)].append(school)
    for (means, issuers), at_schools in alike.items():
        points = ContactPoint.objects.filter(school__in=at_schools, kind=means).exclude(issuer="")
        points.exclude(issuer__in=issuers).filter(failing_since=None).update(
            failing_since=clock.now(), failing_cause=OTHER_ACCOUNT
        )
        points.filter(issuer__in=issuers, failing_cause=OTHER_ACCOUNT).update(
            failing_since=None, failing_cause=""
        )


def share_out() -> int:
    """Make copies for schools that were founded or moved since, and return for how many accounts.

    It is safe to run twice, and also corrects anything that an officer's act missed. The schools get what is
    in force, whatever is waiting for agreement.
    """
    in_force = CountyAccount.objects.filter(in_force=True)
    behind = [account.pk for account in in_force if schools_without_copy(account).exists()]
    done = sum(_bring_along(pk) for pk in behind)
    with transaction.atomic():
        _mark_ways(_switch_copies(list(School.objects.values_list("pk", flat=True))))
    return done


@transaction.atomic
def _bring_along(pk: int) -> bool:
    account = CountyAccount.objects.select_for_update().get(pk=pk)
    try:
        given = _in_force(account) if account.in_force else None
    except secrets.SecretUnreadable:
        log.exception("county_secret_unreadable", county_account=pk)
        return False
    if given is not None:
        _write(_make_copies(account), given)
    return given is not None

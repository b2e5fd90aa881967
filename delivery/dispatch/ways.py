"""Finds the ways to a recipient that are open now, by the order of their addresses, then by the school's
order of accounts.

An account whose provider rests (ProviderHealth) is skipped while another one reaches the same address.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from core.prepared import prepared
from delivery.channels import secrets
from delivery.channels.base import Account
from delivery.channels.models import FOR_TRYING_OUT
from delivery.channels.registry import CHANNELS
from delivery.models import ChannelAccount, ChannelKind, ProviderHealth, VoiceCall

STAFF_MEANS = ("phone", "email")
OWN_ACCOUNT = (
    "code",
    "account",
)  # about the recipient's own account: sent to the one address in the payload
CALL, RING = (
    "call",
    "ring",
)  # what a channel that calls reaches; the key in an alert's payload that asks for a call
QUESTIONS = ("check_in", "at_home")
GROUP = "group"  # a chat group of staff, where an alert goes if its person has no other way


@dataclass(frozen=True)
class Way:
    """One way to the recipient: a channel, an account and an address."""

    kind: str
    address: str
    account: Account
    contact_point_id: int | None = None
    is_failing: bool = False
    name: str = ""  # "phone" or "email" of a member of staff, if there is no contact point
    is_on_trial: bool = False  # the provider rested; one message shows whether it works again
    is_troubled: bool = False  # its last request, or several, failed

    @property
    def mark(self) -> int | str:
        """Return the name of this address in a message's `refused`."""
        return self.contact_point_id or self.name or "address"


@dataclass(frozen=True)
class Ways:
    """The ways to a recipient.

    `open_at`: when the first way opens, if all rest now. `has_address`: whether there is any address.
    """

    ways: tuple[Way, ...] = ()
    has_address: bool = False
    open_at: datetime | None = None


Accounts = dict[int, list[ChannelAccount]]


def accounts_of(school_ids: Iterable[int]) -> Accounts:
    """Return each school's accounts in order, with their health, in one query."""
    accounts: Accounts = defaultdict(list)
    for account in _accounts(school_ids=school_ids):
        accounts[account.school_id].append(account)
    return accounts


@prepared
def _accounts(*, school_ids) -> QuerySet[ChannelAccount]:
    """Query accounts, with `has_habits`: whether families may be used to the keys of its weekly question.

    A county's account that is off has such habits only if it has placed such a call: many schools used their
    own account all along.
    """
    asked = VoiceCall.objects.filter(account=OuterRef("pk"), kind="check_in")
    is_idle = Q(is_enabled=False, of_county__isnull=False)
    has_habits = Case(When(is_idle, then=Exists(asked)), default=Value(True))
    rows = ChannelAccount.objects.filter(school_id__in=school_ids).select_related("health")
    return rows.annotate(has_habits=has_habits).order_by("priority", "pk")


def ways_of(
    row: dict[str, Any],
    payload: dict,
    accounts: Accounts,
    points: dict[int, list[tuple]],
    at: datetime,
) -> Ways:
    """Return the ways, best first. `points`: (pk, kind, address, failing, by call, agreed key, issuer)."""
    refused = set(payload.get("refused", []))  # accounts and addresses, left out
    if row["kind"] == "test":
        # Over exactly the account under test, whatever its health or switch says.
        tested = by_pk(accounts.get(row["school_id"], []), row["account_id"])
        if refused or tested is None or tested.kind not in CHANNELS:
            return Ways(has_address=True)
        way = Way(tested.kind, row["address"], opened(tested), name="test")
        return Ways((way,), has_address=True)
    mine = accounts.get(row["school_id"], [])
    callers = taking(mine, CALL, row["kind"])
    has_caller = any(one.is_enabled and reaches(one.kind, CALL) for one in mine)
    is_demo_phone = row["is_demo"] and not has_caller
    can_call = is_demo_phone or any(f"account:{one.pk}" not in refused for one in callers)
    needs_key = row["kind"] == "check_in" and any(_is_one_menu(one) for one in callers)
    known = _addresses(row, payload, points, can_call=can_call, needs_key=needs_key)
    ways, rests = [], []
    for pk, means, address, failing_since, issuer in known:
        if (pk or means) in refused:
            continue
        for account, health in _accounts_for(means, row, payload, accounts, refused, at):
            if not is_known_there(issuer, account.kind, account.config):
                continue
            rests_until = open_until(health, at)
            if rests_until is not None and rests_until > at:
                rests.append(rests_until)
                continue
            ways.append(
                Way(
                    account.kind,
                    address,
                    account,
                    pk,
                    is_failing=failing_since is not None,
                    name=means,
                    is_on_trial=rests_until is not None,
                    is_troubled=health is not None and health.failures_in_row > 0,
                )
            )
    has_address = any(means != GROUP for _, means, *_ in known)
    return Ways(tuple(ways), has_address, None if ways else min(rests, default=None))


def _addresses(
    row: dict[str, Any],
    payload: dict,
    points: dict[int, list[tuple]],
    *,
    can_call: bool,
    needs_key: bool,
) -> list[tuple]:
    """Return (pk, what reaches it, address, failing, issuer) for each address."""
    if row["adult_id"] is None:
        if payload.get(RING):  # an alert by phone call, in addition to the one in writing
            return [(None, CALL, row["phone"], None, "")] if row["phone"] else []
        if row["kind"] in OWN_ACCOUNT:
            return [(None, payload["means"], payload["address"], None, "")]
        by = payload.get("by", STAFF_MEANS)
        own = [
            (None, means, row[means], None, "")
            for means in STAFF_MEANS
            if means in by and row[means]
        ]
        return [*own, (None, GROUP, "", None, "")] if row["kind"] == "concern" else own
    if row["kind"] == "account":
        return [(None, payload["means"], payload["address"], None, "")]
    # rung whatever their usual way is: a neighbour, or a parent who has agreed to be rung
    if payload.get(RING):
        return [
            (pk, CALL, address, failing_since, "")
            for pk, means, address, failing_since, *_how in points.get(row["adult_id"], [])
            if means == "phone"
        ]
    # A question rings if that is the adult's way; any other message is written to the same number. In a
    # one-step menu the agreed key answers, so a family without one is not asked that way.
    rings = can_call and row["kind"] in QUESTIONS
    mine = [
        (
            pk,
            CALL if by_call and rings and (key or not needs_key) else means,
            address,
            failing,
            issuer,
        )
        for pk, means, address, failing, by_call, key, issuer in points.get(row["adult_id"], [])
    ]
    if row["kind"] == "code":  # a code proves one address and is sent nowhere else
        if payload.get("is_new_address"):  # not on anybody's record yet
            return [(None, "phone", payload["address"], None, "")]
        return [point for point in mine if point[2] == payload["address"]]
    return sorted(mine, key=lambda point: point[0] != row["contact_point_id"])


def _accounts_for(
    means: str,
    row: dict[str, Any],
    payload: dict,
    accounts: Accounts,
    refused: set,
    at: datetime,
) -> Iterable[tuple[Account, ProviderHealth | None]]:
    """Yield the school's accounts that reach `means`, those not yet tried in this round first.

    A demo school gets the demo phone for every channel that it has not set up.
    """
    if row["adult_id"] is None and row["kind"] in OWN_ACCOUNT:
        yield from ((account, None) for account in _server_accounts(means, row, refused))
        if row["kind"] == "code":
            return  # over a school's account its administrator could read the code
    own = accounts.get(row["school_id"], [])
    fitting = [one for one in own if reaches(one.kind, means)]
    finishing = [one for one in fitting if not one.is_enabled and _finishes(one, row, payload)]
    mine = [one for one in fitting if one.is_enabled] + finishing
    # Without accounts that refused this message. After an unsure answer, only the account that gave it.
    only = payload.get("only")
    allowed = [
        account
        for account in [*taking(own, means, row["kind"]), *finishing]
        if f"account:{account.pk}" not in refused and only in (None, account.pk)
    ]
    # An alert goes over the installation's own mail server if it could go nowhere else or, if it was surely
    # not sent over an account that rests, would be late.
    is_alert_by_mail = row["kind"] == "concern" and means == "email"
    is_last_resort = is_alert_by_mail and "account:None" not in refused
    is_sure = only is None and not payload.get("unsure")
    rests = [open_until(getattr(account, "health", None), at) for account in allowed]
    waits = is_sure and all(until is not None and until > at for until in rests)
    tried = payload.get("tried", [])
    for account in sorted(allowed, key=lambda account: account.pk in tried):
        yield opened(account), getattr(account, "health", None)
    if not mine and row["is_demo"] and means in STAFF_MEANS:
        yield Account(ChannelKind.DEMO_PHONE), None
    elif not mine and row["is_demo"] and means == CALL:
        yield Account(ChannelKind.DEMO_CALL), None
    elif is_last_resort and (waits or not allowed):
        yield Account(ChannelKind.EMAIL), None


def is_known_there(issuer: str, kind: str, config: dict[str, Any]) -> bool:
    """Return whether an address from `issuer` identifies its person over this account, too.

    For an address linked before issuers were recorded, WeChat itself tells us by refusing it. WeCom's numbers
    are short and repeat from one enterprise to the next, so such a number goes only over the school's own
    account.
    """
    setting = getattr(CHANNELS[kind], "ISSUER", "")
    if not setting:
        return True
    if not issuer:
        return kind == ChannelKind.WECHAT or "county_account" not in config
    return issuer == config.get(setting)


def _finishes(account: ChannelAccount, row: dict[str, Any], payload: dict) -> bool:
    """Return whether the county's account still has to say what happened to this message.

    The school no longer uses that account, and nobody there can switch it on to ask it.
    """
    is_last = account.of_county_id is not None and account.pk == row["account_id"]
    return is_last and bool(payload.get("unsure") or payload.get("only"))


def _server_accounts(means: str, row: dict[str, Any], refused: set) -> Iterable[Account]:
    """Yield the server's own mail and SMS accounts, which no school's administrator sets up.

    For a demo account, the demo phone replaces both.
    """
    if row["is_demo"]:
        yield Account(ChannelKind.DEMO_PHONE)
    elif means == "email" and "account:None" not in refused:
        yield Account(ChannelKind.EMAIL)
    elif means == "phone" and settings.STAFF_SMS and "account:None" not in refused:
        yield _staff_sms()


def _staff_sms() -> Account:
    sms = settings.STAFF_SMS
    return Account(sms["kind"], sms.get("config", {}), sms.get("secret", {}))


def taking(accounts: Iterable[Any], means: str, kind: str) -> list[ChannelAccount]:
    """Return the accounts that are switched on, reach `means` and have texts for this kind.

    If a school has an account that asks the weekly question in two steps, even if it is switched off now, no
    account asks it in one step: the key that opens the question on the one account would answer it on the
    other, and people keep their habits (`_accounts`).
    """
    found = [one for one in accounts if reaches(one.kind, means) and takes(one, kind)]
    in_steps = [one for one in found if not _is_one_menu(one) and one.has_habits]
    found = in_steps if kind == "check_in" and in_steps else found
    return [one for one in found if one.is_enabled]


def _is_one_menu(account: ChannelAccount) -> bool:
    return getattr(CHANNELS[account.kind], "ONE_MENU", False)


def takes(account: ChannelAccount, kind: str) -> bool:
    """Return whether the channel has texts for this kind of message; most take any kind."""
    of = getattr(CHANNELS[account.kind], "takes", None)
    return of is None or of(kind, account.config)


def reaches(kind: str, means: str) -> bool:
    channel = CHANNELS.get(kind)
    is_there = kind not in FOR_TRYING_OUT or settings.TEST_PHONE
    return channel is not None and means == channel.MEANS and is_there


def open_until(health: ProviderHealth | None, at: datetime) -> datetime | None:
    """Return until when the provider rests. A past time: one message may try it. None: it works."""
    if health is None or health.open_until is None:
        return None
    probing = health.probing_until
    return probing if probing is not None and probing > at else health.open_until


def by_pk(accounts: Sequence[ChannelAccount], pk: int | None) -> ChannelAccount | None:
    return next((account for account in accounts if account.pk == pk), None)


def used_way(row: dict[str, Any], accounts: Accounts) -> Way | None:
    """Return the way of the last request, for a look-up; None if there was no request or its
    account is gone.
    """
    if not row["channel"]:
        return None
    known = by_pk(accounts.get(row["school_id"], []), row["account_id"])
    account = opened(known) if known else Account(row["channel"])
    if not known and settings.STAFF_SMS.get("kind") == row["channel"]:
        account = _staff_sms()
    return Way(row["channel"], row["address"], account, row["used_point_id"])


def opened(account: ChannelAccount) -> Account:
    """Return the account with its secrets decrypted, cached in the process by ciphertext."""
    sealed = bytes(account.secret or b"")
    secret = _unsealed(sealed, secrets.row_of(account))
    return Account(
        account.kind, account.config, secret or {}, is_readable=secret is not None, pk=account.pk
    )


@lru_cache(maxsize=256)
def _unsealed(sealed: bytes, row: str) -> dict[str, str] | None:
    try:
        return secrets.unseal(sealed=sealed, row=row)
    except secrets.SecretUnreadable:
        return None

"""Reports from providers: stored as they arrive, then applied to the message's state, forward only.

A report may arrive twice, late, before our own record of the sending, or about something unknown.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import isfinite
from typing import Any
from uuid import UUID

import pgtrigger
import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core.requests import without_unkept
from delivery.channels.base import Failure, Message, Report, TemporaryFailure
from delivery.channels.carriers import ABOUT_ADDRESS
from delivery.channels.registry import CHANNELS
from delivery.dispatch import gates, heard
from delivery.dispatch.claims import call_off_rows
from delivery.dispatch.ways import CALL, RING, open_until, opened
from delivery.kinds import Press, kind_of, tell_failed
from delivery.models import (
    Attempt,
    ChannelAccount,
    DeliveryReceipt,
    OutboxMessage,
    Settlement,
    VoiceCall,
)
from delivery.voice.rules import KEY, PERHAPS, Event, event_of
from guardians.actions import note_delivery

log = structlog.get_logger(__name__)

# We record a chunk of messages together, at the latest when its lease ends. Until then a report may name a
# message by a number that we have not stored yet.
WAITS_HOURS = 1  # hours for which a report that matches nothing is tried again
SETTLED_AT_ONCE = 500
STRANGERS_DAYS = 7  # days; long enough to investigate a report that should have matched
ASK_AFTER_MINUTES = 5  # minutes; most networks report within seconds, by webhook
ASK_DAYS = 3  # days; networks give up on a message after one to three
ASKED_AT_ONCE = 20  # messages of one account; then it is the next account's turn
ASKED_IN_A_RUN = 200  # messages of one account
TASK_SECONDS = 60.0  # for one run; a provider may take ten for each message

CALLS = [kind for kind, channel in CHANNELS.items() if channel.MEANS == CALL]
State = OutboxMessage.State
Verdict = DeliveryReceipt.Verdict
# Kinds that no ladder tries again: they get a successor over another way.
WITH_SUCCESSOR = ("concern", "notice", "invite", "link")
SUCCESSORS_AT_MOST = 3


def take_reports(
    *, account: ChannelAccount, reports: Iterable[Report], at: datetime, is_proof: bool = True
) -> int:
    """Store and settle new reports, and return how many were new.

    A report that is no proof changes no message: the next `ask_for_reports` asks the provider.
    """
    rows = [_row(account, report, at, is_proof) for report in reports]
    digests = [row.digest for row in rows]
    DeliveryReceipt.objects.bulk_create(rows, ignore_conflicts=True)
    mine = DeliveryReceipt.objects.filter(account=account, digest__in=digests, settled_at=None)
    fresh = list(mine.filter(received_at=at))
    for receipt in fresh if is_proof else ():
        _settle(receipt, at)
    return len(fresh)


def _row(account: ChannelAccount, report: Report, at: datetime, is_proof: bool) -> DeliveryReceipt:
    told = json.dumps(
        [is_proof, report.verdict, report.key, report.reference, report.code, report.raw],
        sort_keys=True,
        ensure_ascii=False,
        default=str,
    )
    try:
        key = UUID(report.key)
    except ValueError:
        key = None
    return DeliveryReceipt(
        school_id=account.school_id,
        account=account,
        digest=hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest(),
        key=key,
        reference=_text(report.reference, 120),
        verdict=report.verdict,
        cause=report.cause,
        code=_text(report.code, 80),
        detail=_text(report.detail, 300),
        raw=_clean(dict(report.raw)),
        received_at=at,
        is_proof=is_proof,
    )


def _text(value: str, most: int) -> str:
    """Clean and cut a value: a provider may report anything."""
    return without_unkept(value)[:most]


def _clean(value: Any) -> Any:
    """Return `value` without anything that PostgreSQL's JSON does not accept."""
    if isinstance(value, Mapping):
        return {without_unkept(str(name)): _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    if isinstance(value, bool | int | None):
        return value
    return value if isinstance(value, float) and isfinite(value) else without_unkept(str(value))


def settle_unmatched(at: datetime) -> int:
    """Settle reports that matched no message when they arrived, and return how many match now."""
    waiting = DeliveryReceipt.objects.filter(
        settled_at=None, is_proof=True, received_at__gt=at - timedelta(hours=WAITS_HOURS)
    )
    return sum(_settle(receipt, at) for receipt in waiting[:SETTLED_AT_ONCE])


def delete_unmatched(at: datetime) -> int:
    """Delete reports that match no message.

    Other programs may share the account, and we must not keep their numbers.
    """
    strangers = DeliveryReceipt.objects.filter(
        settled_at=None, received_at__lt=at - timedelta(days=STRANGERS_DAYS)
    )
    with transaction.atomic(), pgtrigger.ignore("delivery.DeliveryReceipt:never_deleted"):
        return strangers.delete()[0]


@transaction.atomic
def _settle(receipt: DeliveryReceipt, at: datetime) -> bool:
    named = _messages_named_by(receipt).select_for_update().first()
    message = named or _asks_for_help(receipt)
    if message is None:
        return False
    if named is None:
        receipt.reference = ""  # not stored as the call's: no further report counts by it
    event = event_of(receipt.raw) if message.channel in CALLS else None
    if not settle_by(message, receipt, event, at):
        return False
    DeliveryReceipt.objects.filter(pk=receipt.pk).update(message=message, settled_at=at)
    return True


def settle_by(
    message: OutboxMessage, receipt: DeliveryReceipt, event: Event | None, at: datetime
) -> bool:
    """Apply a report to a locked message, and an `event` if the report is one of a call.

    Return False if the report has to wait. Call it in a transaction.
    """
    is_open = message.state in (State.DUE, State.CLAIMED, State.RETRY)
    if is_open and receipt.verdict == Verdict.FAILED:
        # a failure that arrives before our own record of the sending waits for that record
        return False
    if receipt.verdict == Verdict.DELIVERED and message.state != State.DELIVERED:
        # It arrived, whatever we knew before. A message that is waiting for another try is not sent again.
        OutboxMessage.objects.filter(pk=message.pk).update(
            state=State.DELIVERED,
            cause="",
            lease_owner=None,
            lease_until=None,
            finished_at=at,
            provider_reference=message.provider_reference or receipt.reference,
        )
        # Nor is what was to say the same once more: after a failure, or because a person missed it.
        again = Settlement.objects.filter(message=message, undone_at=None).values("again")
        repeats = Q(pk__in=again) | Q(dedupe_key=_key_of_successor(message))
        call_off_rows(OutboxMessage.objects.filter(repeats), "no_longer_due", at)
        if message.contact_point_id and message.account_id == receipt.account_id:
            note_delivery(
                contact_point_id=message.contact_point_id,
                address=message.address,
                worked=True,
                at=at,
            )
    elif receipt.verdict == Verdict.FAILED:
        _note_failed(message, receipt, at)
    if event is not None:
        heard.note(message, event, at)
    return True


def _messages_named_by(receipt: DeliveryReceipt) -> QuerySet[OutboxMessage]:
    """Return the message that a report names, at this school only.

    A key or number of another school's account changes nothing here. By our key, only messages that went over
    this account match: no other account can say that they arrived.
    """
    known = OutboxMessage.objects.filter(school_id=receipt.school_id)
    mine = Q(account_id=receipt.account_id)
    if receipt.key:
        tried = Attempt.objects.filter(message=OuterRef("pk"), account_id=receipt.account_id)
        return known.filter(mine | Exists(tried), idempotency_key=receipt.key)
    if receipt.reference:
        return known.filter(mine, provider_reference=receipt.reference)
    return known.none()


def _asks_for_help(receipt: DeliveryReceipt) -> OutboxMessage | None:
    """Return the message whose call a key for help may belong to, if the answer that would have named it was
    lost.

    No other key is matched this way. While the answer may still arrive, the report waits.
    """
    event, perhaps = event_of(receipt.raw), receipt.raw.get(PERHAPS)
    if event is None or event.kind != KEY or not perhaps:
        return None
    calls = VoiceCall.objects.filter(account=receipt.account_id, idempotency_key__in=perhaps)
    step_of = dict(calls.values_list("idempotency_key", "step"))
    lost = OutboxMessage.objects.filter(
        school_id=receipt.school_id,
        account_id=receipt.account_id,
        idempotency_key__in=step_of,
        state=State.UNKNOWN,
    )
    for message in lost.select_for_update().order_by("-pk"):
        call = str(message.idempotency_key)
        press = Press(step_of[message.idempotency_key], event.digit, call)
        if kind_of(message.kind).is_help(press):
            return message
    return None


def _note_failed(message: OutboxMessage, receipt: DeliveryReceipt, at: datetime) -> None:
    """Record a failure, but only of the last request.

    A late report from an earlier account does not undo a later success.
    """
    is_last = message.account_id == receipt.account_id
    if message.state not in (State.ACCEPTED, State.UNKNOWN) or not is_last:
        return
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=State.FAILED, cause=receipt.cause, finished_at=at
    )
    is_about_address = receipt.cause in ABOUT_ADDRESS
    if message.contact_point_id and is_about_address:
        note_delivery(
            contact_point_id=message.contact_point_id,
            address=message.address,
            worked=False,
            at=at,
            cause=receipt.cause,
        )
    tell_failed([(message.kind, message.about_id)], at)
    if message.kind not in WITH_SUCCESSOR or message.payload.get(RING):
        return
    turn = _next_turn(message)
    if turn > SUCCESSORS_AT_MOST or at >= message.expires_at:
        return
    # The same text by another way. It is a row of its own, so that no state ever goes back.
    way = message.contact_point_id or CHANNELS[message.channel].MEANS
    mark = way if is_about_address else f"account:{message.account_id}"
    refused = [*message.payload.get("refused", []), mark]
    successor = OutboxMessage(
        school_id=message.school_id,
        dedupe_key=_key_of_successor(message),
        kind=message.kind,
        adult_id=message.adult_id,
        user_id=message.user_id,
        about_id=message.about_id,
        step=message.step,
        payload=message.payload | {"turn": turn, "refused": refused},
        due_at=at,
        expires_at=message.expires_at,
    )
    OutboxMessage.objects.bulk_create([successor], ignore_conflicts=True)


def _next_turn(message: OutboxMessage) -> int:
    return message.payload.get("turn", 1) + 1


def _key_of_successor(message: OutboxMessage) -> str:
    return f"{message.dedupe_key.split('~')[0][:90]}~{_next_turn(message)}"


def ask_for_reports(at: datetime) -> int:
    """Ask providers about messages that they have not reported on, each time after twice as long.

    Return how many reports came. Accounts take turns in random order, so a slow one hardly delays the others.
    """
    kinds = [kind for kind, channel in CHANNELS.items() if hasattr(channel, "poll")]
    # A copy that is off, because the school now has an account of its own, still knows the messages sent over
    # it.
    is_asked = Q(is_enabled=True) | Q(of_county__isnull=False)
    accounts = ChannelAccount.objects.filter(is_asked, kind__in=kinds)
    until, reported = time.monotonic() + TASK_SECONDS, 0
    left = []
    for account in accounts.select_related("health").order_by("?"):
        can_be_asked = getattr(CHANNELS[account.kind], "can_be_asked", None)
        if can_be_asked is None or can_be_asked(account.config):
            left.append(account)
    for _ in range(ASKED_IN_A_RUN // ASKED_AT_ONCE):
        for account in list(left):
            if time.monotonic() > until:
                return reported
            taken = _ask(account, at)
            reported += taken or 0
            if taken is None:
                left.remove(account)
    return reported


def _ask(account: ChannelAccount, at: datetime) -> int | None:
    """Ask the account's provider once and return how many reports came.

    None if there is nothing more to ask in this run.
    """
    rests_until = open_until(getattr(account, "health", None), at)
    if (rests_until is not None and rests_until > at) or gates.is_closed(account.pk):
        return None
    rows = _named_by_unsigned_reports(account, at)
    rows += _unreported(account, at)[: ASKED_AT_ONCE - len(rows)]
    # Written before the requests, so that two runs at once ask about different messages.
    OutboxMessage.objects.filter(pk__in=[row.pk for row in rows]).update(reports_asked_at=at)
    if not rows:
        return None
    try:
        messages = [
            Message(
                key=str(row.idempotency_key),
                address=row.address,
                text="",
                school_id=row.school_id,
                sent_at=row.sending_at or row.finished_at,
                reference=row.provider_reference,
            )
            for row in rows
        ]
        reports = CHANNELS[account.kind].poll(messages, opened(account))
    except TemporaryFailure as failure:
        gates.close(account.pk, failure.retry_after)
        log.warning("reports_not_asked", account_id=account.pk, cause=failure.cause)
    except Failure as failure:
        log.warning("reports_not_asked", account_id=account.pk, cause=failure.cause)
    except Exception:
        log.exception("reports_not_asked", account_id=account.pk)
    else:
        return take_reports(account=account, reports=reports, at=at)
    return None


def _named_by_unsigned_reports(account: ChannelAccount, at: datetime) -> list[OutboxMessage]:
    """Return messages that an unsigned report names, and settle the report: it is a reason to ask once.

    If the provider does not know yet, `_unreported` keeps to its own schedule.
    """
    hints = DeliveryReceipt.objects.filter(
        account=account,
        is_proof=False,
        settled_at=None,
        received_at__gt=at - timedelta(hours=WAITS_HOURS),
    )
    rows: dict[int, OutboxMessage] = {}
    for hint in hints[:ASKED_AT_ONCE]:
        row = _messages_named_by(hint).exclude(address="").first()
        if row is not None:
            DeliveryReceipt.objects.filter(pk=hint.pk).update(message=row, settled_at=at)
            if row.state != State.DELIVERED:
                rows[row.pk] = row
    return list(rows.values())


def _unreported(account: ChannelAccount, at: datetime):
    newest, oldest = at - timedelta(minutes=ASK_AFTER_MINUTES), at - timedelta(days=ASK_DAYS)
    again = Q(reports_asked_at__lt=at - (F("reports_asked_at") - F("finished_at")))
    rows = OutboxMessage.objects.filter(
        school_id=account.school_id,
        account=account,
        state__in=[State.ACCEPTED, State.UNKNOWN],
        due_at__gt=oldest - timedelta(days=1),
        finished_at__range=(oldest, newest),
    )
    rows = rows.filter(Q(reports_asked_at=None) | again)
    return rows.order_by(F("reports_asked_at").asc(nulls_first=True), "pk")

"""Records the outcomes of attempts, in one transaction, guarded by the lease."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F
from psycopg2.extras import execute_values

from core.database import is_away, once_back
from core.prepared import PreparedSQL
from delivery import rules
from delivery.channels.base import (
    AfterLostReply,
    Failure,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)
from delivery.dispatch.facts import Row
from delivery.dispatch.ways import Way
from delivery.kinds import tell_failed
from delivery.models import Attempt, OutboxMessage
from guardians.actions import note_delivery

log = structlog.get_logger(__name__)

# Seconds. PostgreSQL recovers from a crash within seconds, or within minutes after many writes; a task may
# take fifteen minutes. After that, the rescue looks up what it can.
RECORD_WITHIN_SECONDS = 300.0
# Keys of a message's payload: since when we must ask its provider; the only account that may try again.
UNSURE = ("unsure", "only")
Result = Attempt.Result
State = OutboxMessage.State

# An acceptance counts even if another worker now holds the lease; any other outcome needs the lease.
ACCEPT = PreparedSQL("""
UPDATE ONLY delivery_outboxmessage message
SET state = CASE WHEN done.is_delivered THEN 'delivered' ELSE 'accepted' END,
    provider_reference = done.reference, attempt_count = attempt_count + 1, cause = '',
    lease_owner = NULL, lease_until = NULL, finished_at = %(at)s::timestamptz
FROM unnest(%(ids)s::bigint[], %(delivered)s::boolean[], %(references)s::text[])
    AS done (id, is_delivered, reference)
WHERE message.id = done.id
    AND message.state IN ('claimed', 'due', 'retry', 'unknown')
""")
NOTE = PreparedSQL("""
INSERT INTO delivery_attempt (school_id, message_id, channel, account_id, result, cause, detail, at)
SELECT *, %(at)s::timestamptz
FROM unnest(%(schools)s::bigint[], %(messages)s::bigint[], %(channels)s::text[], %(accounts)s::bigint[],
    %(results)s::text[], %(causes)s::text[], %(details)s::text[])
""")
DECIDE = """
UPDATE ONLY delivery_outboxmessage message
SET state = done.state, cause = done.cause, due_at = coalesce(done.due_at, message.due_at),
    lease_owner = NULL, lease_until = NULL, sending_at = NULL,
    finished_at = CASE WHEN done.state IN ('due', 'retry') THEN NULL ELSE done.at END
FROM (VALUES %s) AS done (id, owner, state, cause, due_at, at)
WHERE message.id = done.id AND message.lease_owner = done.owner AND message.state = 'claimed'
RETURNING message.id
"""
STATE_OF = {
    rules.Verdict.WAIT: State.DUE,
    rules.Verdict.HOLD: State.DUE,
    rules.Verdict.SUPPRESS: State.SUPPRESSED,
    rules.Verdict.EXPIRE: State.EXPIRED,
    rules.Verdict.FAIL: State.FAILED,
}


@dataclass(frozen=True)
class Outcome:
    """The outcome of one attempt. `result` None: not begun, because time was running out or the process was
    ending.
    """

    row: Row
    way: Way
    result: str | None
    receipt: Receipt | None = None
    cause: str = ""
    detail: str = ""
    failure: Failure | None = None
    after_lost_reply: AfterLostReply = AfterLostReply.ASK_A_PERSON
    is_look_up: bool = False  # a look-up of an earlier request; nothing was sent this time


def record_decisions(
    owner: UUID, decided: Sequence[tuple[Row, rules.Decision]], at: datetime
) -> None:
    """Record claimed rows that are not sent now: put off, held, too late, or never to be sent."""
    if not decided:
        return
    values = []
    for row, one in decided:
        state, cause = STATE_OF[one.verdict], one.cause
        is_given_up = one.verdict in (rules.Verdict.EXPIRE, rules.Verdict.FAIL)
        if is_given_up and may_have_arrived(row.payload):
            # It may have arrived, so never call it too late or impossible to send.
            state, cause = State.UNKNOWN, row.cause
        values.append((row.id, owner, state, cause, one.due_at, at))
    template = "(%s, %s::uuid, %s, %s, %s::timestamptz, %s::timestamptz)"
    with transaction.atomic(), connection.cursor() as cursor:
        done = execute_values(cursor, DECIDE, values, template, len(values), fetch=True)
        changed = {pk for (pk,) in done}
        unasked = [
            (row.kind, row.about_id)
            for row, one in decided
            if row.id in changed
            and one.cause not in rules.SCHOOLS_TROUBLE
            and (one.verdict == rules.Verdict.FAIL or one.cause == "own_pause")
        ]
        tell_failed(unasked, at)


def may_have_arrived(payload: dict) -> bool:
    """Return whether an earlier try got an answer that proves nothing, and nothing has settled it since."""
    return any(payload.get(mark) for mark in UNSURE)


def record(owner: UUID, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Write the attempts and states of one chunk."""
    tried = [outcome for outcome in outcomes if outcome.result is not None]
    if not tried:
        return
    accepted = [outcome for outcome in tried if outcome.result == Result.ACCEPTED]
    with transaction.atomic(), connection.cursor() as cursor:
        if accepted:
            receipts = [(one.row.id, one.receipt) for one in accepted if one.receipt]
            values = {
                "at": at,
                "ids": [pk for pk, _receipt in receipts],
                "delivered": [receipt.is_delivered for _pk, receipt in receipts],
                "references": [_text(receipt.reference, 120) for _pk, receipt in receipts],
            }
            ACCEPT.execute(cursor, values)
        for one in accepted:
            news = one.way.is_failing or (one.receipt and one.receipt.is_delivered)
            if one.way.contact_point_id and news:
                note_delivery(
                    contact_point_id=one.way.contact_point_id,
                    address=one.way.address,
                    worked=True,
                    at=at,
                )
        for outcome in tried:
            if outcome.result != Result.ACCEPTED:
                _record_failure(owner, outcome, at)
        _note_attempts(cursor, tried, at)


def record_surely(owner: UUID, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Record even if the database is away for a moment: until then only our memory knows the results.

    A process records each message of a batch once, so an attempt at `at` shows that the record was committed.
    If an outcome cannot be written, it is left to the rescue and the others are written one by one.
    """
    try:
        once_back(lambda: record(owner, _unrecorded(outcomes, at), at), RECORD_WITHIN_SECONDS)
    except Exception as error:
        if is_away(error) or connection.in_atomic_block:
            raise
        log.exception("outcomes_not_recorded", message_ids=[one.row.id for one in outcomes])
        for one in outcomes if len(outcomes) > 1 else ():
            record_surely(owner, [one], at)


def _unrecorded(outcomes: Sequence[Outcome], at: datetime) -> Sequence[Outcome]:
    if connection.connection is not None:  # the connection held: this is the first try
        return outcomes
    ids = [one.row.id for one in outcomes]
    known = set(Attempt.objects.filter(message__in=ids, at=at).values_list("message_id", flat=True))
    return [one for one in outcomes if one.row.id not in known]


def _note_attempts(cursor, tried: Sequence[Outcome], at: datetime) -> None:
    values = {
        "at": at,
        "schools": [one.row.school_id for one in tried],
        "messages": [one.row.id for one in tried],
        "channels": [one.way.kind for one in tried],
        "accounts": [one.way.account.pk for one in tried],
        "results": [str(one.result) for one in tried],
        "causes": [one.cause for one in tried],
        "details": [_text(one.detail, 300) for one in tried],
    }
    NOTE.execute(cursor, values)


def _text(value: str, most: int) -> str:
    """Return `value` without NUL, which PostgreSQL's text type does not allow: a provider may answer
    anything.
    """
    return value.replace("\x00", "")[:most]


def _record_failure(owner: UUID, one: Outcome, at: datetime) -> None:
    """Write the state that follows from a failed attempt.

    A row that waits for its look-up stays leased, but to nobody, so that the rescue does not count a dead
    worker.
    """
    claimed = OutboxMessage.objects.filter(pk=one.row.id, lease_owner=owner, state=State.CLAIMED)
    if one.result == Result.UNKNOWN and one.after_lost_reply == AfterLostReply.LOOK_UP:
        claimed.update(lease_owner=None)
        return
    fields = _after_failure(one, at)
    changed = claimed.update(
        attempt_count=one.row.attempt_count + 1,
        cause=one.cause,
        lease_owner=None,
        lease_until=None,
        sending_at=None,
        look_ups=0,
        deaths=F("deaths") if one.is_look_up else 0,  # its worker is alive
        **fields,
    )
    if one.way.contact_point_id and is_about_address(one.failure):
        note_delivery(
            contact_point_id=one.way.contact_point_id,
            address=one.way.address,
            worked=False,
            at=at,
            cause=one.cause,
        )
    if changed and fields["state"] == State.FAILED and one.cause not in rules.SCHOOLS_TROUBLE:
        tell_failed([(one.row.kind, one.row.about_id)], at)


def _after_failure(one: Outcome, at: datetime) -> dict:
    if _is_unsure(one) and one.after_lost_reply == AfterLostReply.ASK_A_PERSON:
        return {"state": State.UNKNOWN, "finished_at": at}
    # After the last request, we still ask a provider that can be asked for its outcome.
    is_asked = _is_unsure(one) and one.after_lost_reply == AfterLostReply.LOOK_UP
    most_tries = rules.MAX_ATTEMPTS + (rules.LAST_LOOK_UPS if is_asked else 0)
    if one.row.attempt_count + 1 >= most_tries:
        is_known = not _is_unsure(one) and not one.row.payload.get("only")
        return {"state": State.FAILED if is_known else State.UNKNOWN, "finished_at": at}
    if one.result == Result.PERMANENT:
        # Due at once: the next look tries another way, or finds none and fails.
        payload = refuse(one.row.payload, one.way, is_about_address(one.failure))
        return {"state": State.RETRY, "due_at": at, "payload": payload}
    # If it was surely not sent: use another account for the same address at once, if one is left in this
    # round. If it may have been sent: ask this provider first; if it cannot be asked, only the same account
    # may try again.
    failure, payload = one.failure, dict(one.row.payload)
    retry_after = failure.retry_after if isinstance(failure, TemporaryFailure) else None
    wait = rules.backoff(one.row.attempt_count + 1, random.random(), retry_after)  # noqa: S311 - spreads load
    payload.pop("unsure", None)
    if not _is_unsure(one):
        payload["tried"] = [*payload.get("tried", []), one.way.account.pk]
        same_address = [way for way in one.row.ways if way.address == one.way.address]
        if any(way.account.pk not in payload["tried"] for way in same_address):
            return {"state": State.RETRY, "due_at": at, "payload": payload}
        payload["tried"] = []
    elif one.after_lost_reply == AfterLostReply.LOOK_UP:
        payload["unsure"] = one.row.payload.get("unsure") or at.isoformat()
    else:
        payload["only"] = one.way.account.pk
    return {"state": State.RETRY, "due_at": at + wait, "payload": payload}


def _is_unsure(one: Outcome) -> bool:
    """Return whether the answer proves neither that the message was taken nor that it was not."""
    failure = one.failure
    is_half = isinstance(failure, TemporaryFailure) and not failure.is_sure
    return one.result == Result.UNKNOWN or is_half


def is_about_address(failure: Failure | None) -> bool:
    return isinstance(failure, PermanentFailure) and failure.is_about_address


def refuse(payload: dict, way: Way, is_about_address: bool) -> dict:
    """Return `payload` with this address, or this account, excluded for the message."""
    mark = way.mark if is_about_address else f"account:{way.account.pk}"
    return payload | {"refused": [*payload.get("refused", []), mark]}

"""After a dead worker: what was not begun is due again, what was begun is looked up or asked about."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import connection

from accounts import clock
from accounts.clock import NOW_SQL
from messaging import rules
from messaging.channels.base import (
    AfterLostReply,
    LostReply,
    Message,
    Receipt,
    TemporaryFailure,
)
from messaging.channels.registry import CHANNELS
from messaging.dispatch.claims import hand_back
from messaging.dispatch.draining import Limits
from messaging.dispatch.facts import Row, read_facts
from messaging.dispatch.outcomes import UNSURE, Outcome, record
from messaging.dispatch.ways import Way
from messaging.models import Attempt, OutboxMessage

BEGUN_AT_ONCE = 100  # rows looked up under one lease

NOT_BEGUN = f"""
UPDATE ONLY messaging_outboxmessage
SET state = CASE WHEN attempt_count > 0 THEN 'retry' ELSE 'due' END,
    lease_owner = NULL, lease_until = NULL
WHERE state = 'claimed' AND lease_until < {NOW_SQL} AND sending_at IS NULL
"""  # noqa: S608 - parts of ours only
BEGUN = f"""
WITH stale AS MATERIALIZED (
    SELECT id FROM ONLY messaging_outboxmessage
    WHERE state = 'claimed' AND lease_until < {NOW_SQL} AND sending_at IS NOT NULL
    ORDER BY lease_until LIMIT {BEGUN_AT_ONCE} FOR UPDATE SKIP LOCKED
)
UPDATE ONLY messaging_outboxmessage
SET lease_owner = %(owner)s, lease_until = {NOW_SQL} + %(lease)s * interval '1 second'
WHERE id IN (SELECT id FROM stale)
RETURNING id
"""  # noqa: S608 - parts of ours only


def rescue(limits: Limits | None = None) -> int:
    """Takes over leases that have ended; returns how many rows. Any number may run at once."""
    limits = limits or Limits()
    with connection.cursor() as cursor:
        cursor.execute(NOT_BEGUN)
        rescued = cursor.rowcount
    owner = uuid4()
    while pks := _take_over(owner, limits):
        _clear_up(owner, pks)
        rescued += len(pks)
        if len(pks) < BEGUN_AT_ONCE:
            break
    return rescued


def _take_over(owner: UUID, limits: Limits) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(BEGUN, {"owner": owner, "lease": limits.lease_seconds})
        return [pk for (pk,) in cursor.fetchall()]


def _clear_up(owner: UUID, pks: list[int]) -> None:
    at = clock.now()
    for row in read_facts(pks, at):
        if row.used is not None:  # always: it was marked as going
            _clear_up_one(owner, row, row.used, at)


def _clear_up_one(owner: UUID, row: Row, way: Way, at: datetime) -> None:
    after = CHANNELS[way.kind].after_lost_reply(way.account)
    if after == AfterLostReply.SEND_AGAIN:
        # The same key again: the provider itself keeps it to one.
        hand_back(owner, [row.id])
    elif after == AfterLostReply.ASK_A_PERSON:
        record(owner, [Outcome(row, way, Attempt.Result.UNKNOWN, cause="worker_died")], at)
    else:
        _look_up(owner, row, way, at)


def _look_up(owner: UUID, row: Row, way: Way, at: datetime) -> None:
    """Found: sent. Not there: one more try, counted. No answer: the lease runs on to the next rescue.
    What cannot be looked up at all is shown to a person, and holds up no other row.
    """
    try:
        found = _found(row, way)
    except (TemporaryFailure, LostReply):
        return
    except Exception as error:
        detail = f"look-up: {error!r}".replace("\x00", "")
        outcome = Outcome(row, way, Attempt.Result.UNKNOWN, cause="worker_died", detail=detail)
        record(owner, [outcome], at)
        return
    if found is not None:
        outcome = Outcome(row, way, Attempt.Result.ACCEPTED, found, detail="look-up")
        record(owner, [outcome], at)
    elif row.attempt_count + 1 >= rules.MAX_ATTEMPTS:
        outcome = Outcome(row, way, Attempt.Result.TEMPORARY, cause="timeout", detail="look-up")
        record(owner, [outcome], at)
    else:
        _try_again(owner, row, way, at)


def _try_again(owner: UUID, row: Row, way: Way, at: datetime) -> None:
    outcome = Outcome(row, way, Attempt.Result.TEMPORARY, cause="worker_died", detail="look-up")
    record(owner, [outcome], at)
    OutboxMessage.objects.filter(pk=row.id, state=OutboxMessage.State.RETRY).update(due_at=at)


def _found(row: Row, way: Way) -> Receipt | None:
    message = Message(
        key=str(row.key),
        address=way.address,
        text="",
        school_id=row.school_id,
        sent_at=row.sending_at,
    )
    return CHANNELS[way.kind].look_up(message, way.account)


def expire_late(at: datetime) -> int:
    """Shows as too late what waited while sending was stopped; returns how many."""
    State = OutboxMessage.State
    waiting = OutboxMessage.objects.filter(state__in=[State.DUE, State.RETRY], expires_at__lte=at)
    unsure = waiting.filter(state=State.RETRY, payload__has_any_keys=UNSURE)
    asked = unsure.update(state=State.UNKNOWN, finished_at=at)
    return asked + waiting.update(state=State.EXPIRED, cause="too_late", finished_at=at)

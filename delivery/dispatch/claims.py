"""Leases on outbox rows, each statement in a short transaction of its own. Alerts to staff come first.

A row that a dead worker held (`deaths`) is claimed alone: if the row itself kills workers, it takes no other
row with it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from core.clock import NOW_SQL
from core.prepared import PreparedSQL
from delivery.models import OutboxMessage
from delivery.rules import ASKED_FOR

# What `rules.recheck` would hold back is not even claimed: only messages to families.
MAY_GO = f"""
(message.adult_id IS NULL OR (
    NOT EXISTS (SELECT FROM delivery_sendingswitch WHERE stopped_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM schools_school school
        WHERE school.id = message.school_id AND (school.sending_stopped_at IS NOT NULL
            OR school.sending_started_at IS NULL AND message.kind NOT IN {ASKED_FOR}))))
"""  # noqa: S608 - parts of ours only
# The claim need not reach the disk by itself: the mark before sending does, and takes the claim with it. If
# PostgreSQL crashes in between, the row is due again and nothing has been sent.
CLAIM = f"""
WITH clock AS MATERIALIZED (
    SELECT {NOW_SQL} AS now, set_config('synchronous_commit', 'off', true) AS unhurried
),
urgent AS (
    SELECT id FROM ONLY delivery_outboxmessage
    WHERE state IN ('due', 'retry') AND kind = 'concern' AND deaths = 0
        AND due_at <= (SELECT now FROM clock)
    ORDER BY due_at LIMIT {{limit}} FOR UPDATE SKIP LOCKED
), others AS (
    SELECT message.id FROM ONLY delivery_outboxmessage message
    WHERE message.state IN ('due', 'retry') AND message.kind <> 'concern' AND message.deaths = 0
        AND message.due_at <= (SELECT now FROM clock) AND {MAY_GO}
    ORDER BY message.due_at LIMIT {{others}} FOR UPDATE OF message SKIP LOCKED
)
UPDATE ONLY delivery_outboxmessage message
SET state = 'claimed', lease_owner = %(owner)s::uuid, sending_at = NULL,
    lease_until = (SELECT now FROM clock) + %(lease)s::float * interval '1 second'
WHERE id IN (SELECT id FROM urgent UNION ALL SELECT id FROM others)
RETURNING id, (SELECT now FROM clock), kind <> 'concern', due_at
"""  # noqa: S608 - parts of ours only
CLAIM_SUSPECT = PreparedSQL(f"""
WITH clock AS MATERIALIZED (SELECT {NOW_SQL} AS now), suspect AS (
    SELECT message.id FROM ONLY delivery_outboxmessage message
    WHERE message.state IN ('due', 'retry') AND message.deaths > 0
        AND message.due_at <= (SELECT now FROM clock)
        AND (message.kind = 'concern' OR NOT %(only_alerts)s::boolean AND {MAY_GO})
    ORDER BY message.kind <> 'concern', message.due_at LIMIT 1 FOR UPDATE OF message SKIP LOCKED
)
UPDATE ONLY delivery_outboxmessage
SET state = 'claimed', lease_owner = %(owner)s::uuid, sending_at = NULL,
    lease_until = (SELECT now FROM clock) + %(lease)s::float * interval '1 second'
WHERE id IN (SELECT id FROM suspect)
RETURNING id, (SELECT now FROM clock)
""")  # noqa: S608 - parts of ours only
HAND_BACK = """
UPDATE ONLY delivery_outboxmessage
SET state = CASE WHEN attempt_count > 0 THEN 'retry' ELSE 'due' END,
    lease_owner = NULL, lease_until = NULL, sending_at = NULL, look_ups = 0
WHERE id = ANY(%s) AND lease_owner = %s AND state = 'claimed'
"""
HAND_BACK_UNMARKED = """
UPDATE ONLY delivery_outboxmessage
SET state = CASE WHEN attempt_count > 0 THEN 'retry' ELSE 'due' END,
    lease_owner = NULL, lease_until = NULL
WHERE lease_owner = %s AND state = 'claimed' AND sending_at IS NULL
"""
FAIL_UNREAD = """
UPDATE ONLY delivery_outboxmessage
SET state = 'failed', cause = 'bad_text', lease_owner = NULL, lease_until = NULL, finished_at = %s
WHERE lease_owner = %s AND state = 'claimed' AND sending_at IS NULL
"""
PUT_OFF = f"""
UPDATE ONLY delivery_outboxmessage message
SET state = CASE WHEN attempt_count > 0 THEN 'retry' ELSE 'due' END,
    due_at = {NOW_SQL} + later.seconds * interval '1 second',
    lease_owner = NULL, lease_until = NULL, sending_at = NULL
FROM (SELECT unnest(%s::bigint[]) AS id, unnest(%s::float[]) AS seconds) AS later
WHERE message.id = later.id AND lease_owner = %s AND state = 'claimed'
"""  # noqa: S608 - parts of ours only


def claim(
    owner: UUID, limit: int, lease_seconds: float, only_alerts: bool = False
) -> tuple[list[int], datetime | None]:
    """Return the ids of rows now leased to `owner`, most urgent first, and the time of the claim."""
    others = 0 if only_alerts else limit
    with connection.cursor() as cursor:
        _claim(limit, others).execute(cursor, {"owner": owner, "lease": lease_seconds})
        rows = sorted(cursor.fetchall(), key=lambda row: (row[2], row[3], row[0]))
    return [row[0] for row in rows], rows[0][1] if rows else None


@cache
def _claim(limit: int, others: int) -> PreparedSQL:
    """Prepare the statement for each of a few batch sizes.

    That way PostgreSQL plans for that number of rows, not for a share of all due rows.
    """
    return PreparedSQL(CLAIM.format(limit=limit, others=others))


def claim_suspect(
    owner: UUID, lease_seconds: float, only_alerts: bool = False
) -> tuple[list[int], datetime | None]:
    """Lease one row that a dead worker held. Returns the same as `claim`."""
    with connection.cursor() as cursor:
        values = {"owner": owner, "lease": lease_seconds, "only_alerts": only_alerts}
        CLAIM_SUSPECT.execute(cursor, values)
        row = cursor.fetchone()
    return ([row[0]], row[1]) if row else ([], None)


def put_off(owner: UUID, seconds: Mapping[int, float]) -> None:
    """Make claimed rows that were certainly not sent due again. `seconds` maps id to seconds from now."""
    if seconds:
        with connection.cursor() as cursor:
            cursor.execute(PUT_OFF, [list(seconds), list(seconds.values()), owner])


def hand_back(owner: UUID, pks: Sequence[int]) -> None:
    """Make claimed rows that were certainly not sent due again at once."""
    if pks:
        with connection.cursor() as cursor:
            cursor.execute(HAND_BACK, [list(pks), owner])


def hand_back_unmarked(owner: UUID) -> None:
    """Make every row that `owner` holds and has not begun due again at once."""
    with connection.cursor() as cursor:
        cursor.execute(HAND_BACK_UNMARKED, [owner])


def call_off_rows(rows: QuerySet[OutboxMessage], cause: str, at: datetime) -> None:
    """Cancel messages: those that are waiting stay unsent with `cause` (delivery.texts).

    A worker that holds a row sees it at its last check. A message that has already been sent stays sent.
    Call it in a transaction.
    """
    State = OutboxMessage.State
    rows.filter(state__in=[State.DUE, State.RETRY]).update(
        state=State.SUPPRESSED, cause=cause, finished_at=at
    )
    for row in rows.filter(state=State.CLAIMED, sending_at=None).select_for_update():
        row.payload["called_off"] = cause
        row.save(update_fields=["payload"])


def fail_unread(owner: UUID, at: datetime) -> None:
    """Fail the one row that `owner` holds, because it cannot be read or put into words."""
    with connection.cursor() as cursor:
        cursor.execute(FAIL_UNREAD, [at, owner])

"""Moves messages that ended long ago into archives, to keep the outbox that workers search and write small.

The archives are child tables (docs/decisions/0006-archive-by-child-tables.md): a read of OutboxMessage or
Attempt finds both; the frequent statements of dispatch say ONLY and see only the outbox.
"""

import time
from datetime import datetime, timedelta

import pgtrigger
from django.db import connection, models, transaction

from delivery.models import Attempt, OutboxMessage

# For weeks a report may still arrive, a person may settle the message, or the ladder may look at it.
AFTER_DAYS = 60
ROWS_AT_ONCE = 500  # one transaction takes some 50 ms
TASK_SECONDS = 600.0  # for one run; the rest follows an hour later

# One statement: whenever the process dies, each row is in exactly one of the two tables.
MOVE = """
WITH old AS MATERIALIZED (
    SELECT id FROM ONLY delivery_outboxmessage
    WHERE id > %s AND created_at < %s AND expires_at < %s
        AND state IN ('accepted', 'delivered', 'failed', 'expired', 'suppressed')
        AND coalesce(finished_at, expires_at) < %s
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
), messages AS (
    DELETE FROM ONLY delivery_outboxmessage WHERE id IN (SELECT id FROM old) RETURNING *
), tries AS (
    DELETE FROM ONLY delivery_attempt WHERE message_id IN (SELECT id FROM old) RETURNING *
), kept_tries AS (
    INSERT INTO delivery_attempt_archive ({attempt}) SELECT {attempt} FROM tries
), kept AS (
    INSERT INTO delivery_outboxmessage_archive ({message}) SELECT {message} FROM messages
    RETURNING id
)
SELECT count(*), max(id) FROM kept
"""


def archive(at: datetime, *, rows: int = ROWS_AT_ONCE, task_seconds: float = TASK_SECONDS) -> int:
    """Move messages that ended AFTER_DAYS ago in a final state, with their attempts, and return how many.

    `unknown` messages stay until a person has settled them. Any number of runs may work at once.
    """
    until, moved, after = time.monotonic() + task_seconds, 0, 0
    before = at - timedelta(days=AFTER_DAYS)
    while time.monotonic() < until:
        count, last = _move(before, after, rows)
        moved += count
        if count < rows or last is None:
            break
        after = last
    return moved


@transaction.atomic
def _move(before: datetime, after: int, rows: int) -> tuple[int, int | None]:
    statement = MOVE.format(message=_columns(OutboxMessage), attempt=_columns(Attempt))
    values = (after, before, before, before, rows)
    with pgtrigger.ignore("delivery.Attempt:append_only"), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


def _columns(model: type[models.Model]) -> str:
    """Name the columns, because two tables need not have them in the same order."""
    return ", ".join(str(field.column) for field in model._meta.concrete_fields)

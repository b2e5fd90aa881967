"""Circuit breaker: an account whose provider fails rests. Then one message tries it; if it works, the others
follow.
"""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from core.clock import NOW_SQL
from delivery.channels.base import LostReply, PermanentFailure, TemporaryFailure
from delivery.dispatch.facts import Row
from delivery.dispatch.outcomes import Outcome
from delivery.dispatch.ways import Way
from delivery.models import Attempt
from delivery.rules import RETRY_AFTER_AT_MOST_SECONDS, SCHOOLS_TROUBLE

TRIP_AFTER = 5  # failures in a row; one lost packet is no outage, five are
REST_SECONDS = 30.0  # seconds of the first rest; doubled each time the trial fails
REST_AT_MOST_SECONDS = 600.0  # seconds; we notice within ten minutes that an outage is over
PROBE_WAIT_SECONDS = 5.0  # seconds that the others wait while one message tries the provider
PROBE_SECONDS = 15.0  # seconds that a trial may take before another worker may try
NOTED_WITHIN_SECONDS = 60  # seconds; the row of a working account need not change more often

WORKED = f"""
INSERT INTO delivery_providerhealth AS health
    (account_id, failures_in_row, trips, last_success_at, last_cause)
SELECT id, 0, 0, {NOW_SQL}, '' FROM delivery_channelaccount WHERE id = ANY(%(accounts)s)
ON CONFLICT (account_id) DO UPDATE SET failures_in_row = 0, trips = 0, open_until = NULL,
    probing_until = NULL, last_success_at = {NOW_SQL}
WHERE health.failures_in_row > 0 OR health.open_until IS NOT NULL
    OR health.last_failure_at > health.last_success_at
    OR coalesce(health.last_success_at, '-infinity')
        < {NOW_SQL} - {NOTED_WITHIN_SECONDS} * interval '1 second'
"""  # noqa: S608 - parts of ours only
# The provider answers, so the account need not rest, but it sent nothing.
REFUSED = f"""
INSERT INTO delivery_providerhealth AS health
    (account_id, failures_in_row, trips, last_failure_at, last_cause)
SELECT id, 0, 0, {NOW_SQL}, %(cause)s FROM delivery_channelaccount WHERE id = %(account)s
ON CONFLICT (account_id) DO UPDATE SET failures_in_row = 0, trips = 0, open_until = NULL,
    probing_until = NULL, last_failure_at = {NOW_SQL}, last_cause = %(cause)s
"""  # noqa: S608 - parts of ours only
FAILED = f"""
INSERT INTO delivery_providerhealth AS health
    (account_id, failures_in_row, trips, open_until, last_failure_at, last_cause)
SELECT id, %(count)s, CASE WHEN %(count)s >= {TRIP_AFTER} THEN 1 ELSE 0 END,
    CASE WHEN %(rest)s > 0 THEN {NOW_SQL} + %(rest)s * interval '1 second'
        WHEN %(count)s >= {TRIP_AFTER} THEN {NOW_SQL} + {REST_SECONDS} * interval '1 second' END,
    {NOW_SQL}, %(cause)s
FROM delivery_channelaccount WHERE id = %(account)s
ON CONFLICT (account_id) DO UPDATE SET
    failures_in_row = health.failures_in_row + %(count)s,
    last_failure_at = {NOW_SQL}, last_cause = %(cause)s, probing_until = NULL,
    trips = CASE WHEN health.failures_in_row + %(count)s >= {TRIP_AFTER}
            AND coalesce(health.open_until, '-infinity') <= {NOW_SQL}
        THEN least(health.trips + 1, 20) ELSE health.trips END,
    open_until = greatest(health.open_until,
        CASE WHEN %(rest)s > 0 THEN {NOW_SQL} + %(rest)s * interval '1 second' END,
        CASE WHEN health.failures_in_row + %(count)s >= {TRIP_AFTER} THEN {NOW_SQL}
            + least({REST_SECONDS} * 2 ^ least(health.trips, 20), {REST_AT_MOST_SECONDS})
                * interval '1 second' END)
"""  # noqa: S608 - parts of ours only
PROBE = f"""
UPDATE delivery_providerhealth SET probing_until = {NOW_SQL} + %s * interval '1 second'
WHERE account_id = %s AND open_until <= {NOW_SQL}
    AND (probing_until IS NULL OR probing_until <= {NOW_SQL})
"""  # noqa: S608 - parts of ours only
_noted_at: dict[int, float] = {}  # by account, on this process's clock


def choose(rows: Iterable[Row]) -> tuple[list[tuple[Row, Way]], list[int]]:
    """Return a way for each row, and the ids of rows that wait while another message tries their provider."""
    chosen, waiting = [], []
    trials: dict[int | None, bool] = {}
    for row in rows:
        way = next((way for way in row.ways if _is_free(way, trials)), None)
        if way is None:
            waiting.append(row.id)
        else:
            chosen.append((row, way))
    return chosen, waiting


def _is_free(way: Way, trials: dict[int | None, bool]) -> bool:
    """Return whether this row may use the way. An account on trial takes one row of one worker."""
    if not way.is_on_trial:
        return True
    account = way.account.pk
    if account in trials:
        return False
    trials[account] = True
    with connection.cursor() as cursor:
        cursor.execute(PROBE, [PROBE_SECONDS, account])
        return cursor.rowcount == 1


def note(outcomes: Sequence[Outcome]) -> None:
    """Record how each account fared: one statement for each that failed, at most one for all that worked."""
    by_account: dict[int, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if one.result is not None and one.way.account.pk is not None:
            by_account[one.way.account.pk].append(one)
    now, worked = time.monotonic(), []
    for account, them in by_account.items():
        # If some messages got through, there is no outage. The row need not record that every time.
        is_old = now - _noted_at.get(account, -math.inf) > NOTED_WITHIN_SECONDS
        is_news = is_old or any(one.way.is_troubled for one in them)
        if is_news and not all(_blames_provider(one) or _is_refused(one) for one in them):
            _noted_at[account] = now
            worked.append(account)
    with connection.cursor() as cursor:
        if worked:
            cursor.execute(WORKED, {"accounts": worked})
        for account, them in by_account.items():
            refused = [one for one in them if _is_refused(one)]
            failed = [one for one in them if _blames_provider(one)]
            if refused and len(refused) + len(failed) == len(them):
                _noted_at.pop(account, None)  # the next success is news
                cursor.execute(REFUSED, {"account": account, "cause": _cause_of(refused)})
            rests = [
                max(one.failure.retry_after or 0.0, one.failure.closes or 0.0)
                for one in failed
                if isinstance(one.failure, TemporaryFailure)
            ]
            rest = min(max(rests, default=0.0), RETRY_AFTER_AT_MOST_SECONDS)
            # If some messages got through, the account has failed only if its provider asks for a rest.
            if failed and (rest or len(failed) == len(them)):
                values: dict[str, Any] = {"account": account, "rest": rest}
                values["cause"] = _cause_of(failed)
                cursor.execute(FAILED, values | {"count": len(failed)})


def _cause_of(outcomes: Sequence[Outcome]) -> str:
    return Counter(one.cause for one in outcomes).most_common(1)[0][0]


def _is_refused(one: Outcome) -> bool:
    """Return whether the provider refused the message through the school's own fault (`refused_lately`)."""
    return isinstance(one.failure, PermanentFailure) and one.cause in SCHOOLS_TROUBLE


def _blames_provider(one: Outcome) -> bool:
    """Return whether the provider failed.

    A refused address is not its fault, and any answer is a sign of life.
    """
    if one.result == Attempt.Result.UNKNOWN or isinstance(one.failure, LostReply):
        return True
    return isinstance(one.failure, TemporaryFailure) and one.failure.is_about_account

"""Takes over from a dead worker: rows it had not begun are due again, others are looked up or shown to a
person.

From then on such a row is claimed alone (`deaths`), and a row that keeps killing workers is set aside for a
person. A provider that does not answer delays no other: look-ups run in parallel, each run ends in time, and
after some runs without an answer we ask a person.
"""

import queue
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from core import clock
from core.clock import NOW_SQL
from core.database import is_away, once_back
from delivery import rules
from delivery.channels.base import (
    AfterLostReply,
    Failure,
    LostReply,
    Message,
    Receipt,
    TemporaryFailure,
)
from delivery.channels.registry import CHANNELS
from delivery.dispatch import gates
from delivery.dispatch.claims import hand_back
from delivery.dispatch.draining import Limits, threads
from delivery.dispatch.facts import Row, read_facts
from delivery.dispatch.outcomes import RECORD_WITHIN_SECONDS, UNSURE, Outcome, record
from delivery.dispatch.ways import Way
from delivery.kinds import tell_failed
from delivery.models import Attempt, OutboxMessage, SendingSwitch
from schools.models import School

log = structlog.get_logger(__name__)

BEGUN_AT_ONCE = 100  # rows looked up under one lease
LOOK_UPS_AT_ONCE = 4  # of one account
SILENT_AFTER = 3  # unanswered look-ups of one account; its other rows wait for another run
# Leases between a look-up without an answer and the next. With the usual minute that makes a quarter of an
# hour; then we ask a person. The banner for an alert appears after five minutes (queries.sending).
LOOK_UP_WAITS = (1, 2, 4, 8)
# Workers that die while they hold a row: the first time in a batch, then alone. After two deaths alone, it is
# the row's fault.
DEATHS_AT_MOST = 3
KILLS = "kills_worker"

SET_ASIDE = f"""
UPDATE ONLY delivery_outboxmessage
SET state = CASE WHEN sending_at IS NOT NULL OR payload ?| %(unsure)s THEN 'unknown' ELSE 'failed' END,
    cause = '{KILLS}', deaths = deaths + 1, lease_owner = NULL, lease_until = NULL,
    finished_at = {NOW_SQL}
WHERE state = 'claimed' AND lease_until < {NOW_SQL} AND lease_owner IS NOT NULL
    AND deaths >= {DEATHS_AT_MOST - 1}
RETURNING id, state, kind, about_id
"""  # noqa: S608 - parts of ours only
NOT_BEGUN = f"""
UPDATE ONLY delivery_outboxmessage
SET state = CASE WHEN attempt_count > 0 THEN 'retry' ELSE 'due' END,
    deaths = deaths + 1, lease_owner = NULL, lease_until = NULL
WHERE state = 'claimed' AND lease_until < {NOW_SQL} AND sending_at IS NULL
"""  # noqa: S608 - parts of ours only
# A row leased to nobody waits for its look-up. A row leased to somebody had a worker, or a rescue, that died;
# from the second death on it is taken alone.
BEGUN = f"""
WITH stale AS MATERIALIZED (
    SELECT id FROM ONLY delivery_outboxmessage
    WHERE state = 'claimed' AND lease_until < {NOW_SQL} AND sending_at IS NOT NULL
        AND (lease_owner IS NOT NULL AND deaths > 0) = %(alone)s
    ORDER BY lease_until LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE ONLY delivery_outboxmessage
SET deaths = deaths + (lease_owner IS NOT NULL)::int,
    lease_owner = %(owner)s, lease_until = {NOW_SQL} + %(lease)s * interval '1 second'
WHERE id IN (SELECT id FROM stale)
RETURNING id, look_ups
"""  # noqa: S608 - parts of ours only
LET_WAIT = f"""
UPDATE ONLY delivery_outboxmessage message
SET lease_owner = NULL, lease_until = {NOW_SQL} + later.seconds * interval '1 second',
    look_ups = look_ups + later.asked
FROM (SELECT unnest(%s::bigint[]) AS id, unnest(%s::float[]) AS seconds, unnest(%s::int[]) AS asked)
    AS later
WHERE message.id = later.id AND lease_owner = %s AND state = 'claimed'
"""  # noqa: S608 - parts of ours only
LET_ALL_WAIT = """
UPDATE ONLY delivery_outboxmessage SET lease_owner = NULL
WHERE lease_owner = %s AND state = 'claimed'
"""


@dataclass(frozen=True)
class Answer:
    """A provider's answer about what happened to a message.

    Neither `found` nor `error`: it does not know the message.
    """

    row: Row
    way: Way
    found: Receipt | None = None
    error: Exception | None = None

    @property
    def is_missing(self) -> bool:
        """Return whether there was no answer, so that another look-up may bring one."""
        return isinstance(self.error, TemporaryFailure | LostReply)


def rescue(limits: Limits | None = None) -> int:
    """Take over leases that have ended, until none or no time is left, and return how many rows.

    Any number of runs may work at once.
    """
    limits = limits or Limits()
    owner, until = uuid4(), time.monotonic() + limits.rescue_seconds
    with connection.cursor() as cursor:
        # Rows that killed their workers one after the other: a person looks at them.
        cursor.execute(SET_ASIDE, {"unsure": list(UNSURE)})
        kills = cursor.fetchall()
    if kills:
        log.error("rows_that_kill_workers", message_ids=[row[0] for row in kills])
        failed = [row[2:] for row in kills if row[1] == OutboxMessage.State.FAILED]
        tell_failed(failed, clock.now())
    with connection.cursor() as cursor:
        cursor.execute(NOT_BEGUN)
        rescued = len(kills) + cursor.rowcount
    silent: dict[int | None, int] = defaultdict(int)
    while time.monotonic() < until and (taken := _take_over(owner, limits)):
        rescued += len(taken)
        try:
            _Settling(owner, limits, taken, until, silent).run()
        except Exception as error:
            if is_away(error):  # this run has not died: do not count it
                once_back(lambda: _let_all_wait(owner), RECORD_WITHIN_SECONDS)
            raise
    return rescued


def _take_over(owner: UUID, limits: Limits) -> dict[int, int]:
    """Return the ids now leased to `owner`, each with its look-ups so far."""
    for alone, most in ((False, BEGUN_AT_ONCE), (True, 1)):
        with connection.cursor() as cursor:
            cursor.execute(
                BEGUN,
                {"owner": owner, "lease": limits.lease_seconds, "alone": alone, "most": most},
            )
            if taken := dict(cursor.fetchall()):
                return taken
    return {}


def _let_all_wait(owner: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LET_ALL_WAIT, [owner])


@dataclass
class _Settling:
    """Settles rows that were taken over. `looked`: look-ups by id. `silent`: unanswered ones by account."""

    owner: UUID
    limits: Limits
    looked: Mapping[int, int]
    until: float
    silent: dict[int | None, int]

    def run(self) -> None:
        self.at = clock.now()
        rows = [(row, row.used) for row in read_facts(list(self.looked), self.at) if row.used]
        surely_left = self._surely_sent()
        to_ask = []
        for row, way in rows:
            after = CHANNELS[way.kind].after_lost_reply(way.account)
            if after == AfterLostReply.SEND_AGAIN:
                # The same key is sent again: the provider sends it only once.
                hand_back(self.owner, [row.id])
            elif after == AfterLostReply.ASK_A_PERSON:
                self._record(row, way, Attempt.Result.UNKNOWN, "worker_died")
            else:
                to_ask.append((row, way))
        unsettled = {row.id: 0 for row, _ in to_ask}
        for answer in self._answers(to_ask):
            if self._settle(answer, has_left=answer.row.id in surely_left):
                del unsettled[answer.row.id]
            else:
                unsettled[answer.row.id] = 1
        self._let_wait(unsettled)

    def _surely_sent(self) -> set[int]:
        """Return the ids of requests that ended: the reply was lost, and we recorded that."""
        tries = Attempt.objects.filter(message__in=self.looked, at=F("message__sending_at"))
        return set(tries.values_list("message_id", flat=True))

    def _answers(self, to_ask: Sequence[tuple[Row, Way]]) -> Iterator[Answer]:
        """Yield answers as they arrive.

        A request without an answer at the end of the run counts as no answer. Rows that were not asked about,
        because their account is silent or rests, are left out.
        """
        by_account: dict[int | None, deque[tuple[Row, Way]]] = defaultdict(deque)
        for row, way in to_ask:
            by_account[way.account.pk].append((row, way))
        if not by_account:
            return
        told: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        asked: dict[int, tuple[Row, Way]] = {}
        with threads(LOOK_UPS_AT_ONCE * len(by_account)) as pool:
            open_turns = 0
            for waiting in by_account.values():
                for _ in range(min(len(waiting), LOOK_UPS_AT_ONCE)):
                    pool.submit(self._take_turns, waiting, asked, told)
                    open_turns += 1
            while open_turns:
                try:
                    answer = told.get(timeout=max(self.until - time.monotonic(), 0))
                except queue.Empty:
                    break
                if answer is None:
                    open_turns -= 1
                    continue
                asked.pop(answer.row.id)
                yield answer
        for row, way in list(asked.values()):
            yield Answer(row, way, error=LostReply("timeout", "no end of the answer"))

    def _take_turns(
        self,
        waiting: deque[tuple[Row, Way]],
        asked: dict[int, tuple[Row, Way]],
        told: "queue.SimpleQueue[Answer | None]",
    ) -> None:
        """Look rows up in one thread, for one account."""
        try:
            while time.monotonic() < self.until:
                row, way = waiting.popleft()
                account = way.account.pk
                if self.silent[account] >= SILENT_AFTER or gates.is_closed(account):
                    return
                asked[row.id] = (row, way)
                answer = _look_up(row, way)
                if answer.is_missing:
                    self.silent[account] += 1
                told.put(answer)
        except IndexError:  # none is left
            return
        finally:
            told.put(None)

    def _settle(self, answer: Answer, *, has_left: bool) -> bool:
        """Record an answer. Return False if nobody knows yet.

        If the provider has the message, it was sent. If not, it is sent again, and it has used up a try only
        if its request was certainly sent.
        """
        row, way, error = answer.row, answer.way, answer.error
        if answer.is_missing and self.looked[row.id] < len(LOOK_UP_WAITS):
            return False
        if error is not None:
            cause = error.cause if isinstance(error, Failure) else "worker_died"
            self._record(row, way, Attempt.Result.UNKNOWN, cause, f"look-up: {error!r}")
        elif answer.found is not None:
            accepted = Outcome(
                row, way, Attempt.Result.ACCEPTED, answer.found, detail="look-up", is_look_up=True
            )
            record(self.owner, [accepted], self.at)
        elif not has_left:
            hand_back(self.owner, [row.id])
        elif row.attempt_count + 1 >= rules.MAX_ATTEMPTS:
            self._record(row, way, Attempt.Result.TEMPORARY, "timeout", "look-up")
        else:
            self._record(row, way, Attempt.Result.TEMPORARY, "worker_died", "look-up")
            again = OutboxMessage.objects.filter(pk=row.id, state=OutboxMessage.State.RETRY)
            again.update(due_at=self.at)
        return True

    def _record(self, row: Row, way: Way, result: str, cause: str, detail: str = "") -> None:
        outcome = Outcome(row, way, result, cause=cause, detail=detail, is_look_up=True)
        record(self.owner, [outcome], self.at)

    def _let_wait(self, asked: Mapping[int, int]) -> None:
        """Let rows wait for the next look-up. `asked` maps id to 1 if we have just asked, else 0."""
        if not asked:
            return
        waits = [
            LOOK_UP_WAITS[self.looked[pk]] if is_asked else LOOK_UP_WAITS[0]
            for pk, is_asked in asked.items()
        ]
        seconds = [wait * self.limits.lease_seconds for wait in waits]
        with connection.cursor() as cursor:
            cursor.execute(LET_WAIT, [list(asked), seconds, list(asked.values()), self.owner])


def _look_up(row: Row, way: Way) -> Answer:
    message = Message(
        key=str(row.key),
        address=way.address,
        text="",
        school_id=row.school_id,
        sent_at=row.sending_at,
    )
    try:
        return Answer(row, way, CHANNELS[way.kind].look_up(message, way.account))
    except Exception as error:
        return Answer(row, way, error=error)


def expire_late(at: datetime) -> int:
    """Expire messages that waited too long because they could not be sent, and return how many.

    The cause says whether it was the school's own problem.
    """
    State = OutboxMessage.State
    to_family, its_school = Q(adult__isnull=False), School.objects.filter(pk=OuterRef("school_id"))
    switched_off = SendingSwitch.objects.exclude(stopped_at=None)
    is_stopped = Exists(its_school.exclude(sending_stopped_at=None)) | Exists(switched_off)
    not_begun = Exists(its_school.filter(sending_started_at=None)) & ~Q(kind__in=rules.ASKED_FOR)
    cause = Case(
        When(cause__in=["no_channel", "provider_rests"], then=F("cause")),
        When(to_family & is_stopped, then=Value("stopped")),
        When(to_family & not_begun, then=Value("not_started")),
        default=Value("too_late"),
    )
    waiting = OutboxMessage.objects.filter(state__in=[State.DUE, State.RETRY], expires_at__lte=at)
    unsure = waiting.filter(state=State.RETRY, payload__has_any_keys=UNSURE)
    asked = unsure.update(state=State.UNKNOWN, finished_at=at)
    return asked + waiting.update(state=State.EXPIRED, cause=cause, finished_at=at)

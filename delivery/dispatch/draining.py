"""The loop of a worker: many rows per task, each request outside any transaction."""

import os
import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import FrameType
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import connection

from core.clock import NOW_SQL
from core.database import is_away, once_back
from core.prepared import PreparedSQL
from delivery import rules
from delivery.channels.base import (
    AfterLostReply,
    Failure,
    LostReply,
    Message,
    PermanentFailure,
    TemporaryFailure,
)
from delivery.channels.registry import CHANNELS
from delivery.dispatch import gates, health, limits
from delivery.dispatch.claims import (
    claim,
    claim_suspect,
    fail_unread,
    hand_back,
    hand_back_unmarked,
    put_off,
)
from delivery.dispatch.facts import Row, read_facts
from delivery.dispatch.outcomes import (
    RECORD_WITHIN_SECONDS,
    Outcome,
    record_decisions,
    record_surely,
)
from delivery.dispatch.ways import CALL, Way
from delivery.kinds import kind_of
from delivery.models import Attempt, OneTimeCode
from delivery.sentences.queries import with_sounds
from delivery.sign_in import codes

log = structlog.get_logger(__name__)

# Starts a new lease, so that preparing a batch does not use up the time for sending it.
MARK = PreparedSQL(f"""
UPDATE ONLY delivery_outboxmessage message
SET sending_at = %(at)s::timestamptz, channel = marked.channel, address = marked.address,
    contact_point_id = marked.point, account_id = marked.account,
    lease_until = greatest(message.lease_until, {NOW_SQL} + marked.lease * interval '1 second')
FROM unnest(%(ids)s::bigint[], %(channels)s::text[], %(addresses)s::text[], %(points)s::bigint[],
        %(accounts)s::bigint[], %(leases)s::float[])
    AS marked (id, channel, address, point, account, lease)
WHERE message.id = marked.id AND message.lease_owner = %(owner)s::uuid AND message.state = 'claimed'
RETURNING message.id
""")  # noqa: S608 - parts of ours only
TIME_OUTS_OF_A_LEASE = 3  # one during which requests may begin, two as the fence


@dataclass(frozen=True)
class Limits:
    """The limits of one drain in numbers and seconds. Tests scale them down."""

    batch: int = 100
    lease_seconds: float = field(default_factory=lambda: settings.DISPATCH_LEASE_SECONDS)
    # After this time the rest of a batch is given back, because its facts are too old.
    stale_after_seconds: float = 10.0
    task_seconds: float = 20.0
    rescue_seconds: float = 20.0

    def lease_for(self, timeout: float) -> float:
        """Return a lease in seconds that leaves time to begin requests, however slow the gateway."""
        return max(self.lease_seconds, TIME_OUTS_OF_A_LEASE * timeout)


@dataclass(frozen=True)
class Letter:
    """A message ready to be sent: the row, the way chosen for it, and its text."""

    row: Row
    way: Way
    message: Message


class Stop:
    """Handles SIGTERM: unsent rows are given back at once, then the signal takes effect."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._is_main = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> "Stop":
        if self._is_main:
            self._before = signal.signal(signal.SIGTERM, self._on_signal)
        return self

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked.set()

    def __exit__(self, *exception) -> None:
        if self._is_main:
            signal.signal(signal.SIGTERM, self._before)
            if self.asked.is_set():
                os.kill(os.getpid(), signal.SIGTERM)


def drain(
    limits: Limits | None = None,
    *,
    only_alerts: bool = False,
    seconds: Callable[[], float] = time.monotonic,
) -> int:
    """Send until nothing is due or this task's time is over, and return how many rows were claimed.

    `seconds` is the clock for the task, the lease and its fence. Any number of drains may run at once. If the
    machine was too slow to send any of a batch in time, so that all of it comes back, the next batch is
    smaller. A row that a dead worker held is sent alone, one between two batches.
    """
    limits = limits or Limits()
    owner, until, done = uuid4(), seconds() + limits.task_seconds, 0
    size = limits.batch
    parallel = max(channel.PARALLEL for channel in CHANNELS.values())
    with Stop() as stop, threads(parallel) as pool:
        while seconds() < until and not stop.asked.is_set():
            began = seconds()
            pks, at = claim(owner, size, limits.lease_seconds, only_alerts)
            if pks and at is not None:
                batch = _Batch(owner, at, began, limits, stop, pool, seconds)
                is_stuck = not _send_batch(batch, pks) or batch.given_back >= len(pks)
                size = max(size // 4, 1) if is_stuck else min(size * 2, limits.batch)
            began = seconds()
            suspect, at = claim_suspect(owner, limits.lease_seconds, only_alerts)
            if suspect and at is not None:
                _send_batch(_Batch(owner, at, began, limits, stop, pool, seconds), suspect)
            if not pks and not suspect:
                return done
            done += len(pks) + len(suspect)
    return done


@contextmanager
def threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool that does not wait for its threads, so that an endless request does not hold up its
    worker.
    """
    pool = ThreadPoolExecutor(max_workers=count)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _send_batch(batch: "_Batch", pks: Sequence[int]) -> bool:
    """Send a batch, and return False if a row that cannot be read stopped it.

    The next batch is smaller, until that row is alone and fails alone. Rows that may have been sent keep
    their lease for the rescue.
    """
    try:
        batch.send(pks)
    except Exception as error:
        if is_away(error):
            # The worker is alive, so these rows are sent in batches as before.
            once_back(lambda: hand_back_unmarked(batch.owner), RECORD_WITHIN_SECONDS)
            raise
        log.exception("batch_stopped", message_ids=list(pks))
        if len(pks) == 1:
            fail_unread(batch.owner, batch.at)
        else:
            hand_back_unmarked(batch.owner)
        return False
    return True


@dataclass
class _Batch:
    owner: UUID
    at: datetime
    began: float
    limits: Limits
    stop: Stop
    pool: ThreadPoolExecutor
    seconds: Callable[[], float] = time.monotonic
    given_back: int = 0
    is_single: bool = False
    marked_at: float = 0.0

    def send(self, pks: Sequence[int]) -> None:
        self.is_single = len(pks) == 1
        rows = read_facts(pks, self.at)
        decided = [(row, rules.recheck(row.facts, self.at)) for row in rows]
        may_go = [row for row, one in decided if one.verdict == rules.Verdict.SEND]
        not_now = [pair for pair in decided if pair[1].verdict != rules.Verdict.SEND]
        chosen, waiting = health.choose(may_go)
        put_off(self.owner, dict.fromkeys(waiting, health.PROBE_WAIT_SECONDS))
        letters = []
        for row, way in chosen:
            try:
                letters.append(Letter(row, way, _message(row, way)))
            except Exception:  # this row fails alone and does not stop the batch
                log.exception("message_without_words", message_id=row.id)
                not_now.append((row, rules.Decision(rules.Verdict.FAIL, "bad_text")))
        record_decisions(self.owner, not_now, self.at)
        for chunk in _chunks(letters):
            self._send_within_limit(chunk)

    def _send_within_limit(self, letters: Sequence[Letter]) -> None:
        """Send as many as the provider's limit allows now, and put the others off until their turn."""
        while letters and not self._is_stale():
            granted, wait = limits.take(letters[0].way.account, len(letters))
            if granted:
                self._send_chunk(letters[:granted])
            letters = letters[granted:]
            if letters and wait > limits.PATIENCE_SECONDS:
                ids = [letter.row.id for letter in letters]
                put_off(self.owner, {pk: wait * turn for turn, pk in enumerate(ids, 1)})
                return
            if letters:
                self.stop.asked.wait(wait)
        if letters:
            self._give_back([letter.row.id for letter in letters], letters[0].way)

    def _send_chunk(self, letters: Sequence[Letter]) -> None:
        """Mark, send in parallel, record. A killed process leaves at most this chunk in doubt.

        Recording comes first after sending: until then only our memory knows the results of the requests.
        """
        way = letters[0].way
        marked = once_back(lambda: self._mark(letters), RECORD_WITHIN_SECONDS)
        outcomes = self._send_side_by_side(
            [letter for letter in letters if letter.row.id in marked]
        )
        record_surely(self.owner, outcomes, self.at)
        not_begun = [one.row.id for one in outcomes if one.result is None]
        once_back(lambda: self._give_back(not_begun, way), RECORD_WITHIN_SECONDS)
        self._note_health(outcomes)

    def _note_health(self, outcomes: Sequence[Outcome]) -> None:
        """Note the providers' health. If that fails, go on sending."""
        try:
            once_back(lambda: health.note(outcomes), RECORD_WITHIN_SECONDS)
        except Exception as error:
            if is_away(error) or connection.in_atomic_block:
                raise
            log.exception("health_not_noted")

    def _give_back(self, pks: Sequence[int], way: Way) -> None:
        """Make rows that were not begun due again: at once, or when the provider may be called again."""
        wait = gates.seconds_left(way.account.pk)
        if wait:
            put_off(self.owner, dict.fromkeys(pks, wait))
        else:
            self.given_back += len(pks)
            hand_back(self.owner, pks)

    def _mark(self, letters: Sequence[Letter]) -> set[int]:
        """Return ids that are still leased to us, now marked as being sent. Marking twice does no harm."""
        self.marked_at = self.seconds()
        ways = [one.way for one in letters]
        values = {
            "owner": self.owner,
            "at": self.at,
            "ids": [one.row.id for one in letters],
            "channels": [way.kind for way in ways],
            "addresses": [way.address for way in ways],
            "points": [way.contact_point_id for way in ways],
            "accounts": [way.account.pk for way in ways],
            "leases": [self.limits.lease_for(_timeout_of(way)) for way in ways],
        }
        with connection.cursor() as cursor:
            MARK.execute(cursor, values)
            return {pk for (pk,) in cursor.fetchall()}

    def _send_side_by_side(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Send letters in threads; each thread takes the next letter when it has finished one.

        Submitting every letter separately costs as much as sending it to a gateway nearby.

        A request that has not ended by the end of the lease counts as a lost reply: a provider that sends a
        byte now and then never times out.
        """
        if not letters:
            return []
        way = letters[0].way
        parallel = CHANNELS[way.kind].PARALLEL
        if parallel < 2:
            return [self._send_one(letter) for letter in letters]
        waiting, outcomes = deque(enumerate(letters)), {}

        def take_turns() -> None:
            while waiting:
                try:
                    place, letter = waiting.popleft()
                except IndexError:
                    return
                outcomes[place] = self._send_one(letter)

        turns = [self.pool.submit(take_turns) for _ in range(min(len(letters), parallel))]
        done, _ = wait(turns, self.limits.lease_for(_timeout_of(way)))
        not_begun = _take_rest(waiting)
        for one in done:
            one.result()
        tried = []
        for place, letter in enumerate(letters):
            outcome = outcomes.get(place)
            if outcome is None and place in not_begun:
                outcome = Outcome(letter.row, letter.way, None)
            elif outcome is None:
                after = CHANNELS[letter.way.kind].after_lost_reply(letter.way.account)
                lost = LostReply("timeout", "the answer had no end")
                outcome = _failed(letter.row, letter.way, Attempt.Result.UNKNOWN, lost, after)
            tried.append(outcome)
        return tried

    def _send_one(self, letter: Letter) -> Outcome:
        if self._is_over(letter.way) or gates.is_closed(letter.way.account.pk):
            return Outcome(letter.row, letter.way, None)
        return try_to_send(letter)

    def _is_over(self, way: Way) -> bool:
        """Return whether to stop: no time for two time-outs, old facts, or SIGTERM."""
        timeout = _timeout_of(way)
        fence = self.limits.lease_for(timeout) - 2 * timeout
        return self._is_stale() or self.seconds() - self.marked_at > fence

    def _is_stale(self) -> bool:
        """Return whether the process is ending or the facts are too old.

        A single message is sent however slow the machine is.
        """
        too_old = self.seconds() - self.began > self.limits.stale_after_seconds
        return self.stop.asked.is_set() or (too_old and not self.is_single)


def _timeout_of(way: Way) -> float:
    return CHANNELS[way.kind].timeout_of(way.account.config)


def _chunks(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Group letters by account.

    A group stays whole if a lost reply can be looked up. Otherwise it is split into as many as run in
    parallel.
    """
    groups: dict[tuple, list[Letter]] = defaultdict(list)
    for letter in letters:
        after = CHANNELS[letter.way.kind].after_lost_reply(letter.way.account)
        groups[letter.way.kind, letter.way.account.pk, after].append(letter)
    for (kind, _, after), group in groups.items():
        in_doubt = after == AfterLostReply.ASK_A_PERSON
        size = CHANNELS[kind].PARALLEL if in_doubt else len(group)
        for start in range(0, len(group), size):
            yield group[start : start + size]


def try_to_send(letter: Letter) -> Outcome:
    """Make one request and return its outcome. Raises nothing, so that a bad row fails alone."""
    row, way = letter.row, letter.way
    used = row.used or way
    try:
        found = _look_up_earlier_try(letter)
    except Exception as error:
        # Nothing was sent this time; the earlier request is as unsure as before.
        name = type(error).__name__
        failed = error if isinstance(error, Failure) else Failure("provider_error", name)
        retry_after = getattr(failed, "retry_after", None)
        detail = f"look-up: {failed.detail}"
        still = TemporaryFailure(failed.cause, detail, retry_after, is_sure=False)
        gates.close(used.account.pk, still.retry_after)
        return _not_sent_again(row, used, still)
    if found is not None:
        return found
    if row.attempt_count >= rules.MAX_ATTEMPTS:
        # The provider does not know the last try, and no further try is allowed.
        over = TemporaryFailure(row.cause, "look-up: not there", is_about_account=False)
        return _not_sent_again(row, used, over)
    after = AfterLostReply.ASK_A_PERSON
    try:
        if not way.account.is_readable:
            raise TemporaryFailure("secret_unreadable")
        channel = CHANNELS[way.kind]
        after = channel.after_lost_reply(way.account)
        return Outcome(row, way, Attempt.Result.ACCEPTED, channel.send(letter.message, way.account))
    except TemporaryFailure as failure:
        if failure.is_about_account:  # one number's limit does not stop calls to other numbers
            gates.close(way.account.pk, failure.retry_after)
        return _failed(row, way, Attempt.Result.TEMPORARY, failure, after)
    except PermanentFailure as failure:
        return _failed(row, way, Attempt.Result.PERMANENT, failure, after)
    except LostReply as failure:
        return _failed(row, way, Attempt.Result.UNKNOWN, failure, after)
    except Exception as error:
        unknown = LostReply("lost_reply", type(error).__name__)
        return _failed(row, way, Attempt.Result.UNKNOWN, unknown, after)


def _take_rest(waiting: deque[tuple[int, Letter]]) -> set[int]:
    """Return the places of letters that no thread has taken. No thread can take them any more."""
    places = set()
    while waiting:
        try:
            places.add(waiting.popleft()[0])
        except IndexError:
            break
    return places


def _failed(
    row: Row,
    way: Way,
    result: str,
    failure: Failure,
    after: AfterLostReply,
    *,
    is_look_up: bool = False,
) -> Outcome:
    # PostgreSQL's text type allows no NUL, and a gateway may answer anything.
    detail = failure.detail.replace("\x00", "")
    return Outcome(
        row,
        way,
        result,
        cause=failure.cause,
        detail=detail,
        failure=failure,
        after_lost_reply=after,
        is_look_up=is_look_up,
    )


def _not_sent_again(row: Row, used: Way, failure: TemporaryFailure) -> Outcome:
    temporary, after = Attempt.Result.TEMPORARY, AfterLostReply.LOOK_UP
    return _failed(row, used, temporary, failure, after, is_look_up=True)


def _look_up_earlier_try(letter: Letter) -> Outcome | None:
    """Ask the provider about an earlier request whose answer proves nothing, before any other request."""
    row, used = letter.row, letter.row.used
    if used is None or not row.payload.get("unsure"):
        return None
    channel = CHANNELS[used.kind]
    after = channel.after_lost_reply(used.account)
    if after == AfterLostReply.SEND_AGAIN and used.account.pk == letter.way.account.pk:
        return None
    if after != AfterLostReply.LOOK_UP:  # its settings have changed, or it is gone
        lost = LostReply(row.cause, "look-up: not possible any more")
        return _failed(
            row, used, Attempt.Result.UNKNOWN, lost, AfterLostReply.ASK_A_PERSON, is_look_up=True
        )
    since = datetime.fromisoformat(row.payload["unsure"])
    message = replace(letter.message, address=used.address, sent_at=since)
    found = channel.look_up(message, used.account)
    return Outcome(row, used, Attempt.Result.ACCEPTED, found, detail="look-up") if found else None


def _message(row: Row, way: Way) -> Message:
    kind, code = kind_of(row.payload.get("about", row.kind)), ""
    if row.kind == "code":  # computed now; no row stores it (delivery.sign_in.codes)
        code = codes.digits_of(OneTimeCode.objects.get(pk=row.payload["code"]))
    parts = {
        "url": kind.url(row, way.contact_point_id),
        "school": row.school_name,
        "teacher_surname": row.teacher_name[:1],
        "name": row.recipient_name,
        "words": row.payload.get("words", ""),
        "code": code,
    }
    text = kind.text(row, **parts)
    script, join = None, None
    if CHANNELS[way.kind].MEANS == CALL:
        script = with_sounds(kind.script(row, way.contact_point_id, **parts), row.school_id)
        join = kind.join(row, way.contact_point_id)
    if join is not None:
        other = with_sounds(join.script, row.school_id)
        join = replace(join, script=other) if other else None
    return Message(
        key=str(row.key),
        address=way.address,
        text=text.body,
        subject=text.subject,
        school_id=row.school_id,
        adult_id=row.adult_id,
        user_id=row.user_id,
        kind=row.payload.get("shown_as", row.kind),
        parts=parts | {"words": text.words, "minutes": str(rules.CODE_MINUTES)},
        script=script,
        join=join,
    )

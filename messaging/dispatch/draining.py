"""The loop of a worker: many rows per task, each request outside any transaction."""

import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from uuid import UUID, uuid4

import structlog
from django.db import connection
from psycopg2.extras import execute_values

from messaging import codes, links, rules, texts
from messaging.channels.base import (
    AfterLostReply,
    Failure,
    LostReply,
    Message,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
)
from messaging.channels.registry import CHANNELS
from messaging.dispatch.claims import claim, hand_back
from messaging.dispatch.facts import Row, Way, read_facts
from messaging.dispatch.outcomes import Outcome, record, record_decisions
from messaging.models import Attempt, OneTimeCode

log = structlog.get_logger(__name__)

MARK = """
UPDATE messaging_outboxmessage message
SET sending_at = going.at, channel = going.channel, address = going.address,
    contact_point_id = going.point
FROM (VALUES %s) AS going (id, owner, at, channel, address, point)
WHERE message.id = going.id AND message.lease_owner = going.owner AND message.state = 'claimed'
RETURNING message.id
"""


@dataclass(frozen=True)
class Limits:
    """How much and how long. Seconds; tests scale them down."""

    batch: int = 100
    lease_seconds: float = 60.0
    # After this long the rest of a batch goes back, to be looked at afresh before it is sent.
    stale_after_seconds: float = 10.0
    task_seconds: float = 20.0


@dataclass(frozen=True)
class Letter:
    """A message ready to go: the row, the way chosen for it, and its words."""

    row: Row
    way: Way
    message: Message


class Stop:
    """Asked to end, by SIGTERM: what has not been sent goes back at once, then the signal takes effect."""

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


def drain(limits: Limits | None = None) -> int:
    """Sends what is due until nothing is, or the task's time is over; returns how many were claimed.

    Any number of drains may run at once.
    """
    limits = limits or Limits()
    owner, until, done = uuid4(), time.monotonic() + limits.task_seconds, 0
    with Stop() as stop, ThreadPoolExecutor(max_workers=_most_parallel()) as pool:
        while time.monotonic() < until and not stop.asked.is_set():
            began = time.monotonic()
            pks, at = claim(owner, limits.batch, limits.lease_seconds)
            if not pks or at is None:
                return done
            done += len(pks)
            _Batch(owner, at, began, limits, stop, pool).send(pks)
    return done


def _most_parallel() -> int:
    return max(channel.PARALLEL for channel in CHANNELS.values())


@dataclass(frozen=True)
class _Batch:
    owner: UUID
    at: datetime
    began: float
    limits: Limits
    stop: Stop
    pool: ThreadPoolExecutor

    def send(self, pks: Sequence[int]) -> None:
        rows = read_facts(pks, self.at)
        decided = [(row, rules.recheck(row.facts, self.at)) for row in rows]
        going = [row for row, one in decided if one.verdict == rules.Verdict.SEND]
        staying = [pair for pair in decided if pair[1].verdict != rules.Verdict.SEND]
        letters = []
        for row in going:
            letter = _letter(row)
            if letter is None:
                staying.append((row, rules.Decision(rules.Verdict.FAIL, "bad_text")))
            else:
                letters.append(letter)
        record_decisions(self.owner, staying, self.at)
        for chunk in _chunks(letters):
            self._send_chunk(chunk)

    def _send_chunk(self, letters: Sequence[Letter]) -> None:
        """Mark, send side by side, record. A killed process leaves at most this chunk in doubt."""
        if self._is_over(letters[0].way):
            hand_back(self.owner, [letter.row.id for letter in letters])
            return
        marked = self._mark(letters)
        outcomes = list(self._tried([letter for letter in letters if letter.row.id in marked]))
        record(self.owner, outcomes, self.at)
        hand_back(self.owner, [one.row.id for one in outcomes if one.result is None])

    def _mark(self, letters: Sequence[Letter]) -> set[int]:
        """Ids still leased to us, now marked as being sent."""
        values = [
            (one.row.id, self.owner, self.at, one.way.kind, one.way.address,
             one.way.contact_point_id)
            for one in letters
        ]  # fmt: skip
        template = "(%s, %s::uuid, %s::timestamptz, %s, %s, %s::bigint)"
        with connection.cursor() as cursor:
            rows = execute_values(cursor, MARK, values, template, len(values), fetch=True)
        return {pk for (pk,) in rows}

    def _tried(self, letters: Sequence[Letter]) -> Iterator[Outcome]:
        if letters and CHANNELS[letters[0].way.kind].PARALLEL > 1:
            return self.pool.map(self._try, letters)
        return map(self._try, letters)

    def _try(self, letter: Letter) -> Outcome:
        if self._is_over(letter.way):
            return Outcome(letter.row, letter.way, None)
        return try_to_send(letter)

    def _is_over(self, way: Way) -> bool:
        """Too little of the lease left for two time-outs, the facts too old, or asked to stop."""
        timeout = CHANNELS[way.kind].timeout_of(way.account.config)
        fence = min(self.limits.lease_seconds - 2 * timeout, self.limits.stale_after_seconds)
        return self.stop.asked.is_set() or time.monotonic() - self.began > fence


def _chunks(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """By channel: all at once where a lost reply can be cleared up, else only what runs side by side."""
    groups: dict[tuple, list[Letter]] = defaultdict(list)
    for letter in letters:
        after = CHANNELS[letter.way.kind].after_lost_reply(letter.way.account)
        groups[letter.way.kind, after].append(letter)
    for (kind, after), group in groups.items():
        in_doubt = after == AfterLostReply.ASK_A_PERSON
        size = CHANNELS[kind].PARALLEL if in_doubt else len(group)
        for start in range(0, len(group), size):
            yield group[start : start + size]


def try_to_send(letter: Letter) -> Outcome:
    """One request and what came of it; raises nothing, so that a poisoned row fails alone."""
    row, way = letter.row, letter.way
    after = AfterLostReply.ASK_A_PERSON
    try:
        channel = CHANNELS[way.kind]
        after = channel.after_lost_reply(way.account)
        receipt = _send(letter, channel, after)
        return Outcome(row, way, Attempt.Result.ACCEPTED, receipt)
    except TemporaryFailure as failure:
        return _failed(letter, Attempt.Result.TEMPORARY, failure, retry_after=failure.retry_after)
    except PermanentFailure as failure:
        return _failed(letter, Attempt.Result.PERMANENT, failure)
    except LostReply as failure:
        return _failed(letter, Attempt.Result.UNKNOWN, failure, after_lost_reply=after)
    except Exception as error:
        unknown = LostReply("lost_reply", repr(error))
        return _failed(letter, Attempt.Result.UNKNOWN, unknown, after_lost_reply=after)


def _failed(letter: Letter, result: str, failure: Failure, **more) -> Outcome:
    # PostgreSQL's text takes no NUL, and a gateway may answer anything.
    detail = failure.detail.replace("\x00", "")
    return Outcome(letter.row, letter.way, result, cause=failure.cause, detail=detail, **more)


def _send(letter: Letter, channel, after: AfterLostReply) -> Receipt:
    account = letter.way.account
    if not account.is_readable:
        raise TemporaryFailure("secret_unreadable")
    if letter.row.attempt_count and after == AfterLostReply.LOOK_UP:
        # A gateway that answered with an error may have taken the message all the same.
        found = channel.look_up(letter.message, account)
        if found is not None:
            return found
    return channel.send(letter.message, account)


def _letter(row: Row) -> Letter | None:
    """None for a row whose words cannot be made: it fails alone instead of stopping the batch."""
    try:
        return Letter(row, row.ways[0], _message(row, row.ways[0]))
    except Exception:
        log.exception("message_without_words", message_id=row.id)
        return None


def _message(row: Row, way: Way) -> Message:
    text = texts.render(
        kind=row.kind,
        language=row.language,
        url=_url(row, way),
        school=row.school_name,
        teacher_surname=row.teacher_name[:1],
        name=row.recipient_name,
        step=row.step,
        words=row.payload.get("words", ""),
        code=_code(row),
    )
    return Message(
        key=str(row.key),
        address=way.address,
        text=text.body,
        subject=text.subject,
        school_id=row.school_id,
        adult_id=row.adult_id,
        user_id=row.user_id,
    )


def _code(row: Row) -> str:
    """Worked out now; it stands in no row (messaging.codes)."""
    if row.kind != "code":
        return ""
    return codes.digits_of(OneTimeCode.objects.get(pk=row.payload["code"]))


def _url(row: Row, way: Way) -> str:
    if row.check_in_id and row.adult_id:
        return links.check_in_url(
            check_in_id=row.check_in_id,
            adult_id=row.adult_id,
            contact_point_id=way.contact_point_id,
        )
    if row.kind in ("link", "invite") and row.adult_id:
        return links.sign_in_url(link_id=row.payload["link"], adult_id=row.adult_id)
    return links.url_for(path=row.payload.get("path", "/"))

"""After a restore: handles messages that may have been sent in the period that the backup does not know.

There are three kinds, and none is sent automatically. What was waiting at the dump is looked up at its
provider or becomes `unknown`. What the packages would have queued since is queued now and becomes `unknown`.
What was due to families after the restore waits until the school resumes sending. Alerts to staff are the
exception: they are sent unless a provider says that they were sent before.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import QuerySet

from core import clock
from delivery import rules
from delivery.channels.base import AfterLostReply, Message, Receipt
from delivery.channels.registry import CHANNELS
from delivery.dispatch.facts import Row, read_facts
from delivery.dispatch.outcomes import Outcome, record
from delivery.dispatch.rescue import SILENT_AFTER
from delivery.dispatch.ways import Way
from delivery.models import Attempt, OutboxMessage, Restore, SendingSwitch
from delivery.rules import ASKED_FOR, RESTORED
from schools.models import School

State = OutboxMessage.State
REASON = "restored from a backup"
# People who asked for one of these have long since asked again.
OF_THE_MOMENT = (*ASKED_FOR, OutboxMessage.Kind.TEST)
ROWS_AT_ONCE = 100
JUST_NOW_MINUTES = (
    10  # a provider's list may lag behind; the last look-up is for what was sent before that
)

# Runs in the transaction that loads the dump, so that no worker ever sees its waiting messages as due. The
# lease belongs to nobody and does not end, so the rescue leaves it alone.
FREEZE = """
INSERT INTO delivery_restore (taken_at, loaded_at) VALUES ('{taken_at}', '{loaded_at}');
INSERT INTO delivery_sendingswitch (singleton, stopped_at, reason)
VALUES (true, '{loaded_at}', '{reason}')
ON CONFLICT (singleton) DO UPDATE
SET stopped_at = excluded.stopped_at, stopped_by_id = NULL, reason = excluded.reason
WHERE delivery_sendingswitch.stopped_at IS NULL;
UPDATE ONLY delivery_outboxmessage
SET state = 'claimed', cause = '{cause}', lease_owner = NULL, lease_until = '2200-01-01'
WHERE state = 'claimed' OR state IN ('due', 'retry') AND due_at <= '{loaded_at}';
"""


def freezing(*, taken_at: datetime, loaded_at: datetime) -> str:
    """Return the statements that end a load."""
    return FREEZE.format(
        taken_at=taken_at.isoformat(),
        loaded_at=loaded_at.isoformat(),
        reason=REASON,
        cause=RESTORED,
    )


def unfinished() -> QuerySet[Restore]:
    return Restore.objects.filter(finished_at=None)


def _frozen() -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(state=State.CLAIMED, cause=RESTORED, lease_owner=None)


@dataclass
class _LookingUp:
    """Asks every provider over which a message may have been sent since the dump."""

    restore: Restore
    at: datetime
    silent: Counter[int | None] = field(
        default_factory=Counter
    )  # look-ups without an answer, by account

    def settle(self, row: Row) -> str:
        """Settle one row and return its new state."""
        if row.kind in OF_THE_MOMENT and self.at >= row.facts.expires_at:
            return self._becomes(row, State.EXPIRED, "too_late")
        may_have_gone = [*([row.used] if row.used else []), *row.ways]
        ways = {(way.account.pk, way.address): way for way in may_have_gone}.values()
        can_ask = [
            way
            for way in ways
            if CHANNELS[way.kind].after_lost_reply(way.account) == AfterLostReply.LOOK_UP
            and way.account.is_readable
        ]
        is_known = bool(ways) and len(can_ask) == len(ways)
        for way in can_ask:
            try:
                found = self._look_up(row, way)
            except Exception:  # whatever the error is, nobody knows the outcome
                self.silent[way.account.pk] += 1
                is_known = False
                continue
            if found is not None:
                told = Outcome(
                    row,
                    way,
                    Attempt.Result.ACCEPTED,
                    found,
                    detail="look-up after a restore",
                    is_look_up=True,
                )
                record(uuid4(), [told], self.at)
                return State.ACCEPTED
        # It is worse if nobody gets an alert than if somebody gets it twice.
        if is_known or row.kind == OutboxMessage.Kind.CONCERN:
            return self._becomes(row, State.RETRY if row.attempt_count else State.DUE, "")
        return self._becomes(row, State.UNKNOWN, RESTORED)

    def _look_up(self, row: Row, way: Way) -> Receipt | None:
        if self.silent[way.account.pk] >= SILENT_AFTER:
            raise TimeoutError
        for sent_at in self._days():
            message = Message(
                key=str(row.key),
                address=way.address,
                text="",
                school_id=row.school_id,
                sent_at=sent_at,
            )
            found = CHANNELS[way.kind].look_up(message, way.account)
            if found is not None:
                return found
        return None

    def _days(self) -> Iterator[datetime]:
        """Yield a time for each day since the dump, because some providers search by day."""
        last = self.at - timedelta(minutes=JUST_NOW_MINUTES)
        one = min(self.restore.taken_at, last)
        while one < last:
            yield one
            one += timedelta(days=1)
        yield last

    def _becomes(self, row: Row, state: str, cause: str) -> str:
        is_over = state in (State.EXPIRED, State.UNKNOWN)
        _frozen().filter(pk=row.id).update(
            state=state,
            cause=cause,
            lease_until=None,
            sending_at=None,
            look_ups=0,
            finished_at=self.at if is_over else None,
        )
        return state


def settle_frozen(restore: Restore, at: datetime) -> Counter:
    """Settle what was waiting at the dump, and count the resulting states. It may be run again."""
    looking_up = _LookingUp(restore, at)
    found: Counter[str] = Counter()
    while pks := list(_frozen().order_by("due_at").values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        for row in read_facts(pks, at):
            found[looking_up.settle(row)] += 1
    return found


@contextmanager
def catching_up(restore: Restore, at: datetime) -> Iterator["CatchingUp"]:
    """Let the packages queue what became due since the dump.

    It is one transaction in which all sending is switched on, so that they do queue; nobody else sees that.
    What was stopped at the dump may have been resumed since, and is stopped again. At the end every school is
    stopped until somebody there resumes sending.
    """
    with transaction.atomic():
        SendingSwitch.objects.filter(reason=REASON).update(stopped_at=None, reason="")
        switched_off_at = SendingSwitch.objects.values_list("stopped_at", flat=True).first()
        SendingSwitch.objects.update(stopped_at=None)
        stopped = list(School.objects.exclude(sending_stopped_at=None))
        School.objects.filter(pk__in=[one.pk for one in stopped]).update(sending_stopped_at=None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('jiaqiao.clock_offset', true)")
            offset = cursor.fetchone()[0] or ""
        yield CatchingUp(set(_withheld().values_list("pk", flat=True)), clock.now())
        _set_clock(offset)
        SendingSwitch.objects.update(stopped_at=switched_off_at)
        for one in stopped:
            one.save(update_fields=["sending_stopped_at"])
        begun = School.objects.filter(sending_stopped_at=None).exclude(sending_started_at=None)
        begun.update(sending_stopped_at=restore.loaded_at)
        Restore.objects.filter(pk=restore.pk).update(finished_at=at)


@dataclass
class CatchingUp:
    known: set[int]
    began_at: datetime

    def clock_at(self, instant: datetime) -> None:
        """Make `clock.now()` return `instant`, for this transaction only."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            seconds = (instant - cursor.fetchone()[0]).total_seconds()
        _set_clock(f"{seconds} seconds")

    def set_aside(self, at: datetime, *, but_due_after: datetime | None = None) -> int:
        """Make messages queued in the meantime `unknown`, but not alerts to staff, and return how many.

        With `but_due_after`, messages due later than that stay as they are.
        """
        queued = _withheld().exclude(pk__in=self.known).exclude(kind__in=ASKED_FOR)
        if but_due_after is not None:
            queued = queued.filter(due_at__lte=but_due_after)
        count = queued.update(state=State.UNKNOWN, cause=RESTORED, finished_at=at)
        self.known |= set(_withheld().values_list("pk", flat=True))
        return count


def _withheld() -> QuerySet[OutboxMessage]:
    """Return what waits for a person: all but alerts to staff, which are sent twice rather than never."""
    under_way = OutboxMessage.objects.filter(state__in=rules.UNDER_WAY)
    return under_way.exclude(kind=OutboxMessage.Kind.CONCERN, user__isnull=False)


def _set_clock(offset: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('jiaqiao.clock_offset', %s, true)", [offset])

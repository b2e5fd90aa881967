"""The state of sending: what is waiting, late or failed and why, and what a person must settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from core.prepared import prepared
from delivery import rules
from delivery.models import OutboxMessage, ProviderHealth, Restore, SendingSwitch, Settlement
from schools.models import School

State = OutboxMessage.State
FAILED_HOURS = 24  # hours; the page counts failures in this period
# A message waits three days at most (ALERT_LATE_AFTER_HOURS), so older rows need not be searched.
LOOKS_BACK_DAYS = 4
RESTORE_SHOWN_DAYS = 30  # days; by then a month of check-ins has shown what is missing
SHOWN = 50  # unknown messages on one page; any further ones are counted


@dataclass(frozen=True)
class Outbox:
    """Counts of an outbox.

    `due`: to be sent now or earlier. `late`: due for more than rules.LATE_AFTER_MINUTES. `in_flight`: held by
    a worker. `planned`: to be sent later. `unknown`: to settle. `failed`: (cause, count), most frequent
    first.
    """

    due: int
    late: int
    in_flight: int
    planned: int
    unknown: int
    oldest_due_at: datetime | None
    failed: Sequence[tuple[str, int]]


def outbox_of(school: School | None, at: datetime) -> Outbox:
    """Count a school's outbox, or the whole installation's (None), in two queries.

    They use the index of school, state and due date.
    """
    rows = OutboxMessage.objects.filter(school=school) if school else OutboxMessage.objects.all()
    waiting = Q(state__in=[State.DUE, State.RETRY])
    late_at = at - timedelta(minutes=rules.LATE_AFTER_MINUTES)
    counts = rows.filter(
        state__in=[State.DUE, State.RETRY, State.CLAIMED, State.UNKNOWN]
    ).aggregate(
        due=Count("pk", filter=waiting & Q(due_at__lte=at)),
        late=Count("pk", filter=waiting & Q(due_at__lte=late_at)),
        planned=Count("pk", filter=waiting & Q(due_at__gt=at)),
        in_flight=Count("pk", filter=Q(state=State.CLAIMED)),
        unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
        oldest_due_at=Min("due_at", filter=waiting & Q(due_at__lte=at)),
    )
    recent = rows.filter(
        state__in=[State.FAILED, State.EXPIRED],
        due_at__gt=at - timedelta(days=LOOKS_BACK_DAYS),
        finished_at__gt=at - timedelta(hours=FAILED_HOURS),
    )
    failed = recent.values("cause").annotate(count=Count("pk")).order_by("-count", "cause")
    return Outbox(**counts, failed=[(row["cause"], row["count"]) for row in failed])


def provider_health() -> list[ProviderHealth]:
    """Return the health of every enabled account that has sent something."""
    rows = ProviderHealth.objects.filter(account__is_enabled=True)
    return list(rows.select_related("account").order_by("account"))


def unknown_messages(school: School) -> list[OutboxMessage]:
    rows = OutboxMessage.objects.filter(school=school, state=State.UNKNOWN)
    return list(rows.select_related("adult", "user", "account").order_by("-due_at", "-pk")[:SHOWN])


def recent_settlements(school: School, at: datetime) -> list[Settlement]:
    rows = Settlement.objects.filter(school=school, undone_at=None, at__gt=at - timedelta(days=1))
    return list(rows.select_related("message__adult", "message__user", "by", "again")[:SHOWN])


def lately_restored(at: datetime) -> Restore | None:
    """Return the restore after which somebody may still be looking for missing data."""
    since = at - timedelta(days=RESTORE_SHOWN_DAYS)
    return Restore.objects.filter(finished_at__gt=since).first()


def waits_after_restore(school: School) -> bool:
    """Return whether the school is stopped because of a restore and nobody there has resumed
    sending since.
    """
    stopped_at = school.sending_stopped_at
    return stopped_at is not None and Restore.objects.filter(loaded_at=stopped_at).exists()


def held_up_schools(at: datetime) -> set[int]:
    """Return schools where so many messages that could be sent have waited so long that we should add no more
    questions.

    Messages that a switch holds back do not count.
    """
    if switched_off():
        return set()
    return set(_with_many(since=at - timedelta(minutes=rules.NO_MORE_AFTER_MINUTES), at=at))


@prepared
def _with_many(*, since, at) -> QuerySet[Any]:
    by_school = _not_held_back(since, at).order_by().values("school_id")
    many = by_school.annotate(count=Count("pk")).filter(count__gte=rules.NO_MORE_FROM_MESSAGES)
    return many.values_list("school_id", flat=True)


@prepared
def switched_off() -> QuerySet[Any]:
    return SendingSwitch.objects.filter(stopped_at__isnull=False).values_list("pk")[:1]


def could_go(at: datetime, minutes: int) -> QuerySet[OutboxMessage]:
    """Return messages due for `minutes` that are not too late yet and that no switch holds back."""
    found = _not_held_back(at - timedelta(minutes=minutes), at)
    return found.filter(adult=None) if switched_off() else found


def _not_held_back(since: datetime, at: datetime) -> QuerySet[OutboxMessage]:
    waiting = OutboxMessage.objects.filter(state__in=[State.DUE, State.RETRY], due_at__lte=since)
    stopped = Q(school__sending_stopped_at__isnull=False)
    not_begun = Q(school__sending_started_at=None) & ~Q(kind__in=rules.ASKED_FOR)
    held_back = Q(adult__isnull=False) & (stopped | not_begun)
    return waiting.filter(~held_back, expires_at__gt=at)

"""Checks whether anything keeps messages from being sent, for the banner on staff pages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.prepared import Question, prepared
from delivery import rules
from delivery.channels.models import FOR_TRYING_OUT
from delivery.channels.registry import CHANNELS
from delivery.models import ChannelAccount, OutboxMessage, Trouble
from delivery.queries.operation import held_up_schools, switched_off
from guardians.models import ContactPoint
from schools.models import School

# Days. A message that finds no channel waits for one for about a day, and a question that was not sent is
# asked again two days later.
UNSENT_DAYS = 3
ALERT_SLOW_AFTER_MINUTES = 5  # minutes; an alert that has not been sent by then needs a phone call


def sending_is_stopped(school: School | None) -> bool:
    """Return whether sending is stopped for this school or for all."""
    if school is not None and school.sending_stopped_at is not None:
        return True
    return bool(switched_off())


def stop_questions(school: School | None) -> list[Question]:
    """Return the query that `sending_is_stopped` runs."""
    if school is not None and school.sending_stopped_at is not None:
        return []
    return [switched_off.question()]


def _to_families() -> list[str]:
    """Return the kinds of channels that reach a family. A staff group reaches only staff."""
    kinds = [kind for kind, channel in CHANNELS.items() if channel.MEANS in ContactPoint.Kind]
    return [kind for kind in kinds if kind not in FOR_TRYING_OUT or settings.TEST_PHONE]


def has_phone_page(school: School) -> bool:
    """Return whether the school's messages appear on a page of this server (channels.demo_phone)."""
    if school.is_demo or not settings.TEST_PHONE:
        return school.is_demo
    return ChannelAccount.objects.filter(school=school, kind__in=FOR_TRYING_OUT).exists()


def schools_without_channel() -> QuerySet[School]:
    """Return schools with no channel in use that reaches a family. A demo school has its demo phone."""
    return _without_channel(_to_families())


def _without_channel(kinds: list[str]) -> QuerySet[School]:
    mine = ChannelAccount.objects.filter(school_id=OuterRef("pk"), kind__in=kinds)
    return School.objects.filter(~Exists(mine.filter(is_enabled=True)), is_demo=False)


def kinds_in_use(school: School) -> set[str]:
    """Return the kinds of channels in use that reach families."""
    kinds = ChannelAccount.objects.filter(school=school, is_enabled=True, kind__in=_to_families())
    return set(kinds.values_list("kind", flat=True))


def means_in_use(school: School) -> set[str]:
    """Return the kinds of contact points that a channel in use reaches. A demo school's phone counts."""
    means = {CHANNELS[kind].MEANS for kind in kinds_in_use(school)}
    return means | {"phone", "email"} if school.is_demo else means


def schools_with_test() -> QuerySet[School]:
    """Return schools where a test has arrived over a channel in use that reaches families.

    A demo school has its demo phone.
    """
    mine = ChannelAccount.objects.filter(is_enabled=True, kind__in=_to_families())
    tests = OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.TEST,
        school_id=OuterRef("pk"),
        state__in=[OutboxMessage.State.ACCEPTED, OutboxMessage.State.DELIVERED],
        account__in=mine,
    )
    return School.objects.filter(Q(is_demo=True) | Exists(tests))


def silent_schools(at: datetime) -> set[int]:
    """Return schools that now add no question and climb no ladder, because nothing would be sent.

    They have not begun, sending is stopped, they have no channel, or too much is waiting already.
    """
    if switched_off():
        return set(School.objects.values_list("pk", flat=True))
    return held_up_schools(at) | set(_silent(kinds=_to_families()))


@prepared
def _silent(*, kinds) -> QuerySet[Any]:
    not_begun = School.objects.filter(sending_started_at=None)
    stopped = School.objects.filter(sending_stopped_at__isnull=False)
    return (not_begun | stopped | _without_channel(kinds)).values_list("pk", flat=True)


def refused_lately(since: datetime) -> QuerySet[OutboxMessage]:
    """Return messages that an account could not send through the school's own fault (its template, its key,
    its cost limit), if it has sent none of their kind since.

    The provider answered, so its account does not rest: nothing else shows it.
    """
    State = OutboxMessage.State
    sent_since = OutboxMessage.objects.filter(
        school=OuterRef("school"),
        state__in=[State.ACCEPTED, State.DELIVERED],
        kind=OuterRef("kind"),
        due_at__gt=since,
        account=OuterRef("account"),
        sending_at__gt=OuterRef("finished_at"),
    )
    rows = OutboxMessage.objects.filter(
        state=State.FAILED,
        due_at__gt=since,
        cause__in=rules.SCHOOLS_TROUBLE,
        account__isnull=False,
    )
    return rows.exclude(kind=OutboxMessage.Kind.TEST).filter(~Exists(sent_since))


@dataclass(frozen=True)
class Refusal:
    """Since when an account has sent none of some kind of message, and the cause given last."""

    since: datetime
    cause: str


def refusals(school: School, at: datetime) -> dict[int, Refusal]:
    """Return what a school's accounts refuse, by account. It began when the administrator was told so."""
    rows = refused_lately(at - timedelta(days=UNSENT_DAYS)).filter(school=school)
    found: dict[int, Refusal] = {}
    for account, cause, since in rows.order_by("finished_at", "pk").values_list(
        "account", "cause", "finished_at"
    ):
        found[account] = Refusal(found[account].since if account in found else since or at, cause)
    subjects = {f"account:{account}": account for account in found}
    told = Trouble.objects.filter(over_at=None, subject__in=subjects)
    for subject, began_at in told.values_list("subject", "began_at") if found else ():
        one = found[subjects[subject]]
        found[subjects[subject]] = Refusal(min(began_at, one.since), one.cause)
    return found


def stopped_alerts(school: School, at: datetime) -> bool:
    """Return whether an alert to staff of this school has failed or is waiting too long."""
    State = OutboxMessage.State
    alerts = OutboxMessage.objects.filter(school=school, kind=OutboxMessage.Kind.CONCERN)
    # A call that nobody answered is no sending problem: the same alert was also sent in writing.
    alerts = alerts.exclude(payload__has_key="ring")
    slow = at - timedelta(minutes=ALERT_SLOW_AFTER_MINUTES)
    waiting = alerts.filter(
        state__in=[State.DUE, State.RETRY, State.CLAIMED], created_at__lte=slow, due_at__lte=at
    )
    lost = alerts.filter(
        state__in=[State.FAILED, State.UNKNOWN], created_at__gt=at - timedelta(days=1)
    )
    return waiting.exists() or lost.exists()

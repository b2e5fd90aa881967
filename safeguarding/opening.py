"""Open a concern and notify people; `actions` has what follows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from core.addresses import page_above
from delivery import actions as messaging
from delivery.models import OutboxMessage
from delivery.queries.calls import can_ring
from safeguarding import rules
from safeguarding.ladder import rungs_of
from safeguarding.models import Concern, ConcernEntry
from safeguarding.urgency import alert_words
from schools.queries import calendar_of

Kind = ConcernEntry.Kind


@transaction.atomic
def open_concern(
    *, source_key: str, is_urgent: bool = False, at: datetime, **facts
) -> tuple[Concern, bool]:
    """Return (concern, whether it is new). The second of two simultaneous calls waits and finds the first."""
    wanted_when = facts.get("wanted_when", "")
    clock = rules.clock_for(facts["source"], is_urgent=is_urgent, wanted_when=wanted_when)
    facts |= {"clock": clock, "opened_at": at}
    asked = Concern(source_key=source_key, **facts)
    told = rules.people_on(rungs_of(asked, at), 0)
    facts |= {"due_at": due_at(asked, at), "named_adult_id": told[0] if told else None}
    concern, is_new = Concern.objects.get_or_create(source_key=source_key, defaults=facts)
    if is_new:
        append(concern, Kind.OPENED, at, by=concern.raised_by)
        alert(concern, told, at)
    return concern, is_new


def append(concern: Concern, kind: str, at: datetime, **facts) -> ConcernEntry:
    return ConcernEntry.objects.create(
        concern=concern, school_id=concern.school_id, kind=kind, at=at, **facts
    )


def alert(concern: Concern, user_ids: Iterable[int], at: datetime, words: str = "") -> None:
    """Notify each person, in this order; each notification has its own entry and outbox message.

    `words` are a msgid in place of the usual sentence, for news that needs nobody at once. Without them
    phones ring as well, if the concern needs an adult now and nobody has taken it: a message wakes nobody at
    night.
    """
    is_free = concern.acknowledged_at is None and concern.closed_at is None
    rings = not words and is_free and concern.needs_adult_now and can_ring(concern.school)
    order = list(user_ids)
    for user in sorted(User.objects.filter(pk__in=order), key=lambda one: order.index(one.pk)):
        entry = append(concern, Kind.TOLD, at, about=user)
        messaging.queue_message(
            kind=OutboxMessage.Kind.CONCERN,
            user=user,
            school=concern.school,
            # By entry, not by rung: we notify a person again when the concern comes back to them.
            dedupe_key=f"concern:{concern.pk}:{entry.pk}:{user.pk}",
            due_at=at,
            expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
            payload={
                "path": page_above("concern", concern.pk),
                "concern": concern.pk,
                "student": concern.student_id,
            }
            | ({"words": said} if (said := words or alert_words(concern)) else {}),
        )
        if rings and user.phone:
            messaging.queue_message(
                kind=OutboxMessage.Kind.CONCERN,
                user=user,
                school=concern.school,
                dedupe_key=f"concern:{concern.pk}:{entry.pk}:{user.pk}:call",
                due_at=at,
                expires_at=at + timedelta(hours=rules.ALERT_EXPIRES_HOURS),
                about_id=concern.pk,
                payload={"ring": True, "concern": concern.pk, "student": concern.student_id},
            )


def due_at(concern: Concern, at: datetime) -> datetime:
    zone = ZoneInfo(concern.school.time_zone)
    return rules.answer_due_at(concern.clock, at, calendar_of(concern.school), zone)

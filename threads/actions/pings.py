"""Pings: messages that say that there is something new but not what. Several messages share one ping."""

from datetime import datetime, timedelta

from django.urls import reverse

from delivery import actions as messaging
from delivery.models import OutboxMessage
from guardians.models import Adult
from schools.hours import QuietHours, back_at
from schools.policies import today_in
from schools.queries import wants_pings
from threads import queries, rules
from threads.models import Thread, ThreadMessage
from threads.policies import is_in_hand, own_places

Kind = OutboxMessage.Kind


def ping_family(message: ThreadMessage) -> None:
    """Ping each adult of the thread who may read it. Dispatch respects their quiet hours."""
    thread, at = message.thread, message.at
    for adult in readers_of(thread, at):
        last = queries.last_ping(thread, adult=adult)
        if not rules.is_ping_due(queries.unseen_since(last, thread, adult=adult), _waits(last), at):
            continue
        payload: dict[str, object] = {
            "thread": thread.pk,
            "path": reverse("family_threads:thread", args=[thread.pk]),
            "teacher": message.user.name if message.user else "",
        }
        if thread.student_id:
            payload["student"] = thread.student_id
        messaging.queue_message(
            kind=Kind.THREAD,
            school=thread.school,
            adult=adult,
            dedupe_key=f"thread:{message.pk}:a{adult.pk}",
            due_at=at + timedelta(seconds=rules.PING_AFTER_SECONDS),
            expires_at=at + timedelta(days=rules.PING_EXPIRES_DAYS),
            payload=payload,
        )


def readers_of(thread: Thread, at: datetime) -> list[Adult]:
    people = thread.people.values_list("adult_id", flat=True)
    places = own_places(people, today_in(thread.school, at)).filter(thread=thread)
    return [place.adult for place in places.select_related("adult")]


def ping_owner(message: ThreadMessage, quiet: QuietHours, at: datetime | None = None) -> None:
    """Ping the thread's owner unless they want no pings; if a family writes at night, only in the morning.

    Pass `at` if somebody else has become the owner since the family wrote.
    """
    thread, owner, at = message.thread, message.thread.owner, at or message.at
    if owner is None or not wants_pings(owner, thread.school):
        return
    if not is_in_hand(owner, thread, today_in(thread.school, at)):  # they work here no longer
        return
    last = queries.last_ping(thread, user=owner)
    if not rules.is_ping_due(queries.unseen_since(last, thread, user=owner), _waits(last), at):
        return
    # Delivery drops the ping if the file of one of these children is closed to the owner by then.
    students = [thread.student_id] if thread.student_id else []
    if not students and message.adult:
        students = [child.pk for child in queries.children_of(message.adult, at)]
    due_at = max(at + timedelta(seconds=rules.PING_AFTER_SECONDS), back_at(quiet, at))
    messaging.queue_message(
        kind=Kind.THREAD,
        school=thread.school,
        user=owner,
        dedupe_key=f"thread:{message.pk}:u{owner.pk}",
        due_at=due_at,
        expires_at=due_at + timedelta(hours=rules.PING_STAFF_EXPIRES_HOURS),
        payload={
            "thread": thread.pk,
            "students": students,
            "path": reverse("threads:thread", args=[thread.pk]),
        },
    )


def call_off_pings(thread: Thread, at: datetime, **whom) -> None:
    """Cancel pings that are still waiting, because the messages have been read."""
    waiting = queries.waiting_pings(thread, **whom)
    keys = list(waiting.values_list("dedupe_key", flat=True))
    if keys:
        messaging.call_off(dedupe_keys=keys, cause="seen", at=at)


def _waits(ping: OutboxMessage | None) -> bool:
    return ping is not None and ping.state in queries.PING_WAITS

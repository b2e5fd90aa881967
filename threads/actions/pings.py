"""The message that tells somebody that there is a word for them: no word of it, and one for several."""

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
from threads.policies import own_places

Kind = OutboxMessage.Kind


def ping_family(message: ThreadMessage) -> None:
    """To each adult of the thread who may read it; dispatch keeps their quiet hours."""
    thread, at = message.thread, message.at
    for adult in readers_of(thread, at):
        last = queries.last_ping(thread, adult=adult)
        if not rules.is_pinged_again(
            queries.unseen_since(last, thread, adult=adult), _waits(last), at
        ):
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
    """In the morning, where a family writes at night; never where the owner wants none. `at`: now, where
    the thread has come into other hands since the family wrote.
    """
    thread, owner, at = message.thread, message.thread.owner, at or message.at
    if owner is None or not wants_pings(owner, thread.school):
        return
    last = queries.last_ping(thread, user=owner)
    if not rules.is_pinged_again(queries.unseen_since(last, thread, user=owner), _waits(last), at):
        return
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
            "students": _children_in(message, at),
            "path": reverse("threads:thread", args=[thread.pk]),
        },
    )


def _children_in(message: ThreadMessage, at: datetime) -> list[int]:
    """Whom the conversation is about: to whom one of their files is closed meanwhile, no word goes."""
    if message.thread.student_id:
        return [message.thread.student_id]
    return [child.pk for child in queries.children_of(message.adult, at)] if message.adult else []


def call_off_pings(thread: Thread, at: datetime, **whom) -> None:
    """It has been read: what still waits to say so is of no use."""
    waiting = queries.waiting_pings(thread, **whom)
    keys = list(waiting.values_list("dedupe_key", flat=True))
    if keys:
        messaging.call_off(dedupe_keys=keys, cause="seen", at=at)


def _waits(ping: OutboxMessage | None) -> bool:
    return ping is not None and ping.state in queries.PING_WAITS

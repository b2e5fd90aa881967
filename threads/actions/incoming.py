"""Put each incoming message into a thread once. Messages without a certain place wait in the tray."""

from datetime import datetime
from uuid import UUID, uuid5

import pgtrigger
import structlog
from django.db import transaction

from accounts.models import User
from core.database import is_away
from delivery.incoming.rules import is_stop
from delivery.models import IncomingMessage
from guardians import actions as guardians
from guardians.models import Adult, ContactPoint
from messaging import actions as messaging
from messaging.family.acts import lines_for
from messaging.models import Answer, Reply
from schools.policies import today_in
from threads import queries, rules
from threads.actions.writing import Said, begin_from_family, say_from_family
from threads.models import ReplyRouting, Routing, Sighting, Thread, ThreadMessage

log = structlog.get_logger(__name__)

State, Via = Routing.State, ThreadMessage.Via
KEYS = UUID("2f6a3f0e-7f0f-4d6c-9b5e-2f1c6a0d7e11")  # namespace for the keys of incoming messages


def land_incoming(*, at: datetime) -> int:
    """Place every incoming message that has no place yet, and return how many.

    Safe to run twice or in parallel.
    """
    placed = 0
    for row in queries.incoming_without_place():
        try:
            placed += _land(row, at)
        except Exception as error:  # the next run retries it; the other messages do not wait for it
            if is_away(error):
                raise
            log.exception("incoming_not_placed", incoming_id=row.pk)
    return placed


@transaction.atomic
def _land(row: IncomingMessage, at: datetime) -> bool:
    routing, is_new = Routing.objects.get_or_create(
        incoming=row, defaults={"school_id": row.school_id, "state": State.TRAY, "at": at}
    )
    if not is_new:
        return False
    people = queries.adults_at(row)
    if is_stop(row.text) and people:
        # We do not know which of them refused, and the refusal binds at once, so it applies to all
        # at the address.
        for adult in people:
            guardians.opt_out(adult=adult, at=at)
        routing.state = State.OPTED_OUT
        routing.save(update_fields=["state"])
        return True
    routing.calls_for_help = rules.answer_in(row.text) == Answer.NEED_HELP
    place = rules.place_of([queries.candidate(adult, row, at) for adult in people])
    if place is rules.Place.ADULT:
        _put_in_thread(routing, people[0], None, at)
    else:
        routing.cause = place.value
        routing.save(update_fields=["cause", "calls_for_help"])
    return True


def _put_in_thread(routing: Routing, adult: Adult, by: User | None, at: datetime) -> ThreadMessage:
    row = routing.incoming
    routing.state, routing.cause = State.IN_THREAD, ""
    routing.answer = _answer_check_in(adult, row, at)
    routing.save()
    # As the answer to a check-in it calls for help already.
    is_help = not routing.answer and rules.answer_in(row.text) == Answer.NEED_HELP
    said = Said(
        key=uuid5(KEYS, f"{row.pk}:{adult.pk}"),
        text=row.text,
        calls_for_help=is_help,
        via=Via.SMS if row.address_kind == ContactPoint.Kind.PHONE else Via.WECHAT,
        incoming=row,
    )
    thread = queries.thread_to_land_in(adult, at)
    if thread is not None:
        return say_from_family(thread=thread, adult=adult, said=said, by=by, at=at)
    student = queries.only_child(adult, at)
    return begin_from_family(adult=adult, student=student, said=said, by=by, at=at)


def _answer_check_in(adult: Adult, row: IncomingMessage, at: datetime) -> str:
    """Answer the only check-in that was open when it came, if the text is exactly a printed answer.

    Return that answer, or an empty string.
    """
    answer = rules.answer_in(row.text)
    check_ins = list(queries.open_check_ins(adult, row.received_at, at)[:2]) if answer else []
    if len(check_ins) != 1:
        return ""
    lines = lines_for(check_ins[0], today_in(adult.school, at))
    point = queries.point_of(adult, row)
    was_new = messaging.answer(
        check_in=check_ins[0],
        key=f"incoming:{row.pk}",
        answers={line.student_id: answer for line in lines},
        at=at,
        contact_point_id=point.pk if point else None,
        said_at=row.received_at,
    )
    return answer if was_new else ""


def land_replies(*, at: datetime) -> int:
    """Put each voice note and each wish for a call from a check-in into the conversation about the child.

    Return how many were placed. Safe to run twice or in parallel.
    """
    placed = 0
    for reply in queries.replies_without_place():
        try:
            placed += _land_reply(reply, at)
        except Exception as error:  # the next run retries it; the other replies do not wait for it
            if is_away(error):
                raise
            log.exception("reply_not_placed", reply_id=reply.pk)
    return placed


@transaction.atomic
def _land_reply(reply: Reply, at: datetime) -> bool:
    routing, is_new = ReplyRouting.objects.get_or_create(
        reply=reply, defaults={"school_id": reply.school_id, "at": at}
    )
    adult, student = reply.line.check_in.adult, reply.line.student
    if not is_new or adult.is_blocked or student not in queries.children_of(adult, at):
        return False
    said = Said(
        key=uuid5(KEYS, f"reply:{reply.pk}"),
        text=reply.words,
        recorded=reply.voice,
        wants_call=reply.wants_call,
    )
    thread = queries.thread_to_land_in(adult, at)
    if thread is not None and thread.student_id in (None, student.pk):
        message = say_from_family(thread=thread, adult=adult, said=said, by=None, at=at)
    else:
        message = begin_from_family(adult=adult, student=student, said=said, by=None, at=at)
    routing.message = message
    routing.save(update_fields=["message"])
    return True


@transaction.atomic
def assign(*, routing: Routing, adult: Adult, by: User, at: datetime) -> ThreadMessage | None:
    """Put a message from the tray into the thread of `adult`.

    Return None if somebody else already decided.
    """
    routing = Routing.objects.select_for_update().get(pk=routing.pk)
    if routing.state != State.TRAY or routing.cause == Routing.Cause.BARRED:
        return None
    routing.decided_by, routing.decided_at = by, at
    return _put_in_thread(routing, adult, None, at)


@transaction.atomic
def dismiss(*, routing: Routing, by: User, at: datetime) -> bool:
    rows = Routing.objects.filter(pk=routing.pk, state=State.TRAY)
    return bool(rows.update(state=State.DISMISSED, decided_by=by, decided_at=at))


@transaction.atomic
def put_back(*, routing: Routing, by: User, at: datetime) -> bool:
    """Undo `assign` or `dismiss`.

    The message returns to the tray and leaves no trace in its thread. Return False if the family has
    already seen it there, if somebody has written since, or if it has answered a check-in.
    """
    routing = Routing.objects.select_for_update().get(pk=routing.pk)
    if routing.state == State.TRAY:
        return True
    if routing.decided_by_id is None:
        return False
    if routing.state == State.IN_THREAD and not _take_out(routing):
        return False
    routing.state, routing.decided_by, routing.decided_at = State.TRAY, None, at
    routing.cause = routing.cause or queries.cause_of(routing.incoming, at)
    routing.save()
    return True


def _take_out(routing: Routing) -> bool:
    message = ThreadMessage.objects.filter(incoming=routing.incoming_id).first()
    if message is None or routing.answer:
        return False
    thread = Thread.objects.select_for_update(of=("self",)).get(pk=message.thread_id)
    after = thread.messages.filter(pk__gt=message.pk)
    seen = Sighting.objects.filter(
        message__thread=thread, seen_at__gte=message.at, adult__isnull=False
    )
    if seen.exists() or after.exclude(via=Via.AUTOMATIC).exists():
        return False
    before = queries.turn_before(message)
    with pgtrigger.ignore("threads.ThreadMessage:append_only"):
        after.delete()
        message.delete()
        last = queries.latest_word(thread)
        if last is None:
            thread.delete()
            return True
    thread.last_at = last.at
    if thread.state != Thread.State.DONE:  # otherwise it was finished in the meantime
        thread.state, thread.waiting_since = before.state, before.waiting_since
    thread.save(update_fields=["last_at", "state", "waiting_since"])
    return True

"""Begin a thread and write in it. Repeating an action with the same key changes nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction

from accounts.models import User
from delivery import actions as messaging
from delivery.models import IncomingMessage, OutboxMessage
from guardians.models import Adult
from schools import hotlines
from schools.hours import QuietHours, back_at
from schools.queries import quiet_hours_of
from students.models import Student
from threads import queries, rules
from threads.actions.machine_texts import want_machine_texts
from threads.actions.pings import ping_family, ping_owner
from threads.models import WORDS_AT_MOST, CallBack, Thread, ThreadAdult, ThreadMessage
from uploads.actions import keep_photo, keep_voice
from uploads.models import Upload

Via = ThreadMessage.Via


class StaleKey(ValueError):
    """This key belongs to another message, so the user must open the page again."""


@dataclass(frozen=True)
class Said:
    """One message as somebody writes it. The files come from PhotoField and VoiceField."""

    key: UUID
    text: str = ""
    photo: File | None = None
    voice: File | None = None
    calls_for_help: bool = False
    wants_call: bool = False
    via: str = Via.PAGE
    incoming: IncomingMessage | None = None
    recorded: Upload | None = None  # a voice note that is already stored

    @property
    def kept(self) -> dict[str, Upload]:
        """Return the file that is already stored: a voice note, or the file of an incoming message."""
        upload = self.incoming.upload if self.incoming else self.recorded
        return {"voice" if upload.is_voice else "photo": upload} if upload else {}


@transaction.atomic
def begin_from_family(
    *, adult: Adult, student: Student | None, said: Said, by: User | None, at: datetime
) -> ThreadMessage:
    """Begin a thread from the family, about one of its children or about none."""
    known = ThreadMessage.objects.filter(key=said.key).select_related("thread").first()
    if known:
        return _same(known, adult=adult)
    thread = _begin(adult.school, student, [adult], queries.owner_for(student, adult, at), at)
    return _say(thread, said, at, adult=adult, by=by)


@transaction.atomic
def begin_from_school(
    *, student: Student, adults: Collection[Adult], said: Said, by: User, at: datetime
) -> ThreadMessage:
    """Begin a thread from `by`, who becomes its owner. Each of `adults` sees all of it."""
    known = ThreadMessage.objects.filter(key=said.key).select_related("thread").first()
    if known:
        return _same(known, user=by)
    thread = _begin(student.school, student, adults, by, at)
    return _say(thread, said, at, user=by, by=by)


def say_from_family(
    *, thread: Thread, adult: Adult, said: Said, by: User | None, at: datetime
) -> ThreadMessage:
    return _go_on(thread, said, at, adult=adult, by=by)


def say_from_school(
    *, thread: Thread, said: Said, by: User, at: datetime, as_seen: bool = False
) -> ThreadMessage:
    """Answer the family. `as_seen`: what it wrote that `by` has not had on screen goes on waiting."""
    return _go_on(thread, said, at, user=by, by=by, as_seen=as_seen)


def _begin(school, student, adults, owner, at) -> Thread:
    thread = Thread.objects.create(
        school=school,
        student=student,
        owner=owner,
        state=Thread.State.DONE,  # until the first message, in this transaction
        opened_at=at,
        last_at=at,
    )
    ThreadAdult.objects.bulk_create(
        ThreadAdult(school=school, thread=thread, adult=adult, joined_at=at) for adult in adults
    )
    return thread


@transaction.atomic
def _go_on(thread: Thread, said: Said, at: datetime, **who) -> ThreadMessage:
    """Write while the thread is locked, so that two messages sent at once are saved one after the other."""
    locked = Thread.objects.select_for_update(of=("self",)).select_related("school", "student")
    thread = locked.get(pk=thread.pk)
    known = ThreadMessage.objects.filter(key=said.key).select_related("thread").first()
    if known:
        if known.thread_id != thread.pk:
            raise StaleKey
        return _same(known, adult=who.get("adult"), user=who.get("user"))
    return _say(thread, said, at, **who)


def _same(known: ThreadMessage, *, adult: Adult | None = None, user: User | None = None):
    if (known.adult_id, known.user_id) != (adult.pk if adult else None, user.pk if user else None):
        raise StaleKey
    return known


def _say(
    thread: Thread,
    said: Said,
    at: datetime,
    *,
    by: User | None,
    adult: Adult | None = None,
    user: User | None = None,
    as_seen: bool = False,
) -> ThreadMessage:
    text = said.text.strip()[:WORDS_AT_MOST]
    files = dict(said.kept)
    place: dict[str, Any] = {"student": thread.student, "school": thread.school, "by": by, "at": at}
    if said.photo and "photo" not in files:
        files["photo"] = keep_photo(file=said.photo, key=uuid5(said.key, "photo"), **place)
    if said.voice and "voice" not in files:
        files["voice"] = keep_voice(file=said.voice, key=uuid5(said.key, "voice"), **place)
    last_at = queries.last_word_at(thread)
    message = ThreadMessage.objects.create(
        school_id=thread.school_id,
        thread=thread,
        key=said.key,
        adult=adult,
        user=user,
        text=text,
        via=said.via,
        incoming=said.incoming,
        calls_for_help=said.calls_for_help,
        wants_call=said.wants_call,
        opens_exchange=rules.opens_exchange(last_at, thread.state == Thread.State.DONE, at),
        at=at,
        **files,
    )
    _turn(thread, message, as_seen)
    thread.last_at = at
    thread.save(update_fields=["state", "waiting_since", "last_at"])
    want_machine_texts(message)
    if adult is None:
        ping_family(message)
    else:
        _after_family(message, said)
    return message


def _turn(thread: Thread, message: ThreadMessage, as_seen: bool) -> None:
    """Note who is to answer now, and since when; the caller saves."""
    unseen = queries.first_unseen(thread, message.user) if as_seen and message.user else None
    if unseen:
        thread.state, thread.waiting_since = Thread.State.WAITING_SCHOOL, unseen.at
        return
    awaited = rules.awaited_after(is_from_family=message.adult_id is not None)
    since = thread.waiting_since
    # A side that is already waiting keeps its time. A voice may be stored behind a word said after it.
    if thread.state != awaited or since is None or message.at < since:
        thread.state, thread.waiting_since = Thread.State(awaited), message.at


def _after_family(message: ThreadMessage, said: Said) -> None:
    """Record a wish for a call, reply automatically in quiet hours, and ping the owner."""
    thread, at = message.thread, message.at
    if said.wants_call:
        CallBack.objects.get_or_create(
            thread=thread,
            adult=message.adult,
            done_at=None,
            defaults={"school_id": thread.school_id, "message": message, "asked_at": at},
        )
    quiet = quiet_hours_of(thread.owner, thread.school)
    if rules.is_auto_reply_due(quiet, at, queries.last_back_at(thread)):
        _reply_automatically(message, quiet)
    if thread.owner_id:
        ping_owner(message, quiet)


def _reply_automatically(message: ThreadMessage, quiet: QuietHours) -> None:
    """Reply on the page, in the reader's language, and also by text message if the family wrote one."""
    thread, at = message.thread, message.at
    reply = ThreadMessage.objects.create(
        school_id=thread.school_id,
        thread=thread,
        key=uuid5(message.key, "automatic"),
        via=Via.AUTOMATIC,
        back_at=back_at(quiet, at),
        at=at,
    )
    if message.via == Via.PAGE:
        return
    # The duty phone comes first. Only the digits, because a text message is short.
    numbers = [thread.school.phone, *(line.number for line in hotlines.of(thread.school))]
    messaging.queue_message(
        kind=OutboxMessage.Kind.RECEIVED,
        school=thread.school,
        adult=message.adult,
        dedupe_key=f"received:{reply.pk}",
        due_at=at,
        expires_at=at + timedelta(hours=rules.RECEIVED_EXPIRES_HOURS),
        payload={
            "teacher": thread.owner.name if thread.owner else "",
            "words": "、".join(filter(None, numbers)),
        },
    )

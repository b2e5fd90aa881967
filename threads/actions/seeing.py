"""Record that a message was on somebody's screen, and that they played its voice; each once."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from guardians.models import Adult
from threads.actions.pings import call_off_pings
from threads.models import ReplyRouting, Sighting, Thread, ThreadMessage


@transaction.atomic
def note_seen_by_family(
    *, thread: Thread, adult: Adult, messages: Iterable[ThreadMessage], at: datetime
) -> None:
    """Record that `messages` were on the page, and cancel pings about them."""
    unseen = [one for one in messages if one.adult_id is None]
    _note(unseen, at, adult=adult)
    call_off_pings(thread, at, adult=adult)


@transaction.atomic
def note_seen_by_staff(
    *, thread: Thread, user: User, messages: Iterable[ThreadMessage], at: datetime
) -> None:
    unseen = [one for one in messages if one.adult_id is not None]
    _note(unseen, at, user=user)
    call_off_pings(thread, at, user=user)


def _note(messages: Iterable[ThreadMessage], at: datetime, **who) -> None:
    pks = [one.pk for one in messages]
    known = set(
        Sighting.objects.filter(message__in=pks, **who).values_list("message_id", flat=True)
    )
    Sighting.objects.bulk_create(
        [
            Sighting(school_id=one.school_id, message=one, seen_at=at, **who)
            for one in messages
            if one.pk not in known
        ],
        ignore_conflicts=True,
    )


def note_heard(
    *, message: ThreadMessage, at: datetime, adult: Adult | None = None, user: User | None = None
) -> None:
    """Record the first time that a voice is played. It does not count if its own speaker plays it."""
    is_own = message.adult_id is not None if adult else message.user_id is not None
    if is_own:
        return
    who = {"adult": adult} if adult else {"user": user}
    row, _is_new = Sighting.objects.get_or_create(
        message=message, defaults={"school_id": message.school_id, "seen_at": at}, **who
    )
    Sighting.objects.filter(pk=row.pk, heard_at=None).update(heard_at=at)


def note_reply_heard(*, reply_id: int, user: User, at: datetime) -> None:
    """Record that `user` played the voice of a check-in elsewhere, if it is part of a conversation by now."""
    routing = ReplyRouting.objects.filter(reply=reply_id).select_related("message").first()
    if routing and routing.message:
        note_heard(message=routing.message, user=user, at=at)

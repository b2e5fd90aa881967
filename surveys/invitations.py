"""The message that sends the questions of a round home: one for each adult, siblings together."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_noop

from delivery import actions as messaging
from delivery.models import OutboxMessage
from schools.policies import today_in
from surveys import links
from surveys.asked import Asked
from surveys.models import Round, Seat

WORDS = gettext_noop("There are a few questions for you. Please answer by %(day)s.")
AGAIN = gettext_noop("A few questions still wait for your answer, by %(day)s.")


def invite(*, round_: Round, asked: Iterable[Asked], at: datetime) -> None:
    messaging.queue_messages(_messages(round_, asked, WORDS, at))


def _messages(
    round_: Round, asked: Iterable[Asked], words: str, at: datetime, on: object = ""
) -> list[OutboxMessage]:
    # Until the end of the round's last day, at the school.
    midnight = datetime.combine(round_.due_on, time(0), ZoneInfo(round_.school.time_zone))
    children: dict[int, list[int]] = {}
    for form in asked:
        if form.adult_id:
            children.setdefault(form.adult_id, []).append(form.student_id)
    return [
        OutboxMessage(
            kind=OutboxMessage.Kind.NOTICE,
            school_id=round_.school_id,
            adult_id=adult,
            dedupe_key=links.message_key(round_.pk, adult, on),
            due_at=at,
            expires_at=midnight + timedelta(days=1),
            payload={
                "words": words,
                "path": links.path_for(round_.pk, adult),
                "students": students,
                "day": str(round_.due_on),
            },
        )
        for adult, students in children.items()
    ]


@transaction.atomic
def remind(*, round_: Round, asked: Iterable[Asked], at: datetime) -> int:
    """Remind those of `asked` with an unfinished form, each once a day. Return how many."""
    locked = Round.objects.select_for_update().select_related("school").get(pk=round_.pk)
    on = today_in(locked.school, at)
    # Only rounds at home have a link; a talk also includes people who may get no message.
    if not locked.is_at_home:
        return 0
    if not locked.is_open(on) or today_in(locked.school, locked.opened_at) == on:
        return 0
    finished = Seat.objects.filter(round=locked, finished_at__isnull=False)
    done = set(finished.values_list("student_id", "adult_id"))
    waiting = [form for form in asked if (form.student_id, form.adult_id) not in done]
    rows = _messages(locked, waiting, AGAIN, at, on)
    known = OutboxMessage.objects.filter(dedupe_key__in=[row.dedupe_key for row in rows])
    had = set(known.values_list("dedupe_key", flat=True))
    messaging.queue_messages([row for row in rows if row.dedupe_key not in had])
    return len(rows) - len(had)


@transaction.atomic
def call_off(*, round_: Round, at: datetime, adult_id: int | None = None) -> None:
    """Stop messages that still wait, of a closed round or to an adult who has answered."""
    State = OutboxMessage.State
    waiting = OutboxMessage.objects.filter(
        state__in=[State.DUE, State.RETRY, State.CLAIMED],
        dedupe_key__startswith=f"survey:{round_.pk}:a",
    )
    if adult_id is not None:
        waiting = waiting.filter(adult=adult_id)
    keys = list(waiting.values_list("dedupe_key", flat=True))
    cause = "no_longer_due" if adult_id is None else "answered"
    messaging.call_off(dedupe_keys=keys, cause=cause, at=at)

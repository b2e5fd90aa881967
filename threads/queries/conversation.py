"""Load one thread for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zlib import crc32

from django.db.models import Q, QuerySet, Subquery

from delivery.models import OutboxMessage
from guardians.models import Adult
from threads.models import CallBack, MachineText, Sighting, Thread, ThreadMessage
from threads.policies import call_backs_in_force
from threads.queries.machine_texts import machine_texts_of
from threads.rules import SHOWN


@dataclass(frozen=True)
class Conversation:
    """Messages, oldest first, with what belongs to each.

    That is who has seen it, the pings about it, and what machines made of it.
    """

    messages: list[ThreadMessage]
    sightings: dict[int, list[Sighting]]
    pings: dict[int, list[OutboxMessage]]  # adult → oldest first
    machine_texts: dict[int, list[MachineText]]
    has_earlier: bool

    def state(self, *, is_staff: bool) -> str:
        """Return a fingerprint that changes with each message and what becomes of it.

        A page sends it to find out whether it is up to date.
        """
        last = self.messages[-1].pk if self.messages else 0
        sightings = [one for row in self.sightings.values() for one in row]
        pings = [one for row in self.pings.values() for one in row]
        made = [one for row in self.machine_texts.values() for one in row]
        return _state(last, sightings, pings, made, is_staff=is_staff)


def state_of(thread: Thread, *, is_staff: bool) -> str:
    """Return `Conversation.state` of the latest messages without reading their text."""
    rows = ThreadMessage.objects.filter(thread=thread).order_by("-at", "-pk")
    pks = list(rows.values_list("pk", flat=True)[:SHOWN])
    sightings = Sighting.objects.filter(message__in=pks)
    pings = _pings_about(thread, pks) if is_staff else ()
    made = MachineText.objects.filter(message__in=pks).defer("text")
    return _state(pks[0] if pks else 0, sightings, pings, made, is_staff=is_staff)


def _state(
    last: int,
    sightings: Iterable[Sighting],
    pings: Iterable[OutboxMessage],
    made: Iterable[MachineText],
    *,
    is_staff: bool,
) -> str:
    """Return the fingerprint.

    It ignores that the reader's own side saw a message, but not that they played it.
    """
    seen = [one for one in sightings if one.heard_at or (one.user_id is None) == is_staff]
    marks = [f"{one.pk}{one.heard_at or ''}" for one in seen]
    marks += [f"{one.pk}{one.state}" for one in pings if is_staff]  # families see none of them
    marks += [f"{one.pk}{one.made_at or one.next_at}" for one in made]
    return f"{last}-{crc32(' '.join(sorted(marks)).encode()):x}"


def conversation(thread: Thread, before: int | None = None) -> Conversation:
    """Return the latest messages, or those before message `before`.

    A message may have been stored behind one that was said after it. The number of queries is the same for a
    long and a short thread.
    """
    rows = ThreadMessage.objects.filter(thread=thread)
    if before:
        said_at = Subquery(rows.filter(pk=before).values("at"))
        rows = rows.filter(Q(at__lt=said_at) | Q(at=said_at, pk__lt=before))
    rows = rows.select_related("adult", "user", "photo", "voice", "call_back")
    found = list(rows.order_by("-at", "-pk")[: SHOWN + 1])
    shown = found[:SHOWN][::-1]
    pks = [one.pk for one in shown]
    sightings: dict[int, list[Sighting]] = {}
    seen = Sighting.objects.filter(message__in=pks).select_related("adult", "user")
    for one in seen.order_by("seen_at", "pk"):
        sightings.setdefault(one.message_id, []).append(one)
    pings: dict[int, list[OutboxMessage]] = {}
    for ping in _pings_about(thread, pks).order_by("created_at", "pk"):
        pings.setdefault(ping.adult_id or 0, []).append(ping)
    return Conversation(shown, sightings, pings, machine_texts_of(pks), len(found) > SHOWN)


def _pings_about(thread: Thread, pks: Sequence[int]) -> QuerySet[OutboxMessage]:
    adults = thread.people.values_list("adult_id", flat=True)
    keys = [f"thread:{pk}:a{adult}" for adult in adults for pk in pks]
    return OutboxMessage.objects.filter(dedupe_key__in=keys)


def telling(message: ThreadMessage, sent: Sequence[OutboxMessage]) -> OutboxMessage | None:
    """Return the ping about `message`: the first one sent after it, or one not sent yet; None without one."""
    for one in sent:
        if one.sending_at is None or one.sending_at >= message.at:
            return one
    return None


def open_call_backs(thread: Thread, on: date) -> QuerySet[CallBack]:
    return call_backs_in_force(on).filter(thread=thread, done_at=None).select_related("adult")


def people_of(thread: Thread) -> list[Adult]:
    return [place.adult for place in thread.people.select_related("adult")]

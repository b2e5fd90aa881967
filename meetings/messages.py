"""Messages to families about meetings: invitations, reminders, and that a meeting was moved or cancelled.

A message names neither meeting nor child; the page behind it does. The invitation is sent at the adult's next
allowed time, the reminder the evening before.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from core.prepared import prepared
from delivery import actions as delivery
from delivery.actions.outbox import NO_LONGER
from delivery.kinds import Asked, RoomNotice
from delivery.models import OutboxMessage
from guardians.hours import day_of, evening_before
from guardians.queries import may_be_asked, usable_contact_points
from meetings.links import ABOUT, key_start, path_for
from meetings.models import Meeting, MeetingInvitation
from meetings.policies import standing

State = OutboxMessage.State
Reply = MeetingInvitation.Reply
REMINDED_AT_MOST_DAYS_BEFORE = 2  # days; the evening before a meeting lies within them
OFF_TOLD_HOURS = 48  # hours; or until the meeting would have begun, whichever is later


class Which(StrEnum):
    INVITE = "invite"
    MOVED = "moved"
    REMIND = "remind"
    TODAY = "today"
    OFF = "off"


WORDS = {
    Which.INVITE: gettext_noop(
        "The school invites you to a meeting. Tap to see when and where, and to answer."
    ),
    Which.MOVED: gettext_noop(
        "A meeting at the school has a new time or place. Tap to see it, and answer again."
    ),
    Which.REMIND: gettext_noop("There is a meeting at the school tomorrow. Tap to see when."),
    # The reminder of somebody whose did not go the evening before, as after a failure.
    Which.TODAY: gettext_noop("There is a meeting at the school today. Tap to see when."),
    Which.OFF: gettext_noop("A meeting at the school is cancelled. You need not come."),
}


def writable(invitations: QuerySet[MeetingInvitation]) -> QuerySet[MeetingInvitation]:
    """Return invitations whose adult wants messages and has a working contact point."""
    way = usable_contact_points().filter(adult_id=OuterRef("adult_id")).order_by()
    return invitations.filter(may_be_asked(), Exists(way)).select_related("adult")


def queue(
    meeting: Meeting, invitations: Iterable[MeetingInvitation], which: Which, at: datetime
) -> int:
    until = meeting.starts_at
    if which is Which.OFF:
        until = max(until, at + timedelta(hours=OFF_TOLD_HOURS))
    rows = (_notice(meeting, one, which, at, until) for one in invitations)
    return delivery.queue_notices([one for one in rows if one.due_at < one.expires_at])


def _notice(
    meeting: Meeting,
    invitation: MeetingInvitation,
    which: Which,
    due_at: datetime,
    expires_at: datetime,
) -> OutboxMessage:
    return delivery.room_notice(
        about=ABOUT,
        about_id=invitation.pk,
        which=which,
        key=_key(invitation.pk, which, meeting.moves).removeprefix("notice:"),
        school_id=meeting.school_id,
        adult_id=invitation.adult_id,
        words=WORDS[which],
        path=path_for(invitation),
        due_at=due_at,
        expires_at=expires_at,
    )


def _key(invitation_id: int, which: Which, moves: int) -> str:
    return f"{key_start(invitation_id)}{which}-{moves}"


def _messages(invitation_ids: Collection[int]) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.NOTICE, payload__about=ABOUT, about_id__in=invitation_ids
    )


def call_off(invitation_ids: Collection[int], at: datetime) -> None:
    """Call off messages that have not been sent."""
    waiting = _messages(invitation_ids).filter(state__in=[State.DUE, State.RETRY, State.CLAIMED])
    keys = list(waiting.values_list("dedupe_key", flat=True))
    if keys:
        delivery.call_off(dedupe_keys=keys, cause=NO_LONGER, at=at)


def told(invitation_ids: Collection[int]) -> set[int]:
    """Return ids of these invitations about which some message has been sent."""
    left = Q(state__in=[State.ACCEPTED, State.DELIVERED, State.UNKNOWN])
    left |= Q(state=State.CLAIMED, sending_at__isnull=False)
    return {row.about_id for row in _messages(invitation_ids).filter(left) if row.about_id}


def ways_through(moves: dict[int, int]) -> dict[int, bool]:
    """Return {invitation id: whether a message about the current time and place got through}.

    True: it did; False: one still may; missing: none did. `moves`: how often the meeting of an invitation was
    moved.
    """
    found: dict[int, bool] = {}
    about = {_key(pk, which, moved): pk for pk, moved in moves.items() for which in Which}
    # Look them up by key: messages of other packages are about rows with the same ids.
    for key, state in _states(keys=about):
        pk = about[key]
        if state in (State.ACCEPTED, State.DELIVERED):
            found[pk] = True
        elif state in (State.DUE, State.RETRY, State.CLAIMED):
            found.setdefault(pk, False)
    return found


@prepared
def _states(*, keys) -> QuerySet[Any]:
    return OutboxMessage.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", "state")


def queue_reminders(*, at: datetime) -> int:
    """Queue reminders that are due now for the meetings ahead, each adult once; return how many are new."""
    ahead = Meeting.objects.filter(
        off_at=None,
        starts_at__gt=at,
        starts_at__lte=at + timedelta(days=REMINDED_AT_MOST_DAYS_BEFORE),
    )
    rows = writable(standing(timezone.localdate(at)).filter(meeting__in=ahead))
    due = []
    for row in rows.select_related("meeting", "adult"):
        meeting = row.meeting
        due_at = evening_before(row.adult.hours, meeting.starts_at)
        known_since = meeting.moved_at or row.invited_at
        # People invited after the time of their reminder need none.
        if due_at and known_since < due_at <= at and row.reply_now(meeting) != Reply.CANNOT:
            due.append((_reminder(meeting, row, due_at, at), row))
    evenings = {
        message.dedupe_key: _key(row.pk, Which.REMIND, row.meeting.moves)
        for message, row in due
        if message.payload["which"] == Which.TODAY
    }
    return delivery.queue_notices([one for one, _row in due], unless_sent=evenings)


def _reminder(
    meeting: Meeting, row: MeetingInvitation, due_at: datetime, at: datetime
) -> OutboxMessage:
    """Return the reminder that is true when it is sent: "tomorrow" is not after midnight, even if it is
    late.
    """
    today = day_of(row.adult.hours, meeting.starts_at)
    if at < today:
        return _notice(meeting, row, Which.REMIND, due_at, today)
    return _notice(meeting, row, Which.TODAY, at, meeting.starts_at)


class MeetingNotice(RoomNotice):
    """A message about a meeting. `about_id` is the invitation, `which` a Which."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        rows = standing(timezone.localdate(at)).filter(may_be_asked()).select_related("meeting")
        known = rows.in_bulk({one.about_id for one in asked})
        for one in asked:
            row = known.get(one.about_id)
            if row and row.adult_id == one.adult_id and _holds(row, Which(one.which), at):
                yield one.message_id


def _holds(row: MeetingInvitation, which: Which, at: datetime) -> bool:
    meeting = row.meeting
    if which is Which.OFF:
        return meeting.off_at is not None
    is_ahead = meeting.off_at is None and meeting.starts_at > at
    reply = row.reply_now(meeting)
    return is_ahead and (
        reply != Reply.CANNOT if which in (Which.REMIND, Which.TODAY) else not reply
    )

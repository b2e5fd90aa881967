"""Invite to a meeting, move it, call it off, and record who answered and who was there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from core.meanwhile import refuse_unseen
from meetings import messages, rules
from meetings.messages import Which
from meetings.models import Expert, Meeting, MeetingChild, MeetingInvitation
from meetings.policies import audience, booked, family_slot
from meetings.reach import adults_of
from schools.models import School
from schools.policies import today_in

Reply = MeetingInvitation.Reply


class FamilyHasTime(Exception):
    """Somebody else holds a slot for the same children."""


@dataclass(frozen=True)
class Plan:
    """What the school plans: everything about a meeting except whom it reaches."""

    key: UUID
    kind: str
    title: str
    words: str
    place: str
    remote: str
    starts_at: datetime
    ends_at: datetime
    slot_minutes: int | None
    scope: str
    picked: Sequence[int]
    expert: Expert | None = None


@transaction.atomic
def invite(*, school: School, plan: Plan, by: User, at: datetime) -> Meeting:
    """Create the meeting and invite the adults of the children whom the plan reaches today, each once.

    The same form sent twice creates one meeting.
    """
    fields = {name: value for name, value in vars(plan).items() if name != "key"}
    meeting, is_new = Meeting.objects.get_or_create(
        key=plan.key, defaults={**fields, "school": school, "author": by, "made_at": at}
    )
    if not is_new:
        return meeting
    on = today_in(school, at)
    children = list(audience(by, school, plan.scope, plan.picked, on))
    MeetingChild.objects.bulk_create(
        [
            MeetingChild(
                school=school,
                meeting=meeting,
                student_id=row.student_id,
                school_class_id=row.school_class_id,
            )
            for row in children
        ],
        batch_size=1000,
    )
    MeetingInvitation.objects.bulk_create(
        [
            MeetingInvitation(school=school, meeting=meeting, adult=adult, invited_at=at)
            for adult in adults_of([row.student_id for row in children], on)
        ],
        batch_size=1000,
    )
    messages.queue(meeting, messages.writable(meeting.invitations.all()), Which.INVITE, at)
    return meeting


def _locked(meeting: Meeting) -> Meeting:
    """Lock the meeting, so that moving, calling off, answering and booking wait for each other."""
    return Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)


@transaction.atomic
def move(
    *, meeting: Meeting, starts_at: datetime, ends_at: datetime, place: str, at: datetime
) -> bool:
    """Change time or place: ask for all answers again, free booked slots, and notify everybody.

    Return False if it has begun or was called off, or if nothing has changed.
    """
    locked = _locked(meeting)
    new = {"starts_at": starts_at, "ends_at": ends_at, "place": place}
    is_same = all(getattr(locked, name) == value for name, value in new.items())
    if locked.off_at or locked.starts_at <= at or is_same:
        return False
    for name, value in new.items():
        setattr(locked, name, value)
    locked.moves, locked.moved_at = locked.moves + 1, at
    locked.save(update_fields=[*new, "moves", "moved_at"])
    rows = list(locked.invitations.all())
    locked.invitations.exclude(slot_at=None).update(slot_at=None)
    knowing = _knowing(rows, at)
    writable = list(messages.writable(locked.invitations.all()))
    messages.queue(locked, [one for one in writable if one.pk in knowing], Which.MOVED, at)
    messages.queue(locked, [one for one in writable if one.pk not in knowing], Which.INVITE, at)
    return True


@transaction.atomic
def call_off(*, meeting: Meeting, reason: str, by: User, at: datetime) -> bool:
    """Cancel it, and notify everybody who knew about it; False if it has begun or is off already."""
    locked = _locked(meeting)
    if locked.off_at or locked.starts_at <= at:
        return False
    locked.off_at, locked.off_by, locked.off_reason = at, by, reason
    locked.save(update_fields=["off_at", "off_by", "off_reason"])
    knowing = _knowing(list(locked.invitations.all()), at)
    messages.queue(
        locked, messages.writable(locked.invitations.filter(pk__in=knowing)), Which.OFF, at
    )
    return True


def _knowing(rows: Collection[MeetingInvitation], at: datetime) -> set[int]:
    """Call off waiting messages; return ids of invitations whose adults know about the meeting.

    They know if a message was sent to them or if they have answered.
    """
    keys = [one.pk for one in rows]
    messages.call_off(keys, at)
    return messages.told(keys) | {one.pk for one in rows if one.reply}


@transaction.atomic
def answer(
    *,
    invitation: MeetingInvitation,
    reply: str,
    wish: str | None = None,
    by: User | None = None,
    at: datetime,
) -> bool:
    """Save an answer; a later one replaces it. Return False if it comes too late or the meeting is off.

    `by`: who of the school recorded it. An adult who cannot come gives the booked slot back.
    """
    meeting = _locked(invitation.meeting)
    row = MeetingInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    row.meeting = meeting
    if not row.takes_answer(at):
        return False
    row.reply, row.replied_at, row.recorded_by = reply, at, by
    if wish is not None:
        row.wish = wish
    if reply == Reply.CANNOT:
        row.slot_at = None
    row.save(update_fields=["reply", "replied_at", "recorded_by", "wish", "slot_at"])
    return True


@transaction.atomic
def book(*, invitation: MeetingInvitation, slot_at: datetime, at: datetime) -> bool:
    """Book a free slot, which also says that they come. False if it is not free or the meeting is off.

    A family talks once: raises FamilyHasTime if others hold slots for all of the adult's children.
    """
    meeting = _locked(invitation.meeting)
    if meeting.off_at or not meeting.slot_minutes:
        return False
    on = today_in(meeting.school, at)
    if (theirs := family_slot(invitation, on)) is not None:
        raise FamilyHasTime(theirs)
    holding = booked(meeting, on)
    meeting.invitations.exclude(pk__in=holding.values("pk")).update(slot_at=None)
    taken = {one.slot_at for one in holding.exclude(pk=invitation.pk) if one.slot_at}
    times = (meeting.starts_at, meeting.ends_at, meeting.slot_minutes)
    if slot_at not in rules.free_slots(*times, taken, at):
        return False
    row = MeetingInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    is_remote = row.reply_now(meeting) == Reply.REMOTE
    row.slot_at, row.replied_at, row.recorded_by = slot_at, at, None
    row.reply = Reply.REMOTE if is_remote else Reply.COMING
    row.save(update_fields=["slot_at", "reply", "replied_at", "recorded_by"])
    return True


@transaction.atomic
def note_here(*, invitation: MeetingInvitation, at: datetime) -> bool:
    """Record that they say at the door that they are there; only while it is open (rules.door_is_open).

    Return whether it is on record, now or since an earlier tap.
    """
    meeting = invitation.meeting
    if meeting.off_at is not None or not rules.door_is_open(meeting.starts_at, meeting.ends_at, at):
        return invitation.came_at is not None
    MeetingInvitation.objects.filter(pk=invitation.pk, came_at=None).update(came_at=at)
    return True


@transaction.atomic
def save_door(
    *, meeting: Meeting, came: Collection[int], stayed_away: Collection[int], at: datetime
) -> None:
    """Save what was ticked and unticked on the list.

    All others stay as they are, including people who said at the door in the meantime that they are there.
    """
    meeting.invitations.filter(pk__in=came, came_at=None).update(came_at=at)
    meeting.invitations.filter(pk__in=stayed_away).update(came_at=None)


def minutes_said(meeting: Meeting) -> tuple[object, ...]:
    """Return what the form of the minutes begins with."""
    return (meeting.minutes, meeting.minutes_shown)


@transaction.atomic
def write_minutes(
    *, meeting: Meeting, words: str, is_shown: bool, instead_of: str | None = None, by: User
) -> None:
    """Save the minutes. `instead_of`: the version that the form began with; see core.meanwhile."""
    locked = _locked(meeting)
    refuse_unseen(
        seen=instead_of,
        there=minutes_said(locked),
        new=(words, is_shown),
        writer=locked.minutes_by,
        words=locked.minutes,
    )
    locked.minutes, locked.minutes_shown, locked.minutes_by = words, is_shown, by
    locked.save(update_fields=["minutes", "minutes_shown", "minutes_by"])


@transaction.atomic
def lead_instead(*, meeting: Meeting, author: User) -> None:
    """Hand it to a colleague, because its author's post ends."""
    Meeting.objects.filter(pk=meeting.pk).update(author=author)

"""Messages to families about leave: the answer, and the question to a second adult."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_noop

from classroom.leave.queries import seconds_of
from classroom.messages import leave_path
from classroom.models import LeaveRequest
from classroom.queries import adults_to_tell
from classroom.rules import TELL_AFTER_MINUTES
from delivery.actions import call_off_notices, queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice

ANSWERED = gettext_noop("The school has answered your request for leave.")
CONFIRM = gettext_noop("The school needs your answer about leave. It takes one tap.")
ABOUT = "leave"
CONFIRM_PART = "second"  # `which` of the question; for an answer it is the state


def queue_question(leave: LeaveRequest, at: datetime) -> None:
    """Ask the adults who can confirm the request.

    Nobody is asked if the person asking is known to care for the child.
    """
    on = timezone.localdate(at)
    told = set(adults_to_tell([leave.student_id], on).values_list("adult_id", flat=True))
    queue_notices(
        [
            _notice(leave, adult_id, CONFIRM_PART, CONFIRM, at)
            for adult_id in sorted(seconds_of([leave], on)[leave.pk] & told)
        ]
    )


def queue_answer(leave: LeaveRequest, at: datetime) -> None:
    """Notify the person who asked, once the time to undo a mistaken tap is over."""
    call_off(leave, at)
    due_at = at + timedelta(minutes=TELL_AFTER_MINUTES)
    queue_notices([_notice(leave, leave.adult_id, leave.state, ANSWERED, due_at)])


def call_off(leave: LeaveRequest, at: datetime) -> None:
    call_off_notices(about=ABOUT, about_id=leave.pk, at=at)


def _notice(leave: LeaveRequest, adult_id: int, which: str, words: str, due_at: datetime):
    zone = ZoneInfo(leave.student.school.time_zone)
    over = datetime.combine(leave.ends_on + timedelta(days=1), time(0), zone)
    decided = f":{leave.decided_at:%Y%m%dT%H%M%S%f}" if leave.decided_at else ""
    return room_notice(
        about=ABOUT,
        about_id=leave.pk,
        which=which,
        key=f"leave:{leave.pk}:{which}{decided}:{adult_id}",
        school_id=leave.school_id,
        adult_id=adult_id,
        words=words,
        path=leave_path(leave.student_id),
        due_at=due_at,
        # An answer about days just past is still worth sending for a day.
        expires_at=max(over, due_at + timedelta(days=1)),
        student_id=leave.student_id,
    )


class LeaveNotice(RoomNotice):
    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        on = timezone.localdate(at)
        rows = {
            row.pk: row for row in LeaveRequest.objects.filter(pk__in={x.about_id for x in asked})
        }
        open_rows = [
            row
            for row in rows.values()
            if row.state == LeaveRequest.State.ASKED and row.second_agrees is None
        ]
        seconds = seconds_of(open_rows, on)
        told = {
            (row.student_id, row.adult_id)
            for row in adults_to_tell({row.student_id for row in rows.values()}, on)
        }
        for one in asked:
            row = rows.get(one.about_id)
            if row is None or (row.student_id, one.adult_id) not in told:
                continue
            if one.which == CONFIRM_PART:
                if one.adult_id in seconds.get(row.pk, ()):
                    yield one.message_id
            elif one.which == row.state and one.adult_id == row.adult_id:
                yield one.message_id

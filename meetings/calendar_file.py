"""Meetings as calendar entries, without the name of a child or an adult."""

from datetime import datetime, timedelta

from core.calendar_file import Entry
from meetings.models import Meeting, MeetingInvitation


def entry(meeting: Meeting, *, title: str, slot_at: datetime | None = None) -> Entry:
    """Return the entry. After the meeting was moved or called off, a new one replaces it (`version`)."""
    begins, ends = meeting.starts_at, meeting.ends_at
    if slot_at is not None and meeting.slot_minutes is not None:
        begins, ends = slot_at, slot_at + timedelta(minutes=meeting.slot_minutes)
    return Entry(
        key=f"meeting-{meeting.pk}",
        title=title,
        begins=begins,
        ends=ends,
        place=f"{meeting.school.name}, {meeting.place}",
        version=meeting.moves + bool(meeting.off_at),
        is_cancelled=bool(meeting.off_at),
    )


def own_entry(row: MeetingInvitation) -> Entry:
    """Return the entry for a file of this adult alone, with the school's title."""
    return entry(row.meeting, title=row.meeting.title, slot_at=row.slot_at)

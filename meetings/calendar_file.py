"""One meeting as a calendar file (RFC 5545), without the name of a child or an adult."""

from datetime import datetime, timedelta

from icalendar import Calendar, Event

from meetings.models import Meeting, MeetingInvitation

PRODUCT = "-//Jiaqiao//Meetings//ZH"


def calendar_file(row: MeetingInvitation, *, host: str, at: datetime) -> bytes:
    """A second look after the meeting was moved or called off takes the place of the first (SEQUENCE)."""
    meeting = row.meeting
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"meeting-{meeting.pk}@{host}")
    event.add("dtstamp", at)
    starts_at, ends_at = _span(meeting, row.slot_at)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", meeting.title)
    event.add("location", f"{meeting.school.name}, {meeting.place}")
    event.add("status", "CANCELLED" if meeting.off_at else "CONFIRMED")
    event.add("sequence", meeting.moves + bool(meeting.off_at))
    event.add("class", "PRIVATE")
    calendar.add_component(event)
    return calendar.to_ical()


def _span(meeting: Meeting, slot_at: datetime | None) -> tuple[datetime, datetime]:
    if slot_at is None or meeting.slot_minutes is None:
        return meeting.starts_at, meeting.ends_at
    return slot_at, slot_at + timedelta(minutes=meeting.slot_minutes)

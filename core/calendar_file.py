"""A calendar file (RFC 5545) for a phone or a calendar program.

Anybody with the address can read it, so nothing in it names a child.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

LOOK_AGAIN_HOURS = 4
PRODUCT = "-//Jiaqiao//Calendar//ZH"


@dataclass(frozen=True)
class Entry:
    """One entry of a calendar.

    `begins` and `ends` are moments, or days; a day in `ends` is the first one that is free again. `version`
    counts changes: a calendar program uses the highest.
    """

    key: str
    title: str
    begins: datetime | date
    ends: datetime | date
    place: str = ""
    version: int = 0
    is_cancelled: bool = False


def calendar_file(entries: Iterable[Entry], *, host: str, at: datetime, title: str = "") -> bytes:
    """Return the file.

    `title` is for a calendar that a phone reads again every few hours; a file that is read once has none.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if title:
        calendar.add("x-wr-calname", title)
        # How often a phone reads it again (RFC 7986; the second property is for older programs).
        calendar.add("refresh-interval", timedelta(hours=LOOK_AGAIN_HOURS), {"value": "DURATION"})
        calendar.add("x-published-ttl", f"PT{LOOK_AGAIN_HOURS}H")
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@{host}")
        event.add("dtstamp", at)
        event.add("dtstart", entry.begins)
        event.add("dtend", entry.ends)
        event.add("summary", entry.title)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
        event.add("sequence", entry.version)
        event.add("class", "PRIVATE")
        if entry.place:
            event.add("location", entry.place)
        calendar.add_component(event)
    return calendar.to_ical()

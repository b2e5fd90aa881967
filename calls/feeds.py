"""Booked calls as a calendar file (RFC 5545), without the name of a child or an adult."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from icalendar import Calendar, Event

from calls.models import CallFeed, CallPlace, CallSlot

SIGNER = Signer(salt="calls.feed", sep=".")
FEED_BACK_DAYS = 31  # days; a calendar that refreshes should still find what it showed before
FEED_EVENTS_MAX = 500
LOOK_AGAIN_HOURS = 4
PRODUCT = "-//Jiaqiao//Call slots//ZH"


def token_of(feed: CallFeed) -> str:
    """Sign the secret, so that a copy of the database alone opens no calendar."""
    return SIGNER.sign(feed.secret)


def feed_of(token: str) -> CallFeed | None:
    try:
        secret = SIGNER.unsign(token)
    except BadSignature:
        return None
    return CallFeed.objects.filter(secret=secret).select_related("user").first()


def calendar_file(
    slots: Iterable[CallSlot], *, title: str, titles: dict[int, str], host: str, at: datetime
) -> bytes:
    """Return the file; `titles` holds a neutral title for each call by key."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    # How often a phone looks again (RFC 7986; the second is what older programs read).
    calendar.add("refresh-interval", timedelta(hours=LOOK_AGAIN_HOURS), {"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{LOOK_AGAIN_HOURS}H")
    for slot in slots:
        is_cancelled = slot.state == CallSlot.State.CANCELLED
        event = Event()
        event.add("uid", f"call-{slot.pk}@{host}")
        event.add("dtstamp", at)
        event.add("dtstart", slot.starts_at)
        event.add("dtend", slot.ends_at)
        event.add("summary", titles[slot.pk])
        event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
        event.add("sequence", 1 if is_cancelled else 0)
        event.add("class", "PRIVATE")
        event.add("location", slot.place.name)
        calendar.add_component(event)
    return calendar.to_ical()


def is_video(slot: CallSlot) -> bool:
    return slot.place.kind == CallPlace.Kind.VIDEO

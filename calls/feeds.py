"""Calendar addresses, and booked calls as calendar entries without the names of children or adults."""

from collections.abc import Iterable

from django.core.signing import BadSignature, Signer

from calls.models import CalendarFeed, CallPlace, CallSlot
from core.calendar_file import Entry

SIGNER = Signer(salt="calls.feed", sep=".")


def token_of(feed: CalendarFeed) -> str:
    """Sign the secret, so that a copy of the database alone opens no calendar."""
    return SIGNER.sign(feed.secret)


def feed_of(token: str, door: str) -> CalendarFeed | None:
    """Return the feed behind a token, if its owner may still sign in."""
    try:
        secret = SIGNER.unsign(token)
    except BadSignature:
        return None
    rows = CalendarFeed.objects.filter(secret=secret, door=door, user__is_active=True)
    return rows.select_related("user").first()


def entries(slots: Iterable[CallSlot], titles: dict[int, str]) -> list[Entry]:
    """Return calendar entries for these calls. `titles` holds, by call id, a title without names."""
    found = []
    for slot in slots:
        is_cancelled = slot.state == CallSlot.State.CANCELLED
        found.append(
            Entry(
                key=f"call-{slot.pk}",
                title=titles[slot.pk],
                begins=slot.starts_at,
                ends=slot.ends_at,
                place=slot.place.shown_name,
                version=int(is_cancelled),
                is_cancelled=is_cancelled,
            )
        )
    return found


def is_video(slot: CallSlot) -> bool:
    return slot.place.kind == CallPlace.Kind.VIDEO

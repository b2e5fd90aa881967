"""Timeline events for postcards that were sent and heard. Nobody at the school can listen to them."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from postcards import presenters
from postcards.queries import latest_of, names_of
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return the latest `limit` postcards in both directions, newest first; four queries."""
    cards = latest_of(student, limit)
    if not cards:
        return []
    adults = {copy.adult_id for card in cards for copy in card.copies.all()}
    adults |= {card.sender_id for card in cards if card.sender_id}
    names = names_of(student, adults)
    return [
        TimelineEvent(
            at=card.sent_at,
            kind=EventKind.POSTCARD,
            icon="play",
            title=presenters.title_of(card, names, student.given_name),
            text=presenters.heard_words(card, names, student.given_name),
            meta=_("only the family can listen"),
            key=f"postcard:{card.pk}",
        )
        for card in cards
    ]

"""Messages to parents about voice postcards: queued with the postcard, and checked again before sending."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from delivery.actions import call_off_notices, queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from guardians.models import Adult
from postcards.models import Postcard
from postcards.policies import copies_that_reach
from postcards.rules import NOTICE_DAYS

WAITS = gettext_noop("You have a voice postcard.")


def queue_card(card: Postcard, adults: Collection[Adult], at: datetime) -> None:
    """Queue one message a day for each parent, however many postcards were sent that day."""
    day = f"{timezone.localdate(card.sent_at):%Y-%m-%d}"
    queue_notices(
        [
            room_notice(
                about="postcard",
                about_id=card.pk,
                which=day,
                key=f"postcard:{adult.pk}:{day}",
                school_id=card.school_id,
                adult_id=adult.pk,
                words=WAITS,
                path=reverse("family_postcards:card", args=[card.pk]),
                due_at=at,
                expires_at=at + timedelta(days=NOTICE_DAYS),
                student_id=card.student_id,
            )
            for adult in adults
        ]
    )


def follow_taken_back(card: Postcard, at: datetime) -> None:
    """Cancel the message about a postcard that was taken back.

    If another postcard is still waiting for the parent, queue a message about that one.
    """
    call_off_notices(about="postcard", about_id=card.pk, at=at)
    waiting = copies_that_reach(timezone.localdate(at)).filter(
        adult_id__in=card.copies.values("adult_id"),
        heard_at=None,
        postcard__sent_at__gt=at - timedelta(days=NOTICE_DAYS),
    )
    for copy in waiting.select_related("postcard", "adult").order_by("postcard__sent_at"):
        queue_card(copy.postcard, [copy.adult], at)


class PostcardNotice(RoomNotice):
    """A message about postcards.

    `which` is a day; it applies while one of that day's postcards is waiting.
    """

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        copies = copies_that_reach(timezone.localdate(at)).filter(
            adult_id__in={one.adult_id for one in asked},
            heard_at=None,
            postcard__sent_at__gt=at - timedelta(days=NOTICE_DAYS),
        )
        waiting = {
            (copy.adult_id, f"{timezone.localdate(copy.postcard.sent_at):%Y-%m-%d}")
            for copy in copies
        }
        for one in asked:
            if (one.adult_id, one.which) in waiting:
                yield one.message_id

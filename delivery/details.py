"""Asks each adult once a year whether the school's details about them are still right.

Guardians knows whom to ask, but it is a lower layer than delivery and cannot queue anything itself.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from delivery.actions.outbox import queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from guardians.family import STANDS_DAYS, adults_to_ask, to_be_asked

WORDS = gettext_noop("Are your details at the school still correct? One tap is enough.")


def queue_reminders(*, at: datetime) -> int:
    """Queue a question to each adult whose day it is or recently was, and return how many are new."""
    return queue_notices(
        [
            room_notice(
                about="details",
                about_id=one.adult.pk,
                key=f"details:{one.adult.pk}:{one.year_starts_on:%Y-%m-%d}",
                school_id=one.adult.school_id,
                adult_id=one.adult.pk,
                words=WORDS,
                path="/f/details/",
                due_at=one.asked_at,
                expires_at=one.asked_at + timedelta(days=STANDS_DAYS),
            )
            for one in adults_to_ask(at)
        ]
    )


class DetailsNotice(RoomNotice):
    """Applies as long as the adult is due to be asked and has not confirmed that everything is right."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        adults = to_be_asked({one.school_id for one in asked}, timezone.localdate(at))
        waiting = set(
            adults.filter(pk__in={one.about_id for one in asked}).values_list("pk", flat=True)
        )
        for one in asked:
            if one.about_id in waiting:
                yield one.message_id

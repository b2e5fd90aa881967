"""Periodic tasks. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from calls import actions as booking
from calls import messages
from calls.homes import actions as homes
from calls.joining import actions as joining
from calls.things import actions as things
from core import clock


@shared_task(name="calls.remind")
def remind() -> int:
    at = clock.now()
    done = messages.queue_reminders(at=at) + joining.ring(at=at)
    # Last, because phones that are about to ring must not wait for it.
    homes.call_off_lost(at=at)
    booking.call_off_barred(at=at)
    booking.call_off_gone(at=at)
    return done


@shared_task(name="calls.delete_photos")
def delete_photos() -> int:
    return things.delete_photos(at=clock.now())

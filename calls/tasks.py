"""Beat's wake-up call. It finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from calls import messages
from core import clock


@shared_task(name="calls.remind")
def remind() -> int:
    return messages.queue_reminders(at=clock.now())

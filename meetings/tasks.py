"""Beat's wake-up call. It finds its work in the database, and may run twice or late."""

from celery import shared_task

from core import clock
from meetings import messages


@shared_task(name="meetings.remind")
def remind() -> int:
    return messages.queue_reminders(at=clock.now())

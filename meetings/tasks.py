"""Celery tasks. They find their work in the database, and may run twice or late."""

from celery import shared_task

from core import clock
from meetings import messages
from meetings.photos import actions as photos


@shared_task(name="meetings.remind")
def remind() -> int:
    return messages.queue_reminders(at=clock.now())


@shared_task(name="meetings.delete_photos")
def delete_photos() -> int:
    return photos.delete_old(at=clock.now())

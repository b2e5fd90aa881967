"""Periodic tasks. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from classroom import messages
from classroom.pictures import actions as pictures
from core import clock


@shared_task(name="classroom.remind")
def remind() -> int:
    return messages.queue_reminders(at=clock.now())


@shared_task(name="classroom.delete_pictures")
def delete_pictures() -> int:
    return pictures.remove_lapsed(at=clock.now())

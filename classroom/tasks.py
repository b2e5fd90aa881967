"""Periodic tasks. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from classroom import messages
from classroom.leave import actions as leave
from classroom.pictures import actions as pictures
from core import clock


@shared_task(name="classroom.remind")
def remind() -> int:
    at = clock.now()
    leave.reopen_blocked(at=at)
    return messages.queue_reminders(at=at)


@shared_task(name="classroom.delete_pictures")
def delete_pictures() -> int:
    return pictures.remove_lapsed(at=clock.now())

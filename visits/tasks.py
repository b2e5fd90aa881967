"""The periodic task. It may run twice, late or not at all; opening a page does the same work."""

from celery import shared_task

from core import clock
from visits import actions


@shared_task(name="visits.ensure_duties")
def ensure_duties() -> int:
    return actions.ensure_duties(at=clock.now())

"""Beat's wake-up call: it may run twice, late or not at all; an opened page does the same."""

from celery import shared_task

from core import clock
from visits import actions


@shared_task(name="visits.ensure_duties")
def ensure_duties() -> int:
    return actions.ensure_duties(at=clock.now())

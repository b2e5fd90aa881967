"""Celery task; finds in PostgreSQL what nobody may keep any more."""

from celery import shared_task

from core import clock
from surveys.past import actions as past
from surveys.pulses import actions


@shared_task(name="surveys.forget")
def forget() -> int:
    """Pulses after a no, or too old; sheets of past results that nobody kept."""
    at = clock.now()
    return actions.forget(at=at) + past.forget_drafts(at=at)

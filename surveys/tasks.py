"""Celery task that deletes what may no longer be kept."""

from celery import shared_task

from core import clock
from surveys.past import actions as past
from surveys.pulses import actions


@shared_task(name="surveys.forget")
def forget() -> int:
    """Delete pulses after a no or past their time, and sheets of past results that nobody kept."""
    at = clock.now()
    return actions.forget(at=at) + past.forget_drafts(at=at)

"""Beat's wake-up call. It finds its work in the database, and may run twice or late."""

from celery import shared_task

from core import clock
from dashboards.weekly import actions


@shared_task(name="dashboards.send_weekly")
def send_weekly() -> int:
    """Queue the mails about weeks that are over."""
    return actions.queue_due(at=clock.now())

"""A Celery task started by beat. It finds its work in the database and may run twice or late."""

from celery import shared_task

from core import clock
from dashboards.weekly import actions


@shared_task(name="dashboards.send_weekly")
def send_weekly() -> int:
    """Queue the e-mails about completed weeks."""
    return actions.queue_due(at=clock.now())

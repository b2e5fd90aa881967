"""Beat's wake-up call. It finds its work in the database, and may run twice or late."""

from celery import shared_task

from core import clock
from figures import publishing


@shared_task(name="figures.publish")
def publish() -> int:
    """Publish the week that is over for the counties."""
    return publishing.publish_due(clock.now())

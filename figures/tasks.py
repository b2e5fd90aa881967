"""Beat's wake-up calls. Each finds its work in the database, and may run twice or late."""

from celery import shared_task

from core import clock
from core.database import lock
from figures import publishing
from figures.class_weeks import keeping


@shared_task(name="figures.publish")
def publish() -> int:
    """Publish the week that is over for the counties."""
    return publishing.publish_due(clock.now())


@shared_task(name="figures.keep")
def keep() -> int:
    """Keep the week that is over for the schools, and count anew what has changed."""
    with lock(
        keeping.LOCKS, keeping.RUN
    ) as is_mine:  # one run at a time: two would wait for each other
        return keeping.keep_due(clock.now()) if is_mine else 0

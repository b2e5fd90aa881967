"""Celery tasks started by beat. Each finds its work in the database and may run twice or late."""

import structlog
from celery import shared_task

from core import clock, window
from core.database import lock
from figures import publishing
from figures.class_weeks import keeping
from figures.province import sharing

log = structlog.get_logger(__name__)


@shared_task(name="figures.publish")
def publish() -> int:
    """Publish the last completed week for the counties."""
    return publishing.publish_due(clock.now())


@shared_task(name="figures.keep")
def keep() -> int:
    """Keep the last completed week for the schools, and count again what has changed."""
    with lock(
        keeping.LOCKS, keeping.RUN
    ) as is_mine:  # one run at a time: two would wait for each other
        return keeping.keep_due(clock.now()) if is_mine else 0


@shared_task(name="figures.share")
def share() -> int:
    """Copy what was published to the county's window; while the window is unreachable, it waits here."""
    if not window.is_there():
        return 0
    try:
        return sharing.share()
    except sharing.WindowTrouble as error:
        log.warning("window_away", error=str(error))
        return 0

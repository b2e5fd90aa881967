"""Celery tasks. They find their work in the packs and the database, and may run twice or late."""

import structlog
from celery import shared_task

from core import clock
from learning import actions
from learning.exchange import actions as exchange
from learning.voice import actions as voices

log = structlog.get_logger(__name__)


@shared_task(name="learning.follow")
def follow() -> int:
    """Load what is new in the packs, then send what the plans say for today."""
    at = clock.now()
    _new, faults = actions.load_shipped(at=at)
    for fault in faults:
        log.warning("lessons_not_loaded", fault=fault)
    return actions.send_planned(at=at)


@shared_task(name="learning.keep_sounds")
def keep_sounds() -> int:
    """Convert the recordings of taken packs."""
    return exchange.keep_sounds(at=clock.now())


@shared_task(name="learning.keep_speech")
def keep_speech() -> int:
    """Generate speech for released lessons, and keep it."""
    return voices.keep_speech(at=clock.now())

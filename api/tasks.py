"""Beat's wake-up calls. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from api import repeats
from core import clock


@shared_task(name="api.forget_answers")
def forget_answers() -> int:
    return repeats.forget(at=clock.now())

"""Celery tasks started by beat. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from api import repeats
from api.tokens import actions as tokens
from api.webhooks import actions, sending
from core import clock


@shared_task(name="api.forget_answers")
def forget_answers() -> int:
    at = clock.now()
    return repeats.forget(at=at) + actions.forget(at=at)


@shared_task(name="api.tell_systems")
def tell_systems() -> int:
    actions.gather(at=clock.now())
    return sending.send_due(clock.now)


@shared_task(name="api.warn_of_ends")
def warn_of_ends() -> int:
    at = clock.now()
    return tokens.warn_of_ends(at=at) + tokens.tell_of_stopped(at=at)

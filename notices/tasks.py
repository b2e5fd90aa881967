"""Periodic tasks. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from core import clock
from notices import actions


@shared_task(name="notices.send_due")
def send_due() -> int:
    return actions.send_due(at=clock.now())


@shared_task(name="notices.settle_again")
def settle_again() -> int:
    return actions.settle_again(at=clock.now())


@shared_task(name="notices.translate")
def translate() -> int:
    return actions.translate_waiting(at=clock.now())

"""Periodic tasks. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from core import clock
from threads import actions


@shared_task(name="threads.land_incoming")
def land_incoming() -> int:
    at = clock.now()
    return actions.land_incoming(at=at) + actions.land_replies(at=at)


@shared_task(name="threads.make_machine_texts")
def make_machine_texts() -> int:
    return actions.make_machine_texts(at=clock.now())

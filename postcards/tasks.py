"""The periodic task that deletes voices. It finds its work in PostgreSQL."""

from celery import shared_task

from core import clock
from postcards import actions


@shared_task(name="postcards.delete_voices")
def delete_voices() -> int:
    return actions.delete_voices(at=clock.now())

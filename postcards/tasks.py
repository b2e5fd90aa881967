"""Celery task; finds in PostgreSQL what to delete."""

from celery import shared_task

from core import clock
from postcards import actions


@shared_task(name="postcards.delete_voices")
def delete_voices() -> int:
    return actions.delete_voices(at=clock.now())

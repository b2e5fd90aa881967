"""Celery task; finds in PostgreSQL what is kept no longer."""

from celery import shared_task

from core import clock
from doors.staff.retention import actions


@shared_task(name="doors.let_go")
def let_go() -> int:
    """What is over by the rules of doors.staff.retention, but for children who are kept back."""
    return actions.let_go(clock.now())

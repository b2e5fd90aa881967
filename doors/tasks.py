"""Celery tasks: they find in PostgreSQL what is no longer kept."""

from celery import shared_task

from core import clock
from doors.staff.retention import actions
from privacy.ledgers import actions as ledgers


@shared_task(name="doors.let_go")
def let_go() -> int:
    """Delete what is past its time by the rules of doors.staff.retention, except for children whose data is
    held back.
    """
    return actions.let_go(clock.now())


@shared_task(name="doors.drop_ledger_files")
def drop_ledger_files() -> int:
    """Delete encrypted ledgers that their makers had a day to download."""
    return ledgers.drop_files(at=clock.now())

"""Celery tasks; they find in PostgreSQL what is kept no longer."""

from celery import shared_task

from core import clock
from doors.staff.retention import actions
from privacy.ledgers import actions as ledgers


@shared_task(name="doors.let_go")
def let_go() -> int:
    """What is over by the rules of doors.staff.retention, but for children who are kept back."""
    return actions.let_go(clock.now())


@shared_task(name="doors.drop_ledger_files")
def drop_ledger_files() -> int:
    """Encrypted ledgers that their makers had a day to take away."""
    return ledgers.drop_files(at=clock.now())

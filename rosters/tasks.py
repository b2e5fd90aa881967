from celery import shared_task

from core import clock
from rosters import actions, queries
from rosters.civil import actions as civil


@shared_task(name=actions.TASK)
def import_roster(import_id: int) -> None:
    """Import a roster. Safe to run twice: the second run finds the lock taken or the work done."""
    actions.run_import(import_id, at=clock.now())


@shared_task(name="rosters.resume_imports")
def resume_imports() -> None:
    """Resume imports whose worker died or whose call was lost with the broker."""
    for import_id in queries.unfinished_imports().values_list("pk", flat=True):
        actions.run_import(import_id, at=clock.now())


@shared_task(name="rosters.forget_civil_lists")
def forget_civil_lists() -> int:
    """Delete lists of the civil affairs office that are out of date."""
    return civil.forget_old(at=clock.now())

from celery import shared_task

from core import clock
from guardians.care import actions as care_actions


@shared_task(name="guardians.note_care_gaps")
def note_care_gaps() -> None:
    """Find children whom nobody cares for. Safe to run twice."""
    care_actions.note_care_gaps(at=clock.now())

from celery import shared_task

from accounts import clock
from counselling import actions


@shared_task(name="counselling.run_intake")
def run_intake() -> None:
    """Opens what has no concern yet and passes on what nobody took. Safe to run twice."""
    at = clock.now()
    actions.run_intake(at)
    actions.climb_unacknowledged(at)
